"""registries.conf as data: which table counts, what a name becomes, which files are read."""

from pathlib import Path

import pytest

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.registry.registriesconf import load_sources
from lambdabuild.io.registry.sources import Source, Sources
from lambdabuild.model.reference import ImageReference


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def load(folder: Path, text: str) -> Sources:
    path = write(folder / "named.conf", text)
    return load_sources({"CONTAINERS_REGISTRIES_CONF": str(path)}, folder)


def names(sources: Sources, reference: str) -> list[str]:
    return [source.name for source in sources.of(ImageReference.parse(reference), by_digest=False)]


def test_without_files_an_image_is_where_it_says(tmp_path: Path) -> None:
    sources = load_sources({"HOME": str(tmp_path / "home")}, tmp_path)
    found = sources.of(ImageReference.parse("public.ecr.aws/lambda/provided:al2023"), by_digest=False)
    assert found == (Source(registry="public.ecr.aws", repository="lambda/provided"),)


@pytest.mark.parametrize(
    ("prefix", "location", "reference", "becomes"),
    [
        ("public.ecr.aws", "mirror.test/ecr", "public.ecr.aws/a/b:1", "mirror.test/ecr/a/b"),
        ("public.ecr.aws/a", "mirror.test/ecr/", "public.ecr.aws/a/b:1", "mirror.test/ecr/b"),
        ("public.ecr.aws/a/b", "mirror.test/c", "public.ecr.aws/a/b:1", "mirror.test/c"),
        ("public.ecr.aws/a", "mirror.test/ecr", "public.ecr.aws/ab:1", "public.ecr.aws/ab"),
        ("public.ecr", "mirror.test", "public.ecr.aws/a:1", "public.ecr.aws/a"),
        ("a.test", "mirror.test", "a.test:5000/b:1", "mirror.test:5000/b"),
        ("*.ecr.aws", "mirror.test", "public.ecr.aws/a:1", "mirror.test/a"),
        ("*.ecr.aws", "", "public.ecr.aws/a:1", "public.ecr.aws/a"),
        ("*.aws", "mirror.test", "public.ecr.aws:443/a:1", "mirror.test:443/a"),
        ("*.ecr.aws", "mirror.test", "ecr.aws/a:1", "ecr.aws/a"),
        ("*.ecr.aws", "mirror.test", "a.test/b.ecr.aws/c:1", "a.test/b.ecr.aws/c"),
        ("docker.io/library", "mirror.test/hub", "busybox:1", "mirror.test/hub/busybox"),
    ],
)
def test_a_name_is_rewritten(tmp_path: Path, prefix: str, location: str, reference: str, becomes: str) -> None:
    sources = load(tmp_path, f'[[registry]]\nprefix = "{prefix}"\nlocation = "{location}"\n')
    assert names(sources, reference) == [becomes]


def test_the_longest_prefix_counts_alone(tmp_path: Path) -> None:
    sources = load(
        tmp_path,
        """
        [[registry]]
        location = "public.ecr.aws"
        [[registry.mirror]]
        location = "one.test"
        [[registry]]
        location = "public.ecr.aws/lambda"
        [[registry.mirror]]
        location = "two.test"
        """,
    )
    assert names(sources, "public.ecr.aws/lambda/go:1") == ["two.test/go", "public.ecr.aws/lambda/go"]
    assert names(sources, "public.ecr.aws/sam/go:1") == ["one.test/sam/go", "public.ecr.aws/sam/go"]


def test_insecure_is_of_each_place(tmp_path: Path) -> None:
    sources = load(
        tmp_path,
        '[[registry]]\nlocation = "a.test"\n[[registry.mirror]]\nlocation = "b.test"\ninsecure = true\n',
    )
    found = sources.of(ImageReference.parse("a.test/x:1"), by_digest=False)
    assert [source.insecure for source in found] == [True, False]


def test_drop_ins_come_after_and_replace_equal_prefixes(tmp_path: Path) -> None:
    home = tmp_path / "home"
    system, user = tmp_path / "etc/containers", home / ".config/containers"

    def table(folder: Path, name: str, prefix: str) -> None:
        text = f'[[registry]]\nprefix = "{prefix}"\nlocation = "{name}.test"\n'
        write(folder / f"registries.conf{'.d' if name != 'main' else ''}" / f"{name}.conf", text)

    write(system / "registries.conf", '[[registry]]\nprefix = "a.test"\nlocation = "main.test"\n')
    table(system, "10", "a.test")
    table(system, "20", "b.test")
    table(user, "05", "b.test")
    write(system / "registries.conf.d/30.ignored", "not TOML")
    sources = load_sources({"HOME": str(home)}, tmp_path)
    assert names(sources, "a.test/x:1") == ["10.test/x"]
    assert names(sources, "b.test/x:1") == ["05.test/x"]


def test_a_users_own_file_hides_the_systems(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write(home / ".config/containers/registries.conf", '[[registry]]\nlocation = "mine.test"\n')
    write(tmp_path / "etc/containers/registries.conf", "not TOML")
    write(tmp_path / "etc/containers/registries.conf.d/1.conf", "not TOML")
    assert len(load_sources({"HOME": str(home)}, tmp_path).tables) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[registry", "is not TOML: "),
        ("registry = 3", "cannot be used: it has `registry` that is not a list"),
        ("[[registry]]\nblocked = true", "neither `prefix` nor `location`"),
        ('[[registry]]\nprefix = "a.test"', "the table `a.test` has no `location`"),
        ('[[registry]]\nlocation = "https://a.test"', "`https://a.test` has a scheme"),
        ('[[registry]]\nlocation = "a.test"\ninsecure = "yes"', "`registry[0].insecure` that is not true or false"),
        ('[[registry]]\nlocation = "a.test"\n[[registry.mirror]]\n', "lacks `registry[0].mirror[0].location`"),
        (
            '[[registry]]\nlocation = "a.test"\n[[registry.mirror]]\nlocation="b.test"\npull-from-mirror = "never"',
            "`pull-from-mirror` is `never`, it may be `all`, `digest-only`, `tag-only`",
        ),
        (
            (
                '[[registry]]\nlocation = "a.test"\nmirror-by-digest-only = true\n'
                '[[registry.mirror]]\nlocation="b.test"\npull-from-mirror = "all"'
            ),
            "`pull-from-mirror` and `mirror-by-digest-only` exclude each other",
        ),
        ('[registries.insecure]\nregistries = ["a.test"]', "is version 1 of the format"),
    ],
)
def test_a_file_that_means_nothing_clear_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(EnvironmentFailure) as caught:
        load(tmp_path, text)
    assert words in caught.value.message
    assert caught.value.message.startswith(f"`{tmp_path / 'named.conf'}` ")
    assert caught.value.hint == "correct it: man containers-registries.conf"


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "gone.conf"
    with pytest.raises(EnvironmentFailure) as caught:
        load_sources({"CONTAINERS_REGISTRIES_CONF": str(path)}, tmp_path)
    assert caught.value.message == f"`{path}` cannot be read: No such file or directory"


def test_a_location_that_makes_no_name_is_refused(tmp_path: Path) -> None:
    sources = load(tmp_path, '[[registry]]\nprefix = "a.test"\nlocation = "Not A Name"\n')
    with pytest.raises(EnvironmentFailure) as caught:
        names(sources, "a.test/x:1")
    assert "turns `a.test/x` into `Not A Name/x`, which is not the name of an image" in caught.value.message
