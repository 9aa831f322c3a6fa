"""Lambda on loopback: moto's server, which takes zips and says what it has, and one that gives the answers it is told.

Nothing of the machine's own AWS settings gets in, and no request leaves it.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import requests

from tests.support.registry import free_port

REGION = "eu-west-1"
ACCOUNT = "123456789012"
"""That of moto, unless it is told another."""

_KEYS = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lambda:
    """A Lambda that answers at `endpoint`."""

    endpoint: str

    @property
    def environ(self) -> dict[str, str]:
        """Of someone who is logged in, and whose AWS it is."""
        return {**nowhere(), **_KEYS, "AWS_ENDPOINT_URL": self.endpoint, "AWS_REGION": REGION}

    def client(self, service: str = "lambda") -> Any:
        """A real client, as a deployment uses it."""
        session = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none", region_name=REGION)
        return session.client(service, endpoint_url=self.endpoint)

    def create(self, name: str, code: bytes, **settings: object) -> str:
        """Deploy a function; the CodeSha256 that Lambda says."""
        role = f"arn:aws:iam::{ACCOUNT}:role/runs-functions"
        told = {"Runtime": "provided.al2023", "Handler": "bootstrap", "Architectures": ["x86_64"], **settings}
        return str(
            self.client().create_function(FunctionName=name, Role=role, Code={"ZipFile": code}, **told)["CodeSha256"]
        )

    def update(self, name: str, code: bytes) -> str:
        """Deploy other code; its CodeSha256."""
        return str(self.client().update_function_code(FunctionName=name, ZipFile=code)["CodeSha256"])


def nowhere() -> dict[str, str]:
    """The environment of someone who has no AWS: no profile, no key, no machine that gives any."""
    return {
        "AWS_CONFIG_FILE": "/nonexistent/config",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials",
        "AWS_EC2_METADATA_DISABLED": "true",
        "no_proxy": "127.0.0.1",
    }


@contextmanager
def running_lambda(folder: Path) -> Iterator[Lambda]:
    """The server of moto as a process of its own, with one role; gone with the block."""
    port = free_port()
    with (folder / "log").open("wb") as log:
        argv = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(argv, stdout=log, stderr=log)
    try:
        there = Lambda(endpoint=f"http://127.0.0.1:{port}")
        _wait_for(there.endpoint, process, folder / "log")
        trusted = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
        there.client("iam").create_role(RoleName="runs-functions", AssumeRolePolicyDocument=policy)
        yield there
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def answering(status: int, error: str, body: Mapping[str, object]) -> Iterator[Lambda]:
    """A Lambda that answers every request alike; `error` is its type, empty where it is none."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            if error:
                self.send_header("x-amzn-ErrorType", error)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Lambda(endpoint=f"http://127.0.0.1:{server.server_address[1]}")
        finally:
            server.shutdown()
            thread.join()


def _wait_for(endpoint: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            requests.get(f"{endpoint}/moto-api/", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"moto did not start:\n{log.read_text()}")
