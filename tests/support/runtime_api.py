"""The Lambda Runtime API on loopback: boot a program as Lambda does, hand it events, read its answers.

Paths, headers and status codes are those of the Runtime API, version 2018-06-01.
"""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Literal

from lambdabuild.model.platform import Architecture, host_platform
from tests.support.gates import require
from tests.support.rooted import entering

REGION = "eu-central-1"
FUNCTION = "function"
FUNCTION_ARN = f"arn:aws:lambda:{REGION}:123456789012:function:{FUNCTION}"

_ROOT = "/2018-06-01/runtime"
_QEMU = {Architecture.AMD64: "qemu-x86_64-static", Architecture.ARM64: "qemu-aarch64-static"}
_POLL = 0.05
_GRACE = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the program posted for one event: `kind` is where to, `body` what."""

    request_id: str
    kind: Literal["response", "error"]
    body: bytes


class BootError(Exception):
    """The program did not answer every event; the message holds all that it wrote."""


class RuntimeApi:
    """One execution environment: hands out `events` in order, and keeps what comes back."""

    def __init__(self, events: Sequence[bytes], *, timeout: float) -> None:
        self.answers: list[Answer] = []
        self.init_error: bytes | None = None
        self.timeout = timeout
        self._events = events
        self._changed = threading.Condition()
        self._closed = False

    @property
    def answered(self) -> bool:
        """Whether every event has its answer."""
        return len(self.answers) == len(self._events)

    def next(self) -> tuple[str, bytes] | None:
        """The id and body of the event in work. Blocks when there is none; None once the environment ends."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not self.answered)
            if self._closed:
                return None
            return _request_id(len(self.answers)), self._events[len(self.answers)]

    def answer(self, request_id: str, kind: Literal["response", "error"], body: bytes) -> bool:
        """Keep an answer; False where `request_id` is not that of the event in work."""
        with self._changed:
            if self.answered or request_id != _request_id(len(self.answers)):
                return False
            self.answers.append(Answer(request_id=request_id, kind=kind, body=body))
            self._changed.notify_all()
            return True

    def fail_init(self, body: bytes) -> None:
        """The program says that it cannot start."""
        with self._changed:
            self.init_error = body
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Whether the environment is done within `seconds`: all is answered, or it could not start."""
        with self._changed:
            return self._changed.wait_for(lambda: self.answered or self.init_error is not None, seconds)

    def close(self) -> None:
        """Let a waiting `next` go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


@contextlib.contextmanager
def serving(api: RuntimeApi) -> Iterator[str]:
    """Serve `api` on loopback; the value is what `AWS_LAMBDA_RUNTIME_API` holds."""

    class Handler(_Handler):
        runtime = api

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": _POLL})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            api.close()
            server.shutdown()
            thread.join()


def invoke(
    bootstrap: Path,
    events: Sequence[bytes],
    *,
    architecture: Architecture,
    handler: str = "bootstrap",
    timeout: float = 30,
    root: Path | None = None,
) -> list[Answer]:
    """Run `bootstrap` in its folder until each of `events` is answered, then end it.

    A program for the other CPU runs under qemu, which needs no binfmt_misc but runs no script. In a `root`, where
    `bootstrap` is a path, both are run. BootError where the program ends, refuses to start, or does not answer within
    `timeout` seconds.
    """
    api = RuntimeApi(events, timeout=timeout)
    with serving(api) as address, tempfile.TemporaryFile("a+b") as log:
        environment = _environment(bootstrap.parent, address, handler)
        if root is None:
            argv, folder = [*emulator_of(architecture), str(bootstrap)], bootstrap.parent
        else:
            argv, folder = entering(root, [str(bootstrap)], environment, architecture), root
        with running(argv, environment, folder, log) as process:
            deadline = time.monotonic() + timeout
            while not api.wait(_POLL):
                if process.poll() is not None:
                    raise BootError(f"`{bootstrap}` exited {process.returncode}\n{_read(log)}")
                if time.monotonic() > deadline:
                    raise BootError(f"`{bootstrap}` gave no answer in {timeout:g} s\n{_read(log)}")
        if api.init_error is not None:
            raise BootError(f"`{bootstrap}` cannot start: {api.init_error.decode()}\n{_read(log)}")
        return api.answers


def emulator_of(architecture: Architecture) -> list[str]:
    """What comes before the command line of a program; nothing on its own CPU."""
    return [] if host_platform() == architecture.platform else [require(_QEMU[architecture])]


@contextlib.contextmanager
def running(
    argv: Sequence[str], environment: dict[str, str], folder: Path, log: IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own session, ended with all that it started."""
    process = subprocess.Popen(
        argv,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE)


def _environment(task_root: Path, address: str, handler: str) -> dict[str, str]:
    """What Lambda sets, but for credentials and LD_LIBRARY_PATH (libraries here are not the runtime's)."""
    return {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EXECUTION_ENV": "AWS_Lambda_provided.al2023",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_NAME": FUNCTION,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{FUNCTION}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/01/[$LATEST]0",
        "AWS_LAMBDA_RUNTIME_API": address,
        "AWS_REGION": REGION,
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LAMBDA_TASK_ROOT": str(task_root),
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/bin",
        "TZ": ":UTC",
        "_HANDLER": handler,
    }


class _Handler(BaseHTTPRequestHandler):
    runtime: RuntimeApi
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path != f"{_ROOT}/invocation/next":
            self._reply(HTTPStatus.NOT_FOUND, {"errorType": "NotFound"})
            return
        event = self.runtime.next()
        if event is None:
            self.close_connection = True
            return
        request_id, body = event
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Lambda-Runtime-Aws-Request-Id", request_id)
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int((time.time() + self.runtime.timeout) * 1000)))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", FUNCTION_ARN)
        self.send_header("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self._body()
        match self.path.removeprefix(_ROOT).split("/"):
            case ["", "init", "error"]:
                self.runtime.fail_init(body)
                self._reply(HTTPStatus.ACCEPTED, {"status": "OK"})
            case ["", "invocation", request_id, "response"]:
                self._keep(request_id, "response", body)
            case ["", "invocation", request_id, "error"]:
                self._keep(request_id, "error", body)
            case _:
                self._reply(HTTPStatus.NOT_FOUND, {"errorType": "NotFound"})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Keep the output for the program's own words."""

    def _keep(self, request_id: str, kind: Literal["response", "error"], body: bytes) -> None:
        if self.runtime.answer(request_id, kind, body):
            self._reply(HTTPStatus.ACCEPTED, {"status": "OK"})
        else:
            self._reply(HTTPStatus.BAD_REQUEST, {"errorType": "InvalidRequestID"})

    def _reply(self, status: HTTPStatus, document: dict[str, str]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        chunks = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return b"".join(chunks)


def _request_id(index: int) -> str:
    return f"00000000-0000-4000-8000-{index:012d}"


def _read(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read().decode(errors="replace")
