"""What templates say of functions: YAML and JSON, intrinsics of any name, Globals, and the lines."""

import json
from pathlib import Path

import pytest

from lambdabuild.errors import UsageError
from lambdabuild.model.template import TemplateFunction
from lambdabuild.templates.sam import read_sam

TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Cpu: {Type: String, Default: arm64}
Globals:
  Function:
    Runtime: provided.al2023
    Architectures: [x86_64]
Resources:
  Table:
    Type: AWS::DynamoDB::Table
  OrdersFunction:  # the busiest
    Type: AWS::Serverless::Function
    Metadata:
      BuildMethod: makefile
      LambdabuildFunction: orders
    Properties:
      Handler: bootstrap
      CodeUri: ./cmd/orders/
      Architectures:
        - arm64
  Receipts:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: dist/receipts-amd64.zip
"""


def read(folder: Path, text: str, name: str = "template.yaml") -> tuple[TemplateFunction, ...]:
    (folder / name).write_text(text, encoding="utf-8")
    return read_sam(folder / name)


def only(folder: Path, properties: str, *, kind: str = "AWS::Serverless::Function") -> TemplateFunction:
    """The function of a template with these lines of `Properties`."""
    indented = "".join(f"      {line}\n" for line in properties.splitlines())
    (function,) = read(folder, f"Resources:\n  One:\n    Type: {kind}\n    Properties:\n{indented}")
    return function


def refusal(folder: Path, text: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        read(folder, text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: &a {<<: *a}\n", 1),
        ("x: 1\na: &a\n  b: &b {<<: *a}\n  <<: *b\n", 2),
        ("Resources: &r\n  <<: [{x: 1}, *r]\n", 1),
        ("m0: &m0 {x: 1}\n" + "".join(f"m{n + 1}: &m{n + 1} {{<<: *m{n}}}\n" for n in range(2000)), 52),
    ],
)
def test_a_merge_that_never_ends_is_refused(text: str, line: int, tmp_path: Path) -> None:
    error = refusal(tmp_path, text)

    assert error.message == (
        f"`{tmp_path}/template.yaml:{line}`: `<<` merges a mapping into itself, or more than 50 in a row"
    )
    assert error.hint == "take the `<<` out"


def test_a_merge_of_a_merge_is_read(tmp_path: Path) -> None:
    merged = "x: &x {Runtime: go1.x}\ny: &y {<<: *x, Handler: main}\n"
    resources = "Resources:\n  A: {Type: AWS::Serverless::Function, Properties: {<<: [*y, *x], CodeUri: .}}\n"

    (one,) = read(tmp_path, merged + resources)

    assert (one.runtime, one.handler, one.code) == ("go1.x", "main", ".")


def test_each_function_says_what_it_says_and_where(tmp_path: Path) -> None:
    orders, receipts = read(tmp_path, TEMPLATE)

    assert orders == TemplateFunction(
        file=tmp_path / "template.yaml",
        logical_id="OrdersFunction",
        line=12,
        runtime="provided.al2023",
        handler="bootstrap",
        architectures=("arm64",),
        code="./cmd/orders/",
        build_method="makefile",
        named="orders",
        lines={"runtime": 7, "architectures": 20, "handler": 18, "code": 19, "build_method": 15, "named": 16},
    )
    assert (receipts.logical_id, receipts.architectures, receipts.code) == (
        "Receipts",
        ("x86_64",),
        "dist/receipts-amd64.zip",
    )
    assert receipts.where("architectures") == f"{tmp_path}/template.yaml:8"
    assert receipts.where("handler") == receipts.where() == f"{tmp_path}/template.yaml:22"


def test_globals_are_for_serverless_functions_alone(tmp_path: Path) -> None:
    text = TEMPLATE.replace(
        "  Receipts:\n    Type: AWS::Serverless::Function", "  Receipts:\n    Type: AWS::Lambda::Function"
    )

    _, receipts = read(tmp_path, text)

    assert (receipts.runtime, receipts.architectures) == (None, None)
    assert receipts.unsettled == frozenset()


@pytest.mark.parametrize(
    "value",
    [
        "!Ref Cpu",
        "!FindInMap [A, B, C]",
        "!If [Ours, a, b]",
        "!Sub '${Cpu}'",
        "!Whatever.New {a: b}",
        "{Ref: Cpu}",
        "{Fn::Sub: '${Cpu}'}",
        "{'Fn::New': [a]}",
    ],
)
def test_what_only_a_deployment_settles_is_neither_absent_nor_guessed(tmp_path: Path, value: str) -> None:
    one = only(tmp_path, f"Runtime: {value}\nArchitectures: [{value}]\nCodeUri: {value}")

    assert (one.runtime, one.architectures, one.code, one.handler) == (None, None, None, None)
    assert one.unsettled == {"runtime", "architectures", "code"}
    assert one.lines == {"runtime": 5, "architectures": 6, "code": 7}


def test_a_whole_list_may_be_settled_later(tmp_path: Path) -> None:
    assert only(tmp_path, "Architectures: !Ref Cpus").unsettled == {"architectures"}


@pytest.mark.parametrize("value", ["!Sub provided.al2023", "{Fn::Sub: provided.al2023}", '"provided.al2023"'])
def test_a_substitution_of_nothing_is_certain(tmp_path: Path, value: str) -> None:
    assert only(tmp_path, f"Runtime: {value}").runtime == "provided.al2023"


def test_anchors_and_merge_keys_are_followed(tmp_path: Path) -> None:
    text = (
        "x: &all\n  Runtime: &r provided.al2\n  Handler: a\n"
        "Resources:\n  One:\n    Type: AWS::Serverless::Function\n"
        "    Properties:\n      <<: *all\n      Handler: b\n"
        "  Two:\n    Type: AWS::Lambda::Function\n    Properties:\n      <<: [*all, {PackageType: Zip}]\n"
        "      Runtime: *r\n"
    )

    one, two = read(tmp_path, text)

    assert (one.runtime, one.handler, one.lines) == ("provided.al2", "b", {"runtime": 2, "handler": 9})
    assert (two.runtime, two.handler, two.package_type) == ("provided.al2", "a", "Zip")


@pytest.mark.parametrize("indent", [2, "\t", None])
def test_json_is_read_with_its_lines_however_it_is_indented(tmp_path: Path, indent: int | str | None) -> None:
    resource = {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Runtime": "provided.al2023", "Code": {"S3Bucket": {"Ref": "B"}, "S3Key": "a\\/b"}},
        "Metadata": {"aws:asset:path": "asset.1234"},
    }
    text = json.dumps({"Resources": {"One": resource}}, indent=indent)

    (one,) = read(tmp_path, text, "template.json")

    assert (one.runtime, one.code, one.asset) == ("provided.al2023", None, "asset.1234")
    assert one.unsettled == {"code"}
    assert (one.line, one.lines["runtime"]) == ((3, 6) if indent else (1, 1))


def test_code_of_a_plain_function_may_be_a_path(tmp_path: Path) -> None:
    assert only(tmp_path, "Code: dist/one.zip", kind="AWS::Lambda::Function").code == "dist/one.zip"


def test_what_is_written_empty_is_absent(tmp_path: Path) -> None:
    one = only(tmp_path, "Runtime:\nHandler: ~")

    assert (one.runtime, one.handler, one.lines) == (None, None, {})


def test_loops_and_sections_without_functions_are_passed_over(tmp_path: Path) -> None:
    text = (
        "Globals:\nResources:\n  Fn::ForEach::Each: [A, [b], {}]\n  T: {Type: AWS::SNS::Topic}\n  U: {Properties: {}}\n"
    )

    assert read(tmp_path, text) == ()
    assert read(tmp_path, "Resources:\n") == ()


def test_a_byte_order_mark_and_line_ends_of_windows_are_fine(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_bytes(b"\xef\xbb\xbf" + TEMPLATE.replace("\n", "\r\n").encode())

    assert [one.line for one in read_sam(tmp_path / "template.yaml")] == [12, 22]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "`{}` is no template: it is empty, expected a mapping with `Resources`"),
        ("- a\n", "`{}` is no template: it is a list, expected a mapping with `Resources`"),
        ("functions: {}\n", "`{}` is no template of SAM or CloudFormation: it has no `Resources`"),
        ("Resources: []\n", "`{}:1`: `Resources` is a list, expected a mapping"),
        ("a: 1\nb: c: d\n", "`{}:2`: not YAML: mapping values are not allowed here"),
        ("a: [\n", "`{}:2`: not YAML: expected the node content, but found '<stream end>'"),
        ("a: 1\n---\nb: 2\n", "`{}:2`: not YAML: but found another document"),
        ("a: *b\n", "`{}:1`: not YAML: found undefined alias 'b'"),
        ("a: \x01\n", "`{}`: not YAML: unacceptable character #x0001: special characters are not allowed"),
        ("[" * 5000, "`{}` is nested too deep"),
        (
            "Resources:\n  One:\n    Type: AWS::Lambda::Function\n    Properties: [a]\n",
            "`{}:4`: `Properties` of `One` is a list, expected a mapping",
        ),
        (
            "Resources:\n  One:\n    Type: AWS::Lambda::Function\n    Metadata: a\n",
            "`{}:4`: `Metadata` of `One` is text, expected a mapping",
        ),
        (
            "Globals:\n  Function: !Ref A\nResources: {}\n",
            "`{}:2`: `Function` of `Globals` is an intrinsic function, expected a mapping",
        ),
        (
            "Resources:\n  One:\n    Type: AWS::Lambda::Function\n    Properties:\n      Runtime: [go1.x]\n",
            "`{}:5`: `Runtime` of `One` is a list, expected text",
        ),
        (
            "Resources:\n  One:\n    Type: AWS::Lambda::Function\n    Properties:\n      Architectures: arm64\n",
            "`{}:5`: `Architectures` of `One` is text, expected a list",
        ),
    ],
)
def test_what_is_no_template_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    assert refusal(tmp_path, text).message == message.replace("{}", str(tmp_path / "template.yaml"))


def test_a_template_that_is_not_there_or_is_not_utf8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as absent:
        read_sam(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"Resources: {} # caf\xe9\n")
    with pytest.raises(UsageError) as latin:
        read_sam(tmp_path / "latin.yaml")

    assert absent.value.message == f"`{tmp_path}/none.yaml` cannot be read: No such file or directory"
    assert latin.value.message == f"`{tmp_path}/latin.yaml` is not UTF-8"
