"""Our messages: generated from our .proto."""

import subprocess
import sys
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from lambdabuild.io import reapi_pb2

ROOT = Path(__file__).parents[3]


def test_the_generated_code_is_of_the_proto(tmp_path: Path) -> None:
    """Refresh it with `make proto`."""
    found = tmp_path / "descriptors"
    protoc = [sys.executable, "-m", "grpc_tools.protoc", "-I.", f"--descriptor_set_out={found}"]
    subprocess.run([*protoc, "lambdabuild/io/reapi.proto"], cwd=ROOT, check=True)

    (written,) = FileDescriptorSet.FromString(found.read_bytes()).file
    for message in written.message_type:
        for field in message.field:
            field.ClearField("json_name")  # protoc's own addition
    generated = FileDescriptorProto()
    reapi_pb2.DESCRIPTOR.CopyToProto(generated)
    assert generated == written
