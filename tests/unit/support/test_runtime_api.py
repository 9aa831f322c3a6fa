"""The Runtime API of the tests is the one that aws-lambda-go speaks."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lambdabuild.model.platform import Architecture, host_platform
from tests.support.gates import require
from tests.support.golang import BY_HAND
from tests.support.runtime_api import FUNCTION_ARN, Answer, BootError, invoke

EXAMPLES = Path(__file__).parents[3] / "examples"
HOST = Architecture(host_platform().partition("/")[2])

CLIENT = """
import http.client, json, os, sys
server = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
root = "/2018-06-01/runtime"
def post(path, body):
    server.request("POST", root + path, body)
    answer = server.getresponse()
    answer.read()
    return answer.status
def take():
    server.request("GET", root + "/invocation/next")
    answer = server.getresponse()
    answer.read()
    return {name.lower(): value for name, value in answer.getheaders()}
def answer(body):
    return post(f"/invocation/{take()['lambda-runtime-aws-request-id']}/response", body)
"""


def program(folder: Path, body: str) -> Path:
    path = folder / "bootstrap"
    path.write_text(f"#!{sys.executable}\n{CLIENT}\n{body}")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("architecture", Architecture)
def test_a_go_program_answers_on_both_cpus(architecture: Architecture, tmp_path: Path) -> None:
    bootstrap = tmp_path / "bootstrap"
    subprocess.run(
        [require("go"), "build", "-tags", "lambda.norpc", "-o", bootstrap, "./cmd/orders"],
        cwd=EXAMPLES,
        env={**os.environ, **BY_HAND, "CGO_ENABLED": "0", "GOARCH": architecture},
        check=True,
    )
    item = {"sku": "cup", "quantity": 2, "unit_cents": 450}
    taken = {"body": json.dumps({"customer": "c-1042", "items": [item]})}

    accepted, refused, failed = invoke(
        bootstrap, [json.dumps(taken).encode(), b'{"body": "{}"}', b"no JSON"], architecture=architecture
    )

    assert json.loads(json.loads(accepted.body)["body"]) == {
        "id": accepted.request_id,
        "customer": "c-1042",
        "items": [item],
        "total_cents": 900,
    }
    assert (refused.kind, json.loads(refused.body)["statusCode"]) == ("response", 422)
    assert (failed.kind, json.loads(failed.body)["errorType"]) == ("error", "SyntaxError")


def test_an_event_comes_with_the_headers_of_lambda(tmp_path: Path) -> None:
    echo = program(tmp_path, "headers = take()\nanswer(json.dumps(headers))")

    (answer,) = invoke(echo, [b"{}"], architecture=HOST)

    headers = json.loads(answer.body)
    assert headers["lambda-runtime-aws-request-id"] == answer.request_id
    assert headers["lambda-runtime-invoked-function-arn"] == FUNCTION_ARN
    assert headers["lambda-runtime-trace-id"].startswith("Root=1-")
    assert int(headers["lambda-runtime-deadline-ms"]) > 1_700_000_000_000


def test_nothing_of_our_environment_reaches_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMBDABUILD_SECRET", "ours")
    echo = program(tmp_path, "answer(json.dumps([os.getcwd(), dict(os.environ)]))")

    (answer,) = invoke(echo, [b"{}"], architecture=HOST, handler="orders")

    cwd, environment = json.loads(answer.body)
    assert cwd == environment["LAMBDA_TASK_ROOT"] == str(tmp_path)
    assert environment["_HANDLER"] == "orders"
    assert not {"LAMBDABUILD_SECRET", "HOME", "PYTHONPATH"} & set(environment)


def test_a_chunked_answer_is_put_together(tmp_path: Path) -> None:
    (answer,) = invoke(program(tmp_path, "answer(iter([b'one ', b'two']))"), [b"{}"], architecture=HOST)

    assert answer == Answer(request_id=answer.request_id, kind="response", body=b"one two")


def test_an_answer_to_another_event_is_refused(tmp_path: Path) -> None:
    confused = program(tmp_path, "answer(str(post('/invocation/another/response', b'')))")

    (answer,) = invoke(confused, [b"{}"], architecture=HOST)

    assert answer.body == b"400"


def test_a_program_that_ends_is_told_with_its_words(tmp_path: Path) -> None:
    broken = program(tmp_path, "print('GLIBCXX_3.4.30 not found')\nsys.exit(3)")

    with pytest.raises(BootError, match=r"exited 3\nGLIBCXX_3\.4\.30 not found"):
        invoke(broken, [b"{}"], architecture=HOST)


def test_a_program_that_says_it_cannot_start_is_told(tmp_path: Path) -> None:
    refusing = program(tmp_path, "post('/init/error', b'no configuration')\ntake()")

    with pytest.raises(BootError, match="cannot start: no configuration"):
        invoke(refusing, [b"{}"], architecture=HOST)


def test_a_program_that_hangs_is_ended(tmp_path: Path) -> None:
    hanging = program(tmp_path, "print(os.getpid(), flush=True)\nimport time\ntime.sleep(60)")

    with pytest.raises(BootError, match="gave no answer in 1 s") as caught:
        invoke(hanging, [b"{}"], architecture=HOST, timeout=1)

    with pytest.raises(ProcessLookupError):
        os.kill(int(str(caught.value).split()[-1]), 0)
