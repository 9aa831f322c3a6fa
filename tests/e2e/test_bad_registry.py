"""A registry that fails `lambdabuild lock`: exit 4, one line, one hint; the lock and dist/ stay as they were."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.bad import kept, told
from tests.support.certificates import self_signed
from tests.support.cli import Cli
from tests.support.faulty import Reply, Script, faulty_server, in_turn
from tests.support.project import SPEC
from tests.support.registry import (
    OCI_CONFIG,
    OCI_INDEX,
    OCI_MANIFEST,
    Image,
    descriptor,
    encode,
    public_ecr_at,
    running_registry,
    sha256,
)

OTHER = "sha256:" + 64 * "0"
IMAGE = "`public.ecr.aws/lambda/provided:al2`"
UNKNOWN = "MANIFEST_UNKNOWN: manifest unknown"


def manifest(image: Image) -> bytes:
    config = descriptor(encode(image.config), OCI_CONFIG)
    return encode({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": []})


def index(*children: Mapping[str, object]) -> bytes:
    return encode({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(children)})


LINUX = {**descriptor(manifest(Image()), OCI_MANIFEST), "digest": OTHER, "platform": Image().platform}
WINDOWS = {**descriptor(b"{}", OCI_MANIFEST), "platform": {"os": "windows", "architecture": "amd64"}}

REGISTRIES: Mapping[str, tuple[Script, str, str]] = {
    "no such image": (in_turn(Reply(status=404)), "`HOST` has no such image", "check the name and the tag"),
    "a login is wanted": (
        in_turn(Reply(status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})),
        "`HOST` wants a login (HTTP 401 from `HOST`)",
        "run `docker login HOST`",
    ),
    "access is denied": (in_turn(Reply(status=403)), "(HTTP 403 from `HOST`)", "check that the account may pull"),
    "it is asked too often": (
        in_turn(Reply(status=429, headers={"Retry-After": "0"})),
        "`HOST` limits how often it is asked (tried 5 times)",
        "wait a while",
    ),
    "it answers in HTML": (
        in_turn(Reply(body=b"<html>")),
        "`al2` is not JSON",
        "check that the name is that of a linux image",
    ),
    "the index has no Linux": (
        in_turn(Reply(body=index(WINDOWS))),
        "`al2` holds no linux image",
        "check that the name is that of a linux image",
    ),
    "a child is not what its digest says": (
        lambda seen: Reply(body=manifest(Image()) if OTHER in seen.path else index(LINUX)),
        f"expected {OTHER}, got {sha256(manifest(Image()))}",
        "do not use it until you know why",
    ),
    "a header names another digest": (
        in_turn(Reply(body=manifest(Image()), headers={"Docker-Content-Digest": OTHER})),
        f"by its Docker-Content-Digest header: expected {OTHER}, got {sha256(manifest(Image()))}",
        "do not use it until you know why",
    ),
    "it redirects without end": (
        lambda seen: Reply(status=307, headers={"Location": seen.path}),
        "`HOST` redirects without end (5 times)",
        "check the registry, or the proxy before it",
    ),
    "it redirects to a host that is not there": (
        in_turn(Reply(status=307, headers={"Location": "http://127.0.0.1:1/al2"})),
        "`127.0.0.1:1` refused the connection",
        "is it running?",
    ),
    "it takes no token of its own": (
        lambda seen: (
            Reply(body=b'{"token": "never enough"}')
            if seen.path.startswith("/token")
            else Reply(status=401, headers={"WWW-Authenticate": f'Bearer realm="http://{seen.headers["host"]}/token"'})
        ),
        "`HOST` wants a login (HTTP 401 from `HOST`)",
        "run `docker login HOST`",
    ),
    "a config is not what its digest says": (
        lambda seen: Reply(body=manifest(Image()) if "/manifests/" in seen.path else encode(Image(os="other").config)),
        f"expected {sha256(encode(Image().config))}, got ",
        "do not use it until you know why",
    ),
}


@pytest.mark.parametrize("name", REGISTRIES)
def test_a_registry_that_fails_is_told_and_changes_nothing(name: str, project: Path, tmp_path: Path) -> None:
    script, says, hint = REGISTRIES[name]
    (project / "buildspec.yaml").write_text(SPEC.replace(":al2023", ":al2", 1))
    before = (project / "images.lock").read_bytes(), kept(project)

    with faulty_server(script) as server:
        answer = Cli(environ=public_ecr_at(server.host, tmp_path)).run("lock", cwd=project)

    errors, hints = told(answer.stderr)
    assert answer.returncode == 4, answer.stderr
    assert "Traceback" not in answer.stderr
    assert len(errors) == len(hints) == 1, answer.stderr
    assert IMAGE in errors[0]
    assert says.replace("HOST", server.host) in errors[0]
    assert hint.replace("HOST", server.host) in hints[0]
    assert ((project / "images.lock").read_bytes(), kept(project)) == before


def test_a_certificate_that_no_one_knows_is_told(project: Path, tmp_path: Path) -> None:
    (project / "buildspec.yaml").write_text(SPEC.replace(":al2023", ":al2", 1))
    before = (project / "images.lock").read_bytes(), kept(project)

    with faulty_server(in_turn(Reply(status=404)), certificate=self_signed(tmp_path / "certificate")) as server:
        environ = public_ecr_at(server.host, tmp_path)
        conf = Path(environ["CONTAINERS_REGISTRIES_CONF"])
        conf.write_text(conf.read_text().replace("insecure = true\n", ""))
        answer = Cli(environ=environ).run("lock", cwd=project)

    errors, hints = told(answer.stderr)
    assert answer.returncode == 4, answer.stderr
    assert len(errors) == len(hints) == 1, answer.stderr
    assert f"the certificate of `{server.host}` is not trusted: self-signed certificate" in errors[0]
    assert f"put its authority into `/etc/containers/certs.d/{server.host}/ca.crt`" in hints[0]
    assert server.seen == []
    assert ((project / "images.lock").read_bytes(), kept(project)) == before


def test_a_registry_that_recovers_is_waited_for(project: Path, tmp_path: Path) -> None:
    """It is asked too often, fails, and cuts the connection; then it answers."""
    (project / "buildspec.yaml").write_text(SPEC.replace(":al2023", ":al2", 1))
    body, config = manifest(Image()), encode(Image().config)
    limited = Reply(status=429, headers={"Retry-After": "0"})
    replies = in_turn(limited, Reply(status=500), Reply(body=body[:9], announced=99), Reply(body=body))

    with faulty_server(lambda seen: replies(seen) if "/manifests/" in seen.path else Reply(body=config)) as server:
        Cli(environ=public_ecr_at(server.host, tmp_path)).done("lock", cwd=project)

    assert f"public.ecr.aws/lambda/provided:al2@{sha256(body)}" in (project / "images.lock").read_text()


def test_a_tag_that_a_real_registry_lacks_is_told(project: Path, tmp_path: Path) -> None:
    (project / "buildspec.yaml").write_text(SPEC.replace(":al2023", ":al2", 1))

    with running_registry(tmp_path / "registry") as registry:
        registry.push_image("lambda/provided", Image(), "al2023")
        answer = Cli(environ=public_ecr_at(registry.host, tmp_path)).run("lock", cwd=project)

    assert answer.returncode == 4
    assert told(answer.stderr) == (
        [f"error: {IMAGE} by `{registry.host}/lambda/provided`: `{registry.host}` has no such image ({UNKNOWN})"],
        ["hint: check the name and the tag; a private image may also need `docker login`"],
    )


@pytest.mark.parametrize(
    ("conf", "says"),
    [
        ('[[registry]]\nprefix = "public.ecr.aws"\nlocation = "127.0.0.1:1"\n', "`127.0.0.1:1` refused the connection"),
        ('[[registry]]\nlocation = "public.ecr.aws"\nblocked = true\n', "is blocked by the table `public.ecr.aws` of"),
        ("[[registry]\n", "is not TOML"),
    ],
)
def test_a_registry_that_is_not_to_be_reached_is_told(project: Path, tmp_path: Path, conf: str, says: str) -> None:
    (project / "buildspec.yaml").write_text(SPEC.replace(":al2023", ":al2", 1))
    environ = public_ecr_at("", tmp_path)
    Path(environ["CONTAINERS_REGISTRIES_CONF"]).write_text(conf)

    answer = Cli(environ=environ).run("lock", cwd=project)

    errors, hints = told(answer.stderr)
    assert answer.returncode == 4, answer.stderr
    assert len(errors) == len(hints) == 1, answer.stderr
    assert says in errors[0]
