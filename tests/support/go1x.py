"""Lambda's go1.x: starts a program by the name of its handler, and drives it by net/rpc."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

from lambdabuild.model.plan import Toolchain
from lambdabuild.model.platform import Architecture
from tests.support.cli import ROOT
from tests.support.golang import BY_HAND
from tests.support.runtime_api import emulator_of

_CLIENT = """package main

import (
	"log"
	"net/rpc"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"
)

func main() {
	client, err := rpc.Dial("tcp", "localhost:"+os.Args[1])
	for start := time.Now(); err != nil && time.Since(start) < 20*time.Second; {
		time.Sleep(10 * time.Millisecond)
		client, err = rpc.Dial("tcp", "localhost:"+os.Args[1])
	}
	if err != nil {
		log.Fatal(err)
	}
	if err := client.Call("Function.Ping", &messages.PingRequest{}, &messages.PingResponse{}); err != nil {
		log.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	request := &messages.InvokeRequest{
		Payload:   []byte(os.Args[2]),
		RequestId: os.Args[3],
		Deadline:  messages.InvokeRequest_Timestamp{Seconds: deadline.Unix(), Nanos: int64(deadline.Nanosecond())},
	}
	response := &messages.InvokeResponse{}
	if err := client.Call("Function.Invoke", request, response); err != nil {
		log.Fatal(err)
	}
	if response.Error != nil {
		log.Fatal(response.Error.Message)
	}
	os.Stdout.Write(response.Payload)
}
"""


def client(folder: Path, toolchain: Toolchain) -> Path:
    """A program that calls another by net/rpc: `client PORT PAYLOAD REQUEST_ID`. It prints the answer."""
    folder.mkdir()
    (folder / "main.go").write_text(_CLIENT)
    for name in ("go.mod", "go.sum"):
        shutil.copy(ROOT / "examples" / name, folder)
    env = {**os.environ, **BY_HAND, "CGO_ENABLED": "0"}
    subprocess.run([toolchain.root / "bin" / "go", "build", "-o", "client", "."], cwd=folder, env=env, check=True)
    return folder / "client"


def invoke(client: Path, task: Path, handler: str, event: str, request_id: str) -> bytes:
    """Start `handler` of the task root as go1.x does, hand it one event, end it; what it answered."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    environment = {
        "_LAMBDA_SERVER_PORT": port,
        "_HANDLER": handler,
        "AWS_EXECUTION_ENV": "AWS_Lambda_go1.x",
        "LAMBDA_TASK_ROOT": str(task),
        "PATH": "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    }
    emulated = emulator_of(Architecture.AMD64)
    with subprocess.Popen([*emulated, task / handler], cwd=task, env=environment, stderr=subprocess.PIPE) as function:
        try:
            done = subprocess.run([client, port, event, request_id], capture_output=True, check=False, timeout=60)
        finally:
            function.kill()
        assert function.stderr is not None
        assert done.returncode == 0, (done.stderr, function.stderr.read())
    return done.stdout
