"""The Remote Execution API by someone else's generated messages: those inside the `buildstream` wheel.

They are loaded in a process of their own, since a descriptor pool holds each file once, and with a stand-in for the
package `buildstream`, whose own `__init__` needs more than messages.
"""

import json
import os
import subprocess
import sys

import pytest

from tests.support.cli import ROOT

WHEEL = ROOT / ".services" / "buildstream"

PROGRAM = """
import hashlib, json, sys, types

stand_in = types.ModuleType("buildstream")
stand_in.__path__ = [sys.argv[1] + "/buildstream"]
sys.modules["buildstream"] = stand_in
from buildstream._protos.build.bazel.remote.execution.v2 import remote_execution_pb2 as reapi
from google.protobuf.json_format import MessageToDict

def digest(content):
    return reapi.Digest(hash=hashlib.sha256(content).hexdigest(), size_bytes=len(content))

def parse(text):
    hashed, _, size = text.partition("/")
    return reapi.Digest(hash=hashed, size_bytes=int(size))

def directory(tree):
    message = reapi.Directory()
    for name in sorted(tree):
        node = tree[name]
        if "/file" in node:
            message.files.add(name=name, digest=parse(node["/file"]), is_executable=node["/executable"])
        elif "/tree" in node:
            message.directories.add(name=name, digest=parse(node["/tree"]))
        else:
            message.directories.add(name=name, digest=digest(directory(node)))
    return message.SerializeToString(deterministic=True)

asked = json.load(sys.stdin)
answer = {}
for kind, content in asked["messages"].items():
    message = getattr(reapi, kind).FromString(bytes.fromhex(content))
    message.DiscardUnknownFields()
    again = message.SerializeToString(deterministic=True)
    answer[kind] = {"bytes": again.hex(), "fields": MessageToDict(message, preserving_proto_field_name=True)}
root = digest(directory(asked["tree"]))
answer["root"] = f"{root.hash}/{root.size_bytes}"
json.dump(answer, sys.stdout)
"""


def ask(messages: dict[str, bytes], tree: dict[str, object]) -> dict[str, object]:
    """Each message read, and written again without what REAPI does not know; `root`, the digest of a tree.

    A node of a tree is a map of names, or `/file` (with `/executable`) or `/tree` with a digest.
    """
    if not (WHEEL / "buildstream").is_dir():
        reason = "needs the wheel of buildstream: run make .services/buildstream"
        if os.environ.get("LAMBDABUILD_NO_SKIPS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    asked = {"messages": {kind: content.hex() for kind, content in messages.items()}, "tree": tree}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, WHEEL],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer
