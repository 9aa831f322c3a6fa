"""Images in archives: what skopeo writes, and the forms that Docker's versions wrote, by hand."""

import gzip
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import zstandard

from lambdabuild.errors import DigestMismatchError, EnvironmentFailure, LambdabuildError, UsageError
from lambdabuild.image.sources import DockerArchive, layers_of
from tests.support.registry import Json, RunningRegistry, encode, sha256
from tests.unit.image.support import (
    LOWER,
    UPPER,
    Item,
    copy,
    file,
    folder,
    hard_link,
    pushed,
    seen_in,
    symlink,
    tar,
)

NEW = {"/etc/os": b"new"}


def config(layers: Sequence[bytes], *, architecture: str = "amd64") -> bytes:
    diff_ids = [sha256(each) for each in layers]
    return encode({"os": "linux", "architecture": architecture, "rootfs": {"type": "layers", "diff_ids": diff_ids}})


def hexed(content: bytes) -> str:
    return sha256(content).removeprefix("sha256:")


def entry(config_at: str, layers_at: Sequence[str], *names: str) -> Json:
    """One image of manifest.json."""
    return {"Config": config_at, "RepoTags": list(names) or None, "Layers": list(layers_at)}


def manifest(*entries: Json) -> Item:
    return file("manifest.json", json.dumps(entries).encode())


def legacy(layers: Sequence[bytes], *names: str) -> list[Item]:
    """As Docker wrote it before 25: a folder for each layer, which may be a link to another one's."""
    own = config(layers)
    items = [file(f"{hexed(own)}.json", own), file("repositories", b"{}")]
    for number, each in enumerate(layers):
        items += [folder(f"layer{number}"), file(f"layer{number}/VERSION", b"1.0"), file(f"layer{number}/json", b"{}")]
        first = layers.index(each)
        place = f"layer{number}/layer.tar"
        items.append(file(place, each) if first == number else symlink(place, f"../layer{first}/layer.tar"))
    places = [f"layer{number}/layer.tar" for number in range(len(layers))]
    return [*items, manifest(entry(f"{hexed(own)}.json", places, *names))]


