"""Ways in which a registry or an engine fails a build: exit code, one line, one hint, and nothing left behind."""

import errno
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from docker import APIClient

from tests.support.bad import told
from tests.support.certificates import self_signed
from tests.support.cli import CACHE, Cli
from tests.support.docker_project import SPEC, image_with, locked, write_small, zips
from tests.support.engine import RunningEngine, running_engine
from tests.support.faulty import Reply, Seen, faulty_server
from tests.support.passing import Change, interposed, passing
from tests.support.processes import light_cache
from tests.support.registry import RunningRegistry, public_ecr_at

NATIVE = SPEC.replace("architectures: [arm64, amd64]", "architectures: [amd64]")
IMAGE = "public.ecr.aws/faults:1"
CONTENT = Random(0).randbytes(200_000)
"""Of the one layer of an image that no compile ever runs in: it is lost on its way to the engine."""

CGO = 'package main\n\nimport "C"\n\nfunc main() {}\n'
CHANGED = "do not use it until you know why"
NETWORK = "check the network"


@pytest.fixture(scope="module")
def lost(cli: Cli, registry: RunningRegistry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project, locked while all was well, whose image has never been in the engine."""
    child = registry.push_image("faults", image_with({"etc/content": CONTENT}, programs=False))
    registry.push_index("faults", "1", [child])
    return locked(cli, write_small(tmp_path_factory.mktemp("lost") / "project", in_image("faults")))


def in_image(name: str, more: str = "") -> str:
    spec = NATIVE.replace("images:\n", f"images:\n  own: public.ecr.aws/{name}:1\n")
    return f"{spec}    build_image: own\n{more}"


@contextmanager
def own_cache(cli: Cli, folder: Path, **environ: str) -> Iterator[Cli]:
    """The same command with a cache that knows of no image, but has what is compiled; afterwards nothing of a build is
    left there.
    """
    own = Cli(cache=light_cache(folder / "cache"), environ={**cli.environ, **environ})
    compiled, ours = (cache / "go" / "containers" / "go" for cache in (CACHE, own.cache))
    compiled.mkdir(parents=True, exist_ok=True)
    ours.parent.mkdir()
    ours.symlink_to(compiled)
    yield own
    assert list((own.cache / "scratch").iterdir()) == []


def refused(answer: subprocess.CompletedProcess[str]) -> tuple[str, str]:
    """The one error of a build that the environment failed, and its hint."""
    errors, hints = told(answer.stderr)
    assert answer.returncode == 4, answer.stderr
    assert "Traceback" not in answer.stderr
    assert len(errors) == len(hints) == 1, answer.stderr
    return errors[0], hints[0]


def assert_nothing_is_left(engine: RunningEngine, project: Path) -> None:
    assert (engine.containers(), engine.volumes()) == ([], [])
    assert [path for path in project.rglob("dist/**/*") if path.is_file()] == []


def is_layer(seen: Seen, reply: Reply) -> bool:
    return "/blobs/" in seen.path and len(reply.body) > 100_000


def on_layers(change: Callable[[Reply], Reply]) -> Change:
    return lambda seen, reply: change(reply) if is_layer(seen, reply) else reply


def on_manifests(change: Callable[[Reply], Reply]) -> Change:
    return lambda seen, reply: change(reply) if "/manifests/" in seen.path else reply


REGISTRIES: Mapping[str, tuple[Change, str, str]] = {
    "the image has vanished": (on_manifests(lambda _: Reply(status=404)), "`HOST` has no such image", "check the name"),
    "a manifest is another": (
        on_manifests(lambda reply: replace(reply, body=reply.body + b" ")),
        "manifest `sha256:",
        CHANGED,
    ),
    "a layer is another": (
        on_layers(lambda reply: replace(reply, body=reply.body[:-1] + b"?")),
        "blob sha256:",
        CHANGED,
    ),
    "a layer is too long": (
        on_layers(lambda reply: replace(reply, body=reply.body + b"more")),
        "size of blob sha256:",
        CHANGED,
    ),
    "a layer is too short": (
        on_layers(lambda reply: replace(reply, body=reply.body[:-9])),
        "size of blob sha256:",
        CHANGED,
    ),
    "layers are cut off each time": (
        on_layers(lambda reply: replace(reply, body=reply.body[:9], announced=len(reply.body))),
        "`HOST` cut the connection",
        NETWORK,
    ),
    "it is asked too often": (
        on_layers(lambda _: Reply(status=429, headers={"Retry-After": "0"})),
        "`HOST` limits how often it is asked (tried 5 times)",
        "wait a while",
    ),
    "layers are redirected without end": (
        lambda seen, reply: Reply(status=307, headers={"Location": seen.path}) if is_layer(seen, reply) else reply,
        "`HOST` redirects without end (5 times)",
        "check the registry, or the proxy before it",
    ),
    "layers are at a host that is not there": (
        on_layers(lambda _: Reply(status=307, headers={"Location": "http://127.0.0.1:1/layer"})),
        "`127.0.0.1:1` refused the connection",
        "is it running?",
    ),
    "it takes no token of its own": (
        lambda seen, _: (
            Reply(body=b'{"token": "never enough"}')
            if seen.path.startswith("/token")
            else Reply(status=401, headers={"WWW-Authenticate": f'Bearer realm="http://{seen.headers["host"]}/token"'})
        ),
        "`HOST` wants a login (HTTP 401 from `HOST`)",
        "run `docker login HOST`",
    ),
}


@pytest.mark.parametrize("name", REGISTRIES)
def test_a_registry_that_fails_is_told(
    name: str, cli: Cli, engine: RunningEngine, registry: RunningRegistry, lost: Path, tmp_path: Path
) -> None:
    change, says, hint = REGISTRIES[name]
    before = images_of(engine)
    with (
        faulty_server(passing(registry, change)) as server,
        own_cache(cli, tmp_path, **public_ecr_at(server.host, tmp_path)) as own,
    ):
        error, help_ = refused(own.run("build", cwd=lost))

    assert "`public.ecr.aws/faults" in error
    assert says.replace("HOST", server.host) in error
    assert hint.replace("HOST", server.host) in help_
    assert_nothing_is_left(engine, lost)
    assert images_of(engine) == before


def test_a_certificate_that_no_one_knows_is_told(cli: Cli, engine: RunningEngine, lost: Path, tmp_path: Path) -> None:
    with faulty_server(lambda _: Reply(), certificate=self_signed(tmp_path / "certificate")) as server:
        environ = public_ecr_at(server.host, tmp_path)
        conf = Path(environ["CONTAINERS_REGISTRIES_CONF"])
        conf.write_text(conf.read_text().replace("insecure = true\n", ""))
        with own_cache(cli, tmp_path, **environ) as own:
            error, hint = refused(own.run("build", cwd=lost))

    assert f"the certificate of `{server.host}` is not trusted: self-signed certificate" in error
    assert f"put its authority into `/etc/containers/certs.d/{server.host}/ca.crt`" in hint
    assert server.seen == []
    assert_nothing_is_left(engine, lost)


def test_a_registry_that_recovers_is_waited_for(
    cli: Cli, engine: RunningEngine, registry: RunningRegistry, tmp_path: Path
) -> None:
    """It is asked too often, fails twice, cuts a layer off, and has it at another host, which gets no login."""
    project = locked(cli, write_small(tmp_path / "project", NATIVE))
    forget_the_runtime(engine)
    layers = Failing(Reply(status=429, headers={"Retry-After": "0"}), Reply(status=500), Reply(status=502))

    def elsewhere(seen: Seen, reply: Reply) -> Reply:
        whole = reply.body if "range" not in seen.headers else b""
        return replace(reply, body=whole[:99_999], announced=len(whole)) if len(whole) > 100_000 else reply

    with faulty_server(passing(registry, elsewhere)) as other:

        def here(seen: Seen, reply: Reply) -> Reply:
            moved = Reply(status=307, headers={"Location": f"http://{other.host}{seen.path}"})
            return layers.next(moved) if is_layer(seen, reply) else reply

        with (
            faulty_server(passing(registry, here)) as server,
            own_cache(cli, tmp_path, **public_ecr_at(server.host, tmp_path)) as own,
        ):
            own.done("build", cwd=project)

    assert list(zips(project)) == ["small-amd64.zip"]
    assert any("range" in seen.headers for seen in other.seen)
    assert not any("authorization" in seen.headers for seen in other.seen)
    assert (engine.containers(), engine.volumes()) == ([], [])


def test_a_layer_that_drips_can_be_interrupted(
    cli: Cli, engine: RunningEngine, registry: RunningRegistry, lost: Path, tmp_path: Path
) -> None:
    before = images_of(engine)
    drip = on_layers(lambda reply: replace(reply, pause=0.2))
    with (
        faulty_server(passing(registry, drip)) as server,
        own_cache(cli, tmp_path, **public_ecr_at(server.host, tmp_path)) as own,
    ):
        build = started(own, lost)
        until(lambda: len([seen for seen in server.seen if "/blobs/" in seen.path]) > 1, build)
        time.sleep(0.5)
        stderr = ended(build, signal.SIGINT)

    assert build.returncode == 130
    assert "error: interrupted" in stderr
    assert_nothing_is_left(engine, lost)
    assert images_of(engine) == before


@pytest.fixture
def slow(cli: Cli, registry: RunningRegistry, tmp_path: Path) -> Callable[[bytes], Path]:
    """A project whose compile does what a shell script says, in place of gcc."""

    def make(script: bytes) -> Path:
        child = registry.push_image("slow", image_with({"usr/bin/gcc": script}))
        registry.push_index("slow", "1", [child])
        project = write_small(tmp_path / "project", in_image("slow", "    cgo: image\n"))
        (project / "cmd" / "small" / "main.go").write_text(CGO)
        return locked(cli, project)

    return make


WAIT = b"#!/bin/sh\nwhile :; do sleep 0.1; done\n"


def test_a_container_that_is_killed_is_told(
    cli: Cli, engine: RunningEngine, slow: Callable[[bytes], Path], tmp_path: Path
) -> None:
    project = slow(WAIT)
    with own_cache(cli, tmp_path) as own:
        build = started(own, project)
        container = until(lambda: compiling(engine), build)
        with client_of(engine) as client:
            client.kill(container)
        error, hint = refused(waited(build))

    assert error == "error: small-amd64: the container of the compile was killed"
    assert hint == "hint: build again; if it happens again, look at the log of the container engine"
    assert_nothing_is_left(engine, project)


def test_a_container_that_is_removed_is_told(
    cli: Cli, engine: RunningEngine, slow: Callable[[bytes], Path], tmp_path: Path
) -> None:
    """It is killed, and then it is not there: which of the two is seen is a matter of luck."""
    project = slow(WAIT)
    with own_cache(cli, tmp_path) as own:
        build = started(own, project)
        container = until(lambda: compiling(engine), build)
        with client_of(engine) as client:
            client.remove_container(container, force=True)
        error, hint = refused(waited(build))

    killed = "error: small-amd64: the container of the compile was killed"
    assert error.startswith(
        (killed, f"error: the container engine at `{engine.host}` refused to look at a container: ")
    )
    assert "build again" in hint
    assert_nothing_is_left(engine, project)


def test_a_compile_that_runs_out_of_memory_is_told(
    cli: Cli, engine: RunningEngine, slow: Callable[[bytes], Path], tmp_path: Path
) -> None:
    """The limit is lowered while it waits: to fill this machine's memory takes too long."""
    project = slow(b"#!/bin/sh\n(sleep 3; x=0123456789abcdef; while :; do x=$x$x; done)\nkill -INT 1\n")
    with own_cache(cli, tmp_path) as own:
        build = started(own, project)
        container = until(lambda: compiling(engine), build)
        with client_of(engine) as client:
            client.update_container(container, mem_limit="64m", memswap_limit="64m")
        error, hint = refused(waited(build))

    assert error.startswith("error: small-amd64: the compile ran out of memory, of which its container has ")
    assert hint.startswith("hint: give the container engine more memory, or build fewer functions at once")
    assert_nothing_is_left(engine, project)


def test_an_image_that_is_removed_during_a_compile_does_not_matter(
    cli: Cli, engine: RunningEngine, slow: Callable[[bytes], Path], tmp_path: Path
) -> None:
    """Its container keeps what it needs; how the compile ends is what is told, as ever."""
    project = slow(b"#!/bin/sh\nsleep 2\nkill -INT 1\n")
    with own_cache(cli, tmp_path) as own:
        build = started(own, project)
        container = until(lambda: compiling(engine), build)
        with client_of(engine) as client:
            used = client.inspect_container(container)["Image"]
            for tag in next(one["RepoTags"] for one in client.images() if one["Id"] == used):
                client.remove_image(tag, force=True)
        answer = waited(build)

    assert answer.returncode == 1, answer.stderr
    assert told(answer.stderr)[0] == ["error: small-amd64: the compile failed"]
    assert_nothing_is_left(engine, project)


def test_an_image_that_is_removed_before_its_container_is_made_is_told(
    cli: Cli, engine: RunningEngine, lost: Path, tmp_path: Path
) -> None:
    def before(request: bytes) -> None:
        if b"/containers/create" in request.partition(b"\r\n")[0]:
            with client_of(engine) as client:
                for one in client.images():
                    for tag in one["RepoTags"] or ():
                        if "/faults:" in tag:
                            client.remove_image(tag, force=True)

    with (
        interposed(engine.host, engine.folder / "other.sock", before) as host,
        own_cache(cli, tmp_path, DOCKER_HOST=host) as own,
    ):
        error, hint = refused(own.run("build", cwd=lost))

    assert "No such image: sha256:" in error
    assert hint == "hint: something removed it meanwhile: build again"
    assert_nothing_is_left(engine, lost)


def test_an_engine_that_dies_in_the_middle_is_told_and_swept_by_the_next_build(
    registry: RunningRegistry, cli: Cli, slow: Callable[[bytes], Path], tmp_path: Path
) -> None:
    project = slow(WAIT)
    with (
        running_engine() as engine,
        own_cache(cli, tmp_path, DOCKER_HOST=engine.host) as own,
    ):
        build = started(own, project)
        until(lambda: compiling(engine), build)
        engine.kill()
        error, hint = refused(waited(build))

        assert error.startswith(f"error: the container engine at `{engine.host}` went away: ")
        assert hint == "hint: look at its log, start it, and build again; what it left is removed by then"
        engine.start()
        assert len(engine.containers()) == 1
        (project / "cmd" / "small" / "main.go").write_text("package main\n\nfunc main() { absent() }\n")
        assert own.run("build", cwd=project).returncode == 1
        assert_nothing_is_left(engine, project)


def test_a_disk_of_the_engine_that_is_full_is_told(cli: Cli, registry: RunningRegistry, tmp_path: Path) -> None:
    child = registry.push_image("large", image_with({"etc/content": Random(1).randbytes(60 << 20)}, programs=False))
    registry.push_index("large", "1", [child])
    project = locked(cli, write_small(tmp_path / "project", in_image("large")))
    mounted = 'mkdir -p "$4" && mount -t tmpfs -o size=40m none "$4" && exec "$0" "$@"'

    with running_engine(prefix=("sh", "-c", mounted)) as engine:
        before = images_of(engine)
        with own_cache(cli, tmp_path, DOCKER_HOST=engine.host) as own:
            error, hint = refused(own.run("build", cwd=project))
        after = images_of(engine)
        assert_nothing_is_left(engine, project)

    assert f"error: the container engine at `{engine.host}` refused to load `public.ecr.aws/large:1@sha256:" in error
    assert "no space left on device" in error
    assert hint == "hint: make room where the engine keeps its data: `docker system df`, `docker system prune`"
    assert after == before


@pytest.mark.parametrize("listened", [False, True])
def test_a_socket_that_no_engine_answers_at_is_told(listened: bool, cli: Cli, lost: Path, tmp_path: Path) -> None:
    """It is not there, or was left by an engine that has ended."""
    place = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as left:
        if listened:
            left.bind(str(place))
        with own_cache(cli, tmp_path, DOCKER_HOST=f"unix://{place}") as own:
            error, hint = refused(own.run("build", cwd=lost))

    reason = os.strerror(errno.ECONNREFUSED if listened else errno.ENOENT)
    assert error == f"error: no container engine answers at `unix://{place}` (DOCKER_HOST): {reason}"
    assert hint == "hint: start it, or name another with DOCKER_HOST; `executor: host` needs no engine"


def started(cli: Cli, project: Path) -> subprocess.Popen[str]:
    """A build in a process group of its own, as a shell starts it."""
    return subprocess.Popen(
        cli.argv("build"),
        cwd=project,
        env=cli.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )


def until(happens: Callable[[], str | bool | None], build: subprocess.Popen[str]) -> str:
    """Wait for it, while the build goes on; what it gave."""
    end = time.monotonic() + 120
    while not (found := happens()):
        assert build.poll() is None, build.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)
    return str(found)


