"""Where the engine is, as the docker CLI sees it, and what is said of one that does not answer."""

import hashlib
import json
import socket
from pathlib import Path

import pytest

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.engine import MissingEngineError, connect
from lambdabuild.io.engine.endpoint import DEFAULT_HOST, EngineEndpoint, endpoint_of
from tests.support.faulty import Reply, faulty_server, in_turn
from tests.support.nobody import unprivileged
from tests.support.registry import free_port


def write_context(folder: Path, name: str, meta: object) -> None:
    file = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest() / "meta.json"
    file.parent.mkdir(parents=True)
    file.write_text(meta if isinstance(meta, str) else json.dumps(meta))


def refusal(environ: dict[str, str]) -> EnvironmentFailure:
    with pytest.raises(EnvironmentFailure) as caught, connect(environ):
        raise AssertionError("an engine has answered")
    assert caught.value.exit_code == 4
    return caught.value


def test_nothing_said_is_the_socket_of_this_machine(tmp_path: Path) -> None:
    found = endpoint_of({"HOME": str(tmp_path)})

    assert found == EngineEndpoint(host=DEFAULT_HOST, certificates=None, said_by="the default")


def test_docker_host_comes_before_a_context(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "DOCKER_HOST": "unix:///here", "DOCKER_CONTEXT": "there"}

    assert endpoint_of(environ) == EngineEndpoint(host="unix:///here", certificates=None, said_by="DOCKER_HOST")


@pytest.mark.parametrize("chosen", ["by a variable", "by config.json"])
def test_a_context_says_where(chosen: str, tmp_path: Path) -> None:
    folder = tmp_path / ".docker"
    write_context(folder, "there", {"Endpoints": {"docker": {"Host": "unix:///there", "SkipTLSVerify": False}}})
    if chosen == "by config.json":
        (folder / "config.json").write_text('{"currentContext": "there"}')
    environ = {"HOME": str(tmp_path), **({"DOCKER_CONTEXT": "there"} if chosen == "by a variable" else {})}

    found = endpoint_of(environ)

    assert found == EngineEndpoint(host="unix:///there", certificates=None, said_by="the context `there`")


def test_the_context_default_is_none(tmp_path: Path) -> None:
    assert endpoint_of({"HOME": str(tmp_path), "DOCKER_CONTEXT": "default"}).host == DEFAULT_HOST


def test_a_context_that_is_not_there(tmp_path: Path) -> None:
    failure = refusal({"HOME": str(tmp_path), "DOCKER_CONTEXT": "gone"})

    assert failure.message == "the docker context `gone` cannot be read: No such file or directory"
    assert failure.hint == (
        "run `docker context ls`; choose one with DOCKER_CONTEXT, or name the engine with DOCKER_HOST"
    )


@pytest.mark.parametrize(
    ("meta", "problem"),
    [
        ("{", "is not JSON"),
        ({"Endpoints": {}}, "lacks `Endpoints.docker`"),
        ({"Endpoints": {"docker": {"Host": 3}}}, "has `Endpoints.docker.Host` that is not a string"),
    ],
)
def test_a_context_that_is_damaged(meta: object, problem: str, tmp_path: Path) -> None:
    write_context(tmp_path / ".docker", "odd", meta)

    failure = refusal({"HOME": str(tmp_path), "DOCKER_CONTEXT": "odd"})

    assert "meta.json`, the docker context `odd`: " in failure.message
    assert failure.message.endswith(problem)
    assert failure.hint == "make it anew: `docker context rm odd`"


def test_no_engine_at_all(tmp_path: Path) -> None:
    host = f"unix://{tmp_path}/docker.sock"

    failure = refusal({"HOME": str(tmp_path), "DOCKER_HOST": host})

    assert isinstance(failure, MissingEngineError)
    assert failure.message == f"no container engine answers at `{host}` (DOCKER_HOST): No such file or directory"
    assert failure.hint == "start it, or name another with DOCKER_HOST; `executor: host` needs no engine"


def test_an_engine_that_refuses(tmp_path: Path) -> None:
    host = f"tcp://127.0.0.1:{free_port()}"

    failure = refusal({"HOME": str(tmp_path), "DOCKER_HOST": host})

    assert failure.message == f"no container engine answers at `{host}` (DOCKER_HOST): Connection refused"
    assert failure.hint == "check DOCKER_HOST and the network; `executor: host` needs no engine"


def test_a_host_that_is_no_address(tmp_path: Path) -> None:
    failure = refusal({"HOME": str(tmp_path), "DOCKER_HOST": "nonsense://x"})

    assert failure.message.startswith("no container engine answers at `nonsense://x` (DOCKER_HOST): ")


def test_a_socket_that_may_not_be_used() -> None:
    with unprivileged() as folder, socket.socket(socket.AF_UNIX) as listener:
        path = folder / "docker.sock"
        listener.bind(str(path))
        listener.listen()
        path.chmod(0)

        failure = refusal({"HOME": str(folder), "DOCKER_HOST": f"unix://{path}"})

    assert failure.message == f"no container engine answers at `unix://{path}` (DOCKER_HOST): Permission denied"
    assert failure.hint == (
        "add yourself to the group that may use the socket (`docker`), and log in again;"
        " `executor: host` needs no engine"
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            b'{"ApiVersion": "1.40", "MinAPIVersion": "1.12"}',
            "the container engine at `tcp://{host}` speaks API 1.40, which is older than Docker 20.10",
        ),
        (
            b"<html>",
            "no container engine answers at `tcp://{host}` (DOCKER_HOST): it does not speak the Docker Engine API",
        ),
        (b"{}", "no container engine answers at `tcp://{host}` (DOCKER_HOST): it does not speak the Docker Engine API"),
        (
            b'{"ApiVersion": "new"}',
            "no container engine answers at `tcp://{host}` (DOCKER_HOST): it does not speak the Docker Engine API",
        ),
    ],
)
def test_what_is_no_engine_of_ours(body: bytes, message: str, tmp_path: Path) -> None:
    reply = Reply(body=body, headers={"Content-Type": "application/json"})
    with faulty_server(in_turn(reply)) as server:
        failure = refusal({"HOME": str(tmp_path), "DOCKER_HOST": f"tcp://{server.host}"})

        assert failure.message == message.format(host=server.host)
        assert failure.hint


def test_an_engine_of_windows(tmp_path: Path) -> None:
    version = Reply(body=b'{"ApiVersion": "1.44"}')
    info = Reply(body=b'{"OSType": "windows", "Architecture": "x86_64"}')
    with (
        faulty_server(in_turn(version, info)) as server,
        connect({"HOME": str(tmp_path), "DOCKER_HOST": f"tcp://{server.host}"}) as engine,
        pytest.raises(EnvironmentFailure) as caught,
    ):
        _ = engine.facts

    assert caught.value.message == (
        f"the container engine at `tcp://{server.host}` runs containers of windows on x86_64"
    )
    assert caught.value.hint == "name one that runs linux/amd64 or linux/arm64 with DOCKER_HOST"


def test_a_newer_engine_is_spoken_to_in_what_both_know(tmp_path: Path) -> None:
    version = Reply(body=b'{"ApiVersion": "1.60", "MinAPIVersion": "1.44"}')
    with (
        faulty_server(in_turn(version, Reply(body=b"[]"))) as server,
        connect({"HOME": str(tmp_path), "DOCKER_HOST": f"tcp://{server.host}"}) as engine,
    ):
        assert engine.containers("x") == {}
        assert server.paths()[0] == "/version"
        assert server.paths()[1].startswith("/v1.48/containers/json")