def modern(
    layers: Sequence[bytes],
    *names: str,
    pack: Callable[[bytes], bytes] = lambda content: content,
    architecture: str = "amd64",
) -> list[Item]:
    """As Docker writes it since 25: an OCI layout as well. With containerd's store its layers are packed."""
    own, packed = config(layers, architecture=architecture), [pack(each) for each in layers]
    blobs = {f"blobs/sha256/{hexed(each)}": each for each in (own, *packed)}
    return [
        folder("blobs"),
        folder("blobs/sha256"),
        *(file(place, content) for place, content in blobs.items()),
        file("index.json", b"{}"),
        file("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'),
        manifest(entry(f"blobs/sha256/{hexed(own)}", [f"blobs/sha256/{hexed(each)}" for each in packed], *names)),
    ]


def archive(path: Path, items: Sequence[Item], tag: str | None = None) -> DockerArchive:
    path.write_bytes(tar(*items))
    return DockerArchive(path, tag)


def failure(source: DockerArchive, platform: str = "linux/amd64") -> LambdabuildError:
    with pytest.raises(LambdabuildError) as caught:
        seen_in(source, platform)
    return caught.value


def test_what_skopeo_writes_is_read(tmp_path: Path, hub: RunningRegistry) -> None:
    hub.push_image("archive", pushed(zstd=False), "1")
    path = tmp_path / "made"
    copy(f"docker://{hub.host}/archive:1", f"docker-archive:{path}:example.com/archive:1.0")
    for tag in (None, "example.com/archive:1.0"):
        assert seen_in(DockerArchive(path, tag)) == NEW
    assert DockerArchive(path, "example.com/archive:1.0").name == f"docker-archive:{path}:example.com/archive:1.0"


@pytest.mark.parametrize(
    "items",
    [
        legacy([LOWER, UPPER]),
        legacy([LOWER, UPPER, LOWER, UPPER]),
        modern([LOWER, UPPER]),
        modern([LOWER, UPPER], pack=lambda content: gzip.compress(content, mtime=0)),
        modern([LOWER, UPPER], pack=zstandard.compress),
    ],
    ids=["legacy", "legacy with links", "layout", "layout in gzip", "layout in zstd"],
)
@pytest.mark.parametrize("pack", [lambda content: content, gzip.compress, zstandard.compress])
def test_what_docker_writes_is_read(tmp_path: Path, items: list[Item], pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "saved.tar"
    path.write_bytes(pack(tar(*items)))
    assert seen_in(DockerArchive(path)) == NEW


def test_layers_may_be_hard_links_and_names_of_any_form(tmp_path: Path) -> None:
    own = config([LOWER, UPPER, UPPER])
    items = [
        file("./a/layer.tar", LOWER),
        file("/b.tar", UPPER),
        hard_link("c", "./b.tar"),
        symlink("d", "/a"),
        file("config", own),
        manifest(entry("config", ["d/../d/layer.tar", "b.tar", "./c"])),
    ]
    assert seen_in(archive(tmp_path / "saved", items)) == NEW


def test_what_comes_twice_counts_as_it_came_last(tmp_path: Path) -> None:
    items = [manifest(), file("layer0/layer.tar", b"old"), *legacy([LOWER, UPPER])]
    assert seen_in(archive(tmp_path / "saved", items)) == NEW


def test_layers_are_those_of_the_config_and_unpacked(tmp_path: Path) -> None:
    source = archive(tmp_path / "saved", modern([LOWER, UPPER], pack=gzip.compress))
    found = source.manifest("linux/amd64")
    assert [each.digest for each in found.layers] == [sha256(LOWER), sha256(UPPER)]
    assert [b"".join(source.layer(each)) for each in found.layers] == [LOWER, UPPER]
    assert found.digest == found.config.digest == sha256(config([LOWER, UPPER]))
    assert source.config(found).diff_ids == (sha256(LOWER), sha256(UPPER))
    first, _ = layers_of(source, found, source.config(found))
    assert b"".join(first.blob()) == b"".join(first.blob()) == LOWER


def two(tmp_path: Path) -> Path:
    """An archive of two images for one platform, and one for another."""
    one, other, arm = legacy([LOWER], "one:1"), modern([UPPER], "two:1"), modern([LOWER], "arm:1", architecture="arm64")
    entries = [json.loads(items.pop().content)[0] for items in (one, other, arm)]
    path = tmp_path / "two"
    path.write_bytes(tar(*one, *other, *arm, manifest(*entries)))
    return path


@pytest.mark.parametrize("tag", ["two:1", "docker.io/two:1", "docker.io/library/two:1", "library/two:1"])
def test_a_name_tells_which_image_is_meant(tmp_path: Path, tag: str) -> None:
    assert seen_in(DockerArchive(two(tmp_path), tag)) == NEW


def test_a_platform_tells_which_image_is_meant_or_names_are_asked_for(tmp_path: Path) -> None:
    path = two(tmp_path)
    assert seen_in(DockerArchive(path), "linux/arm64") == {"/etc/os": b"old", "/gone": b"gone"}
    told = failure(DockerArchive(path))
    assert isinstance(told, UsageError)
    assert told.message == f"`docker-archive:{path}` has several images for `linux/amd64`"
    assert told.hint == "write one of its names after the path: `one:1`, `two:1`"


def test_a_name_without_a_tag_means_the_latest(tmp_path: Path) -> None:
    items = legacy([LOWER, UPPER], "app:latest", "other:1")
    assert seen_in(archive(tmp_path / "saved", items, "app")) == NEW


@pytest.mark.parametrize(
    ("names", "hint"),
    [(["a:1", "a:2"], "its names are `a:1`, `a:2`"), ([], "it has no names; write the path alone")],
)
def test_a_name_that_is_not_there_is_a_mistake_of_the_user(tmp_path: Path, names: list[str], hint: str) -> None:
    path = tmp_path / "saved"
    told = failure(archive(path, legacy([LOWER], *names), "b:1"))
    assert isinstance(told, UsageError)
    assert told.message == f"`docker-archive:{path}:b:1` is not there"
    assert told.hint == hint


def test_a_name_that_is_none_is_a_mistake_of_the_user(tmp_path: Path) -> None:
    told = failure(archive(tmp_path / "saved", legacy([LOWER]), "A B"))
    assert isinstance(told, UsageError)
    assert told.message == "`A B` is no name of an image"
    assert told.hint == "write `docker-archive:FILE:NAME:TAG`"


def test_an_image_for_other_platforms_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "saved"
    told = failure(archive(path, legacy([LOWER])), "linux/arm64")
    assert isinstance(told, EnvironmentFailure)
    assert told.message == f"`docker-archive:{path}` has no image for `linux/arm64`, only for `linux/amd64`"


def test_a_file_that_is_not_there_is_a_mistake_of_the_user(tmp_path: Path) -> None:
    for path in (tmp_path / "gone", tmp_path):
        told = failure(DockerArchive(path))
        assert isinstance(told, UsageError)
        assert told.message == f"`{path}` is no file"
        assert told.hint == ("name one that `docker save` or `skopeo copy docker://IMAGE docker-archive:FILE` wrote")


def changed(items: Sequence[Item], name: str, content: bytes | None) -> list[Item]:
    """The same with another content of one file, or without it."""
    rest = [item for item in items if item.name != name]
    return rest if content is None else [*rest, file(name, content)]


def test_bytes_that_are_not_what_their_digest_says_are_refused(tmp_path: Path) -> None:
    items = legacy([LOWER, UPPER])
    own = items[0]
    told = failure(archive(tmp_path / "a", changed(items, own.name, own.content.replace(b"linux", b"Linux"))))
    assert isinstance(told, DigestMismatchError)
    assert told.message.startswith(f"`{tmp_path}/a`: config: expected {sha256(own.content)}, got sha256:")
    told = failure(archive(tmp_path / "b", changed(items, "layer1/layer.tar", LOWER)))
    assert isinstance(told, DigestMismatchError)
    assert told.message == (
        f"`docker-archive:{tmp_path}/b`: layer {sha256(UPPER)}: expected {sha256(UPPER)}, got {sha256(LOWER)}"
    )
    assert told.hint == "the files were changed, or not copied whole; copy the image again"


OWN = hexed(config([LOWER]))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("manifest.json", None, "`manifest.json` is not there"),
        ("manifest.json", b"", "`manifest.json` is not JSON"),
        ("manifest.json", b"[" * 100_000, "`manifest.json` is not JSON"),
        ("manifest.json", b"{}", "`manifest.json` is no list of images"),
        ("manifest.json", b"[1]", "`manifest.json` is no list of images"),
        ("manifest.json", b"[{}]", "`manifest.json` lacks `Config`"),
        ("manifest.json", b'[{"Config": "gone"}]', "`gone` is not there"),
        ("manifest.json", b'[{"Config": "../../etc/passwd"}]', "`../../etc/passwd` is not there"),
        ("manifest.json", b'[{"Config": "layer0/layer.tar"}]', "`layer0/layer.tar` is not JSON"),
        ("manifest.json", b'[{"Config": "layer0/json", "Layers": []}]', "`layer0/json` lacks `rootfs`"),
        ("manifest.json", b'[{"Config": "x", "Layers": 1}]', "`manifest.json` has `Layers` that is not a list"),
        (
            "manifest.json",
            json.dumps([{"Config": f"{OWN}.json", "Layers": ["a", "b"]}]).encode(),
            "`manifest.json` names 2 layers for a config that names 1",
        ),
        ("manifest.json", b" " * (5 << 20), "`manifest.json` has more than 4194304 bytes"),
        ("layer0/layer.tar", None, "`layer0/layer.tar` is not there"),
        ("layer0/layer.tar", b"x" * 512, f"layer {sha256(LOWER)} is no tar"),
    ],
)
def test_a_damaged_archive_is_refused_in_words(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    told = failure(archive(tmp_path / "saved", changed(legacy([LOWER]), name, content)))
    assert isinstance(told, EnvironmentFailure)
    assert said in told.message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "`manifest.json` is not there"),
        (b"words" * 200, "is no tar, and not compressed by gzip or zstd: it begins with `776f7264`"),
        (tar(*legacy([LOWER]))[:-11_000], "ends in the middle of a file"),
        (gzip.compress(tar(*legacy([LOWER])))[:300], "ends in the middle of a gzip member"),
        (tar(file("x"))[:512] * 100_001, "has more than 100000 entries"),
    ],
)
def test_a_file_that_is_no_archive_is_refused_in_words(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "saved"
    path.write_bytes(content)
    told = failure(DockerArchive(path))
    assert isinstance(told, EnvironmentFailure)
    assert said in told.message


def test_links_that_loop_lead_to_no_layer(tmp_path: Path) -> None:
    items = [*changed(legacy([LOWER]), "layer0/layer.tar", None), symlink("layer0/layer.tar", "layer.tar")]
    assert "`layer0/layer.tar` is not there" in failure(archive(tmp_path / "saved", items)).message


def test_an_archive_damaged_anyhow_is_read_or_refused(tmp_path: Path) -> None:
    sound = [tar(*legacy([LOWER, UPPER], "a:1")), tar(*modern([LOWER, UPPER], "a:1"))]
    dice = random.Random(0)
    refused = 0
    for _ in range(400):
        content = bytearray(dice.choice(sound))
        spots = [at for at, byte in enumerate(content) if byte]
        for _ in range(dice.randint(1, 3)):
            content[dice.choice(spots)] = dice.choice(b'\0 01":,[]{}-x\xff')
        path = tmp_path / "saved"
        path.write_bytes(content)
        try:
            assert seen_in(DockerArchive(path)) == NEW
        except LambdabuildError:
            refused += 1
    assert refused > 200
