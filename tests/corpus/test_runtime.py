"""aws-lambda-go, really run: what the check says of a version and of a tag is so."""

import os
import socket
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

from lambdabuild.model.platform import Architecture, host_platform
from tests.corpus.catalogue import runtime
from tests.corpus.court import Court
from tests.corpus.recipe import Artifact
from tests.support.gates import require
from tests.support.registry import free_port
from tests.support.runtime_api import RuntimeApi, invoke, serving
from tests.support.standins.roots import EMULATORS

SPEAKING = (
    ("aws-lambda-go with net rpc", Architecture.AMD64),
    ("aws-lambda-go without net rpc", Architecture.AMD64),
    ("aws-lambda-go without net rpc", Architecture.ARM64),
)


class Watched(RuntimeApi):
    """Counts how often a program asks for an event."""

    asked = 0

    def next(self) -> tuple[str, bytes] | None:
        self.asked += 1
        return super().next()


def bootstrap(name: str, architecture: Architecture, court: Court, folder: Path) -> Path:
    (recipe,) = (one for one in runtime.RECIPES if one.name == name)
    made = court.workshop.make(Artifact(recipe=recipe, architecture=architecture))
    with zipfile.ZipFile(made / recipe.artifact) as bundle:
        bundle.extractall(folder)
    (folder / "bootstrap").chmod(0o755)
    return folder / "bootstrap"


@pytest.mark.parametrize(("name", "architecture"), SPEAKING)
def test_a_newer_one_answers_events(name: str, architecture: Architecture, court: Court, tmp_path: Path) -> None:
    (answer,) = invoke(bootstrap(name, architecture, court, tmp_path), [b"{}"], architecture=architecture)

    assert (answer.kind, answer.body) == ("response", b'"hello"')


@pytest.mark.parametrize("architecture", Architecture)
def test_one_before_1_18_listens_for_go1x_and_never_asks_for_an_event(
    architecture: Architecture, court: Court, tmp_path: Path
) -> None:
    program = bootstrap("aws-lambda-go 1.17", architecture, court, tmp_path)
    emulator = [] if host_platform() == architecture.platform else [require(EMULATORS[architecture])]
    api, port = Watched([b"{}"], timeout=30), free_port()
    with serving(api) as address:
        environ = {**os.environ, "AWS_LAMBDA_RUNTIME_API": address, "_LAMBDA_SERVER_PORT": str(port)}
        process = subprocess.Popen([*emulator, program], env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            assert listens(port, 20)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.5)
        finally:
            process.kill()
        printed, _ = process.communicate()

    assert (api.asked, api.answers, api.init_error, printed) == (0, [], None, b"")


def listens(port: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.05)
    return False
