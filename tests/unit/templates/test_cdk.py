"""What `cdk synth` wrote: names without hashes, and what their programs are."""

import json
from pathlib import Path

import pytest

from lambdabuild.errors import UsageError
from lambdabuild.templates.cdk import read_cdk
from tests.support.elf import Programs


def resource(runtime: str, asset: str | None, **properties: object) -> dict[str, object]:
    """As aws-cdk-lib writes a function."""
    metadata = {"aws:cdk:path": "Shop/Orders/Resource"}
    if asset:
        metadata |= {"aws:asset:path": asset, "aws:asset:property": "Code"}
    code = {"S3Bucket": {"Fn::Sub": "cdk-assets-${AWS::AccountId}"}, "S3Key": "0123.zip"}
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Code": code, "Handler": "bootstrap", "Runtime": runtime, **properties},
        "Metadata": metadata,
    }


def write(folder: Path, resources: dict[str, object]) -> Path:
    file = folder / "Shop.template.json"
    file.write_text(json.dumps({"Resources": resources}, indent=1))
    return file


def test_the_hash_of_a_logical_id_is_no_part_of_its_name(tmp_path: Path) -> None:
    file = write(
        tmp_path, {name: resource("provided.al2023", None) for name in ("OrdersA9B65338", "ABCDEF01", "Plain")}
    )

    assert [said.logical_id for said, _ in read_cdk(file)] == ["Orders", "ABCDEF01", "Plain"]


def test_a_function_says_runtime_cpu_and_line(tmp_path: Path) -> None:
    file = write(tmp_path, {"OrdersA9B65338": resource("provided.al2", "asset.1", Architectures=["arm64"])})

    ((said, main),) = read_cdk(file)

    assert (said.runtime, said.architectures, said.code, said.asset, main) == (
        "provided.al2",
        ("arm64",),
        None,
        "asset.1",
        None,
    )
    lines = file.read_text().splitlines()
    assert '"Runtime": "provided.al2"' in lines[said.lines["runtime"] - 1]


def test_a_bundled_program_says_which_main_it_is(tmp_path: Path, programs: Programs) -> None:
    (tmp_path / "asset.1").mkdir()
    (tmp_path / "asset.1" / "bootstrap").write_bytes(programs("go"))
    file = write(tmp_path, {"OrdersA9B65338": resource("provided.al2023", "asset.1")})

    ((_, main),) = read_cdk(file)

    assert main == "example.com/nothing"


@pytest.mark.parametrize("content", [b"", b"#!/bin/sh\n"])
def test_what_is_no_program_of_go_says_nothing(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "asset.1").mkdir()
    (tmp_path / "asset.1" / "bootstrap").write_bytes(content)
    file = write(tmp_path, {"OrdersA9B65338": resource("provided.al2023", "asset.1")})

    assert [main for _, main in read_cdk(file)] == [None]


def test_what_is_no_template_is_refused_as_by_sam(tmp_path: Path) -> None:
    file = tmp_path / "Shop.template.json"
    file.write_text("{}")

    with pytest.raises(UsageError, match="it has no `Resources`"):
        read_cdk(file)
