"""A layer: an extension in it, and files beside it."""

import json
import os
import subprocess
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from lambdabuild.model.platform import Architecture, host_platform
from tests.support.cli import ROOT, Cli
from tests.support.gates import require

HOST = Architecture(host_platform().removeprefix("linux/"))

SPEC = f"""version: 1
go: "1.26.8"
runtime: provided.al2023
architectures: [{HOST}]
images:
  provided.al2023: public.ecr.aws/lambda/provided:al2023
functions:
  telemetry:
    package: .
    layout: extension
    include:
      - {{source: settings.json, target: telemetry/settings.json}}
      - {{source: tool.sh, target: bin/tool, mode: "0755"}}
"""
MAIN = """package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	address := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2020-01-01/extension/register"
	request, err := http.NewRequest("POST", address, strings.NewReader(`{"events": ["INVOKE", "SHUTDOWN"]}`))
	if err != nil {
		panic(err)
	}
	request.Header.Set("Lambda-Extension-Name", filepath.Base(os.Args[0]))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	println(response.Header.Get("Lambda-Extension-Identifier"))
}
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("layer")
    files = {
        "buildspec.yaml": SPEC,
        "images.lock": (ROOT / "images.lock").read_text(),
        "go.mod": "module example.com/telemetry\n\ngo 1.24\n",
        "main.go": MAIN,
        "settings.json": "{}\n",
        "tool.sh": "#!/bin/sh\necho a tool\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    Cli().done("build", cwd=folder)
    return folder


def test_a_layer_has_the_extension_where_lambda_starts_it(built: Path) -> None:
    with zipfile.ZipFile(built / "dist" / f"telemetry-{HOST}.zip") as layer:
        modes = {entry.filename: f"{entry.external_attr >> 16 & 0o777:04o}" for entry in layer.infolist()}

    assert modes == {"bin/tool": "0755", "extensions/telemetry": "0755", "telemetry/settings.json": "0644"}


def test_its_check_takes_it_for_a_layer(built: Path) -> None:
    (verdict,) = json.loads(Cli().done("check", "--json", cwd=built))["artifacts"]

    assert (verdict["path"], verdict["layer"], verdict["findings"]) == (f"dist/telemetry-{HOST}.zip", True, [])


def test_it_registers_by_the_name_of_its_file(built: Path, tmp_path: Path) -> None:
    subprocess.run([require("unzip"), "-q", built / "dist" / f"telemetry-{HOST}.zip", "-d", tmp_path], check=True)
    registered = []

    class Extensions(BaseHTTPRequestHandler):
        """The Extensions API, version 2020-01-01."""

        def do_POST(self) -> None:
            registered.append((self.path, self.headers["Lambda-Extension-Name"]))
            self.send_response(200)
            self.send_header("Lambda-Extension-Identifier", "one")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Keep the output for the program's own words."""

    with HTTPServer(("127.0.0.1", 0), Extensions) as server:
        server.timeout = 60
        thread = threading.Thread(target=server.handle_request, daemon=True)
        thread.start()
        done = subprocess.run(
            [tmp_path / "extensions" / "telemetry"],
            env={"PATH": os.environ["PATH"], "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}"},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        thread.join()

    assert done.stderr == "one\n"
    assert registered == [("/2020-01-01/extension/register", "telemetry")]
