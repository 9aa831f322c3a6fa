"""From a project without a spec to checked zips: `init`, `lock` and `build`, with no edit between them."""

import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from filelock import FileLock

from lambdabuild.lock import write_lock
from lambdabuild.model.lock import Lock
from lambdabuild.spec import load
from tests.support.cli import CACHE, ROOT, Cli
from tests.support.golang import repository_lock
from tests.support.lambdas import MAIN, SUMS, module, write_tree
from tests.support.registry import Image, public_ecr_at, running_registry
from tests.support.standins import AL2023, push_release
from tests.support.zigs import LOCKED, PIP_CACHE, ZIG

SAM = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev}
Globals:
  Function:
    Runtime: provided.al2023
    Architectures: [arm64]  # Graviton
Resources:
  OrdersFunction:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: makefile}
    Properties:
      FunctionName: !Sub "${Stage}-orders"
      CodeUri: .
      Handler: bootstrap
      Environment:
        Variables:
          TABLE: !If [IsProd, !Ref Orders, !GetAtt Other.Arn]
  ReceiptsFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: cmd/receipts/
      Handler: !FindInMap [Handlers, !Ref Stage, receipts]
      Architectures: !Ref Cpus
      Policies:
        - Fn::Transform: {Name: AWS::Include}
  ReportFunction:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: report, Handler: app.main, Runtime: python3.13}
"""

GO1 = """\
Resources:
  Legacy:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: cmd/orders
      Handler: orders
      Runtime: go1.x
"""

CDK = json.dumps(
    {
        "Resources": {
            "OrdersA9B65338": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Architectures": ["arm64"],
                    "Code": {"S3Bucket": {"Fn::Sub": "cdk-assets-${AWS::AccountId}"}, "S3Key": "30.zip"},
                    "Handler": "bootstrap",
                    "Runtime": "provided.al2023",
                },
                "Metadata": {
                    "aws:cdk:path": "Shop/Orders/Resource",
                    "aws:asset:path": "asset.30",
                    "aws:asset:is-bundled": True,
                    "aws:asset:property": "Code",
                },
            },
            "ReceiptsFn304D95D7": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Code": {"S3Bucket": "b", "S3Key": "e7.zip"},
                    "Handler": "bootstrap",
                    "Runtime": "provided.al2",
                },
            },
            "LogRetention1234ABCD": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"Code": {"ZipFile": "x"}, "Handler": "index.handler", "Runtime": "nodejs22.x"},
            },
        }
    },
    indent=1,
)

SERVERLESS = """\
service: shop
provider:
  name: aws
  runtime: provided.al2023
  architecture: arm64