def ended(build: subprocess.Popen[str], number: signal.Signals) -> str:
    """Signal it; what it said until it ended, which is soon."""
    began = time.monotonic()
    os.killpg(build.pid, number)
    stderr = build.communicate(timeout=30)[1]
    assert time.monotonic() - began < 10
    return stderr


def waited(build: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    stdout, stderr = build.communicate(timeout=60)
    return subprocess.CompletedProcess(build.args, build.returncode, stdout, stderr)


@contextmanager
def client_of(engine: RunningEngine) -> Iterator[APIClient]:
    with closing(APIClient(base_url=engine.host, version="1.41")) as client:
        yield client


def compiling(engine: RunningEngine) -> str | None:
    """The container of ours that has started gcc."""
    with client_of(engine) as client:
        for one in client.containers(filters={"label": "lambdabuild.owner", "status": "running"}):
            with suppress(Exception):
                if any("gcc" in " ".join(row) for row in client.top(one["Id"])["Processes"]):
                    return str(one["Id"])
    return None


def images_of(engine: RunningEngine) -> set[str]:
    """All of them, also those without a name; what a load that failed has begun would lie beside them."""
    with client_of(engine) as client:
        found = {str(one["Id"]) for one in client.images(all=True)}
    assert list((engine.folder / "data" / "tmp").iterdir()) == []
    return found


def forget_the_runtime(engine: RunningEngine) -> None:
    with client_of(engine) as client:
        for one in client.images():
            for tag in one["RepoTags"] or ():
                if tag.startswith("localhost/lambdabuild/provided:"):
                    client.remove_image(tag, force=True)


class Failing:
    """Answers that come first, each once."""

    def __init__(self, *replies: Reply) -> None:
        self._replies = list(replies)

    def next(self, otherwise: Reply) -> Reply:
        return self._replies.pop(0) if self._replies else otherwise
