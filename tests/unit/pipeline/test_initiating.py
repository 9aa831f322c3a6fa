"""`init` as a whole, but for the building: what it writes, what it says, what it refuses."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdabuild.errors import EnvironmentFailure, UsageError
from lambdabuild.pipeline.initiating import init
from lambdabuild.spec import load
from tests.support.lambdas import MAIN, module, write_tree

SAM = """\
Resources:
  OrdersFunction:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: ./cmd/orders, Runtime: go1.x, Handler: orders}
  ReportFunction:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: ./report, Runtime: python3.13, Handler: app.main}
"""


def refused(folder: Path, name: str = "buildspec.yaml") -> UsageError:
    before = (folder / name).read_bytes() if (folder / name).is_file() else None
    with pytest.raises(UsageError) as caught:
        init(folder / name)
    assert caught.value.exit_code == 2
    assert ((folder / name).read_bytes() if (folder / name).is_file() else None) == before
    return caught.value


def test_templates_and_mains_come_together(tmp_path: Path) -> None:
    files = {
        "go.mod": module("example.com/shop", sdk="github.com/aws/aws-lambda-go v1.13.3"),
        "cmd/orders/main.go": MAIN,
        "cmd/users/main.go": MAIN,
        "template.yaml": SAM,
    }
    write_tree(tmp_path, files)

    report = init(tmp_path / "buildspec.yaml")

    spec = load(tmp_path / "buildspec.yaml")
    assert {name: one.package for name, one in spec.functions.items()} == {
        "OrdersFunction": "./cmd/orders",
        "users": "./cmd/users",
    }
    template = tmp_path / "template.yaml"
    assert [(one.place, one.function) for one in report.remarks] == [
        *[(f"{template}:{line}", "OrdersFunction") for line in (4, 4, 2, 4)],
        (f"{tmp_path}/go.mod", None),
    ]
    assert [one.line for one in report.passed_over] == [
        f"{template}:5: `ReportFunction`: is passed over: its runtime is python3.13"
    ]


def test_a_zip_of_ours_keeps_its_name(tmp_path: Path) -> None:
    template = SAM.replace("./cmd/orders", "dist/orders-arm64.zip")
    write_tree(tmp_path, {"go.mod": module("m"), "cmd/orders/main.go": MAIN, "template.yaml": template})

    init(tmp_path / "buildspec.yaml")

    assert list(load(tmp_path / "buildspec.yaml").functions) == ["orders"]


def test_a_template_that_cannot_be_read_is_told_and_the_rest_is_written(tmp_path: Path) -> None:
    write_tree(tmp_path, {"go.mod": module("m"), "main.go": MAIN, "bad.yaml": "x: [AWS::Lambda::Function\n"})

    (remark,) = init(tmp_path / "buildspec.yaml").remarks

    assert remark.message.startswith(f"a template is left out: `{tmp_path}/bad.yaml:2`: not YAML")


def test_an_app_of_cdk_is_to_be_synthesized_first(tmp_path: Path) -> None:
    write_tree(tmp_path, {"go.mod": module("m"), "main.go": MAIN, "infra/cdk.json": "{}"})

    (remark,) = init(tmp_path / "buildspec.yaml").remarks

    assert remark.line == f"{tmp_path}/infra/cdk.json: has no cdk.out beside it"
    assert remark.hint == "run `cdk synth` first, to have functions called as in the app"


@pytest.mark.parametrize("content", ["version: 1\n", "", "not: [yaml"])
def test_a_file_that_is_there_is_never_written_over(content: str, tmp_path: Path) -> None:
    write_tree(tmp_path, {"go.mod": module("m"), "main.go": MAIN, "buildspec.yaml": content})

    error = refused(tmp_path)

    assert error.message == f"`{tmp_path}/buildspec.yaml` is there already, and `init` writes over nothing"
    assert error.hint == "edit it, or write another with `--file lambdabuild.yaml` and compare them"


def test_a_link_that_leads_nowhere_is_there_too(tmp_path: Path) -> None:
    write_tree(tmp_path, {"go.mod": module("m"), "main.go": MAIN})
    (tmp_path / "buildspec.yaml").symlink_to("absent")

    assert "is there already" in refused(tmp_path).message
    assert (tmp_path / "buildspec.yaml").is_symlink()


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    write_tree(tmp_path, {"go.mod": module("m"), "main.go": MAIN})
    os.mkfifo(tmp_path / "buildspec.yaml")

    assert "is there already" in refused(tmp_path).message


def test_the_file_of_codebuild_is_left_alone(tmp_path: Path) -> None:
    write_tree(tmp_path, {"go.mod": module("m"), "main.go": MAIN, "buildspec.yaml": "version: 0.2\nphases: {}\n"})

    error = refused(tmp_path)

    assert error.message == f"`{tmp_path}/buildspec.yaml` is a buildspec of AWS CodeBuild: it has `phases`"
    assert error.hint == "keep it, and write ours beside it: `lambdabuild init --file lambdabuild.yaml`"
    assert init(tmp_path / "lambdabuild.yaml").draft.functions


def test_without_a_function_it_says_what_it_looked_for_and_where(tmp_path: Path) -> None:
    files = {
        "go.mod": module("m"),
        "cmd/tool/main.go": "package main\n",
        "lib/lib.go": "package lib\n",
        "template.yaml": SAM,
    }
    write_tree(tmp_path, files)

    error = refused(tmp_path)

    assert error.message == (
        f"`{tmp_path}` has no Go Lambda function: no main package in it imports"
        " `github.com/aws/aws-lambda-go/lambda` or `github.com/aws/aws-lambda-go/lambdaurl`"
        " (2 folders with Go files, 1 other main)"
    )
    assert error.hint == "run it in the folder of your module, or name the spec there: `--file PATH/buildspec.yaml`"
    assert error.output == (
        f"{tmp_path}/template.yaml:4: `OrdersFunction`: is left out: no main package of Go was found for it\n"
        "hint: add it to `functions` by hand: `OrdersFunction: {package: ./…}`\n"
        f"{tmp_path}/template.yaml:5: `ReportFunction`: is passed over: its runtime is python3.13\n"
    )


def test_mains_that_were_left_out_are_not_denied_and_the_cure_is_said(tmp_path: Path) -> None:
    write_tree(tmp_path, {"orders/main.go": MAIN})
    one = refused(tmp_path)
    write_tree(tmp_path, {"users/main.go": MAIN})
    two = refused(tmp_path)

    assert one.message == f"`{tmp_path}` has 1 Go Lambda function, and it is left out"
    assert two.message == f"`{tmp_path}` has 2 Go Lambda functions, and each is left out"
    assert one.hint == "do what is said of one of them, then run it again"
    assert one.output == (
        f"{tmp_path}/orders: is left out: there is no go.mod in it or above it\n"
        "hint: run `go mod init MODULE` in the folder of the module, then `go mod tidy`\n"
    )


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    error = refused(tmp_path / "absent")

    assert error.message == f"there is no folder `{tmp_path}/absent`"
    assert error.hint == "name one with `--file`"


def test_a_folder_that_cannot_be_written_to_is_of_the_machine(tmp_path: Path) -> None:
    write_tree(tmp_path, {"go.mod": module("m"), "main.go": MAIN})

    with pytest.raises(EnvironmentFailure, match="cannot be written"):
        init(tmp_path / f"{'x' * 300}.yaml")


PIECES = st.sampled_from(
    [
        *("package main\n", 'import "github.com/aws/aws-lambda-go/lambda"\n', 'import "C"\n', "package x\n"),
        *("//go:build ", "ignore\n", '"', "`", "/*", "\n", "(", "module m\n", "go 1.", "99", "use .\n"),
        *("replace a => ", "./b\n", "\0", "Resources:\n  A:\n    Type: AWS::Lambda::Function\n"),
        *("    Properties: ", "{Runtime: go1.x}\n", "functions:\n"),
    ]
)
NAMES = st.sampled_from(
    ["main.go", "a.go", "x_linux.go", "go.mod", "go.work", "template.yaml", "serverless.yml", "cdk.out/S.template.json"]
)
FOLDERS = st.lists(st.sampled_from(["a", "b", "x y", "cmd", "Ü", "null", "v2", "d.go", "\x1b[m", "..."]), max_size=3)


@settings(max_examples=150)
@given(
    st.dictionaries(
        st.tuples(FOLDERS.map("/".join), NAMES),
        st.lists(PIECES, max_size=8).map(lambda pieces: "".join(pieces).encode()) | st.binary(max_size=40),
        max_size=6,
    ),
    st.booleans(),
)
def test_any_tree_is_a_spec_that_loads_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[tuple[str, str], bytes], good: bool
) -> None:
    folder = tmp_path_factory.mktemp("tree")
    files = {os.path.join(*key): content for key, content in tree.items()}  # noqa: PTH118
    if good:
        files |= {"go.mod": b"module m\n", "x/main.go": MAIN.encode()}
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    try:
        report = init(folder / "buildspec.yaml")
    except UsageError:
        assert not (folder / "buildspec.yaml").exists()
    else:
        spec = load(folder / "buildspec.yaml")
        assert list(spec.functions) == [one.name for one in report.draft.functions]