functions:
  orders:
    handler: bootstrap
    package: {artifact: bin/orders.zip}
  receipts:
    handler: cmd/receipts/main.go
    architecture: x86_64
  mail:
    handler: mail.send
    runtime: nodejs22.x
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Files by path; the zips that come of them, and what `init` has to say, by pieces of it."""

    files: dict[str, str]
    zips: tuple[str, ...]
    said: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = field(default=("note:",))


MONO = {
    "go.mod": module("example.com/shop"),
    "go.sum": SUMS,
    "cmd/orders/main.go": MAIN % "orders",
    "cmd/receipts/main.go": MAIN % "receipts",
}

SHAPES = {
    "a main at the root": Shape(
        files={name: (ROOT / "examples" / "hello" / name).read_text() for name in ("go.mod", "go.sum", "main.go")},
        zips=("hello-arm64",),
    ),
    "cmd monorepo": Shape(
        files=MONO
        | {
            "cmd/migrate/main.go": "package main\n\nfunc main() {}\n",
            "cmd/users/api/main.go": MAIN % "users",
            "cmd/pets/api/main.go": MAIN % "pets",
        },
        zips=("orders-arm64", "pets-api-arm64", "receipts-arm64", "users-api-arm64"),
    ),
    "go.work": Shape(
        files={
            "go.work": "go 1.26.0\n\nuse (\n\t./orders\n\t./shared\n\t./users\n)\n",
            "orders/go.mod": module("example.com/orders"),
            "orders/go.sum": SUMS,
            "orders/main.go": MAIN % "orders",
            "users/go.mod": "module example.com/users\n\ngo 1.26.0\n",
            "users/cmd/lambda/main.go": 'package main\n\nimport . "example.com/shared"\n\nfunc main() { Start() }\n',
            "shared/go.mod": module("example.com/shared"),
            "shared/go.sum": SUMS,
            "shared/shared.go": 'package shared\n\nimport "github.com/aws/aws-lambda-go/lambda"\n\n'
            "func Start() { lambda.Start(func() {}) }\n",
            "left/go.mod": module("example.com/left"),
            "left/main.go": MAIN % "left",
        },
        zips=("orders-arm64", "users-arm64"),
        said=("note: left: is left out: `go.work` does not use its module\nhint: run `go work use ./left`\n",),
        unsaid=(),
    ),
    "SAM with intrinsics": Shape(
        files=MONO | {"template.yaml": SAM, "report/app.py": ""},
        zips=("OrdersFunction-arm64", "ReceiptsFunction-amd64", "ReceiptsFunction-arm64"),
        said=("template.yaml:28: `ReportFunction`: is passed over: its runtime is python3.13\n",),
    ),
    "output of CDK": Shape(
        files=MONO | {"infra/cdk.json": "{}", "infra/cdk.out/Shop.template.json": CDK},
        zips=("Orders-arm64", "ReceiptsFn-amd64"),
        said=(
            "`ReceiptsFn`: Runtime provided.al2 is deprecated since 2026-07-31",
            "`LogRetention`: is passed over: its runtime is nodejs22.x\n",
        ),
        unsaid=(),
    ),
    "serverless.yml": Shape(
        files=MONO | {"serverless.yml": SERVERLESS},
        zips=("orders-arm64", "receipts-amd64"),
        said=("serverless.yml:13: `mail`: is passed over: its runtime is nodejs22.x\n",),
    ),
    "go1.x": Shape(
        files=MONO | {"deploy/template.yaml": GO1.replace("cmd/", "../cmd/")},
        zips=("Legacy-amd64", "receipts-amd64"),
        said=(
            "note: deploy/template.yaml:7: `Legacy`: Runtime go1.x is deprecated since 2024-01-08; no new functions",
            "from 2024-02-08 on, no updates from 2027-03-03 on\nhint: set it to `provided.al2023`\n",
            "note: deploy/template.yaml:6: `Legacy`: Handler `orders` names the program on go1.x",
            "note: deploy/template.yaml:2: `Legacy`: go1.x has x86_64 alone",
            "note: deploy/template.yaml:7: `Legacy`: is built with the tag `lambda.norpc`",
        ),
        unsaid=(),
    ),
}


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """With a registry that has Lambda's images, as small as they can be: static programs need their digests alone."""
    folder = tmp_path_factory.mktemp("registry")
    with running_registry(folder) as registry:
        for tag in ("al2023", "al2"):
            children = [
                registry.push_image("lambda/provided", Image(architecture=architecture))
                for architecture in ("amd64", "arm64")
            ]
            registry.push_index("lambda/provided", tag, children)
        yield Cli(environ=public_ecr_at(registry.host, folder))


def lock_tools(project: Path) -> None:
    """Write the lock without its images: to resolve the toolchains of three hosts takes hundreds of megabytes."""
    write_lock(project / "images.lock", Lock(toolchains=repository_lock().toolchains, zigs={f"zig@{ZIG}": LOCKED}))


@pytest.mark.parametrize("name", SHAPES)
def test_what_init_writes_is_locked_and_built_without_an_edit(name: str, tmp_path: Path, cli: Cli) -> None:
    shape = SHAPES[name]
    write_tree(tmp_path, shape.files)

    done = cli.run("init", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (0, "buildspec.yaml\n"), done.stderr
    assert [piece for piece in shape.said if piece not in done.stderr] == [], done.stderr
    assert [piece for piece in shape.unsaid if piece in done.stderr] == []
    written = (tmp_path / "buildspec.yaml").read_bytes()
    lock_tools(tmp_path)
    cli.done("lock", cwd=tmp_path)
    built = cli.done("build", cwd=tmp_path)
    assert sorted(built.splitlines()) == [f"dist/{one}.zip" for one in shape.zips]
    assert all((tmp_path / line).is_file() for line in built.splitlines())
    assert (tmp_path / "buildspec.yaml").read_bytes() == written


def test_the_way_off_go1_that_is_offered_can_be_taken(tmp_path: Path, cli: Cli) -> None:
    write_tree(tmp_path, MONO | {"template.yaml": GO1})
    cli.done("init", cwd=tmp_path)
    spec = tmp_path / "buildspec.yaml"
    offered = re.compile(r"^    # (layout|handler|floor|architectures)(: .*)$", re.MULTILINE)
    spec.write_text(offered.sub(r"    \1\2", spec.read_text()))
    lock_tools(tmp_path)

    cli.done("lock", cwd=tmp_path)
    cli.done("build", "--function", "Legacy", cwd=tmp_path)

    with zipfile.ZipFile(tmp_path / "dist" / "Legacy.zip") as bundle:
        assert sorted(bundle.namelist()) == ["bootstrap", "orders", "orders_arm64"]


NATIVE = """package main

// static int twice(int n) { return 2 * n; }
import "C"

import (
	"github.com/aws/aws-lambda-go/lambda"
)

func main() { lambda.Start(func() (int, error) { return int(C.twice(21)), nil }) }
"""


def test_c_is_compiled_by_zig_without_an_edit(tmp_path: Path) -> None:
    files = {"go.mod": module("example.com/app"), "go.sum": SUMS, "cmd/twice/main.go": NATIVE}
    project = write_tree(tmp_path / "project", files)
    with running_registry(tmp_path / "registry") as registry:
        push_release(registry, AL2023, tag="al2023")
        cli = Cli(environ={**public_ecr_at(registry.host, tmp_path), "PIP_CACHE_DIR": str(PIP_CACHE)}, timeout=3000)
        cli.done("init", cwd=project)
        lock_tools(project)
        cli.done("lock", cwd=project)
        with FileLock(CACHE.parent / ".zig.lock"):
            built = cli.done("build", cwd=project)

    assert built == "dist/twice-arm64.zip\n"
    assert 'cgo: zig                      # cmd/twice has import "C"\n' in (project / "buildspec.yaml").read_text()


def test_a_project_without_a_function_is_refused(tmp_path: Path, cli: Cli) -> None:
    write_tree(tmp_path, {"go.mod": "module m\n", "main.go": "package main\n\nfunc main() {}\n"})

    done = cli.run("init", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: `.` has no Go Lambda function: no main package in it imports `github.com/aws/aws-lambda-go/lambda` or"
        " `github.com/aws/aws-lambda-go/lambdaurl` (1 folder with Go files, 1 other main)\n\n"
        "hint: run it in the folder of your module, or name the spec there: `--file PATH/buildspec.yaml`\n"
    )
    assert not (tmp_path / "buildspec.yaml").exists()


def test_a_second_init_changes_nothing(tmp_path: Path, cli: Cli) -> None:
    write_tree(tmp_path, MONO)
    cli.done("init", cwd=tmp_path)
    (tmp_path / "buildspec.yaml").write_text("# mine\n")

    done = cli.run("init", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: `buildspec.yaml` is there already, and `init` writes over nothing\n")
    assert (tmp_path / "buildspec.yaml").read_text() == "# mine\n"


def test_init_needs_no_go_and_no_cache(tmp_path: Path) -> None:
    write_tree(tmp_path / "project", MONO)
    cli = Cli(cache=tmp_path / "cache", environ={"PATH": str(tmp_path)})

    assert cli.done("init", cwd=tmp_path / "project") == "buildspec.yaml\n"
    assert not (tmp_path / "cache").exists()


def test_a_quiet_init_prints_the_path_alone(tmp_path: Path, cli: Cli) -> None:
    write_tree(tmp_path / "a b", MONO | {"template.yaml": GO1})

    done = cli.run("init", "-q", "--file", "a b/lambdabuild.yaml", cwd=tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "a b/lambdabuild.yaml\n", "")
    assert set(load(tmp_path / "a b" / "lambdabuild.yaml").functions) == {"Legacy", "receipts"}


def test_json_says_what_was_found_and_what_is_to_do(tmp_path: Path, cli: Cli) -> None:
    write_tree(tmp_path, MONO | {"template.yaml": GO1})

    done = cli.run("init", "--json", cwd=tmp_path)

    document = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert document["version"] == 1
    assert (document["file"], document["go"]) == ("buildspec.yaml", "1.26.8")
    assert document["functions"] == [
        {
            "name": "Legacy",
            "package": "./cmd/orders",
            "runtime": "provided.al2023",
            "architectures": ["amd64"],
            "cgo": "off",
            "origin": "template.yaml:2",
        },
        {
            "name": "receipts",
            "package": "./cmd/receipts",
            "runtime": "provided.al2023",
            "architectures": ["amd64"],
            "cgo": "off",
            "origin": "in no template",
        },
    ]
    assert [(one["place"], one["function"], one["hint"]) for one in document["remarks"]] == [
        ("template.yaml:7", "Legacy", "set it to `provided.al2023`"),
        ("template.yaml:6", "Legacy", "set it to `bootstrap`"),
        ("template.yaml:2", "Legacy", "set Architectures to `[arm64]` once it has moved, here and in the spec"),
        (
            "template.yaml:7",
            "Legacy",
            "deploy it together with the new runtime; or `layout: forward-compatible` makes one zip for both",
        ),
    ]
    assert document["passed_over"] == []


def test_json_of_a_refusal_is_one_document(tmp_path: Path, cli: Cli) -> None:
    done = cli.run("init", "--json", cwd=tmp_path)

    assert done.returncode == json.loads(done.stdout)["error"]["exit_code"] == 2
