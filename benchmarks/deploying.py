"""`cdk synth` beside GoFunction of CDK, and ten functions by `sam build --parallel` beside one build of them all."""

import shutil
import subprocess
from pathlib import Path

from benchmarks.measuring import ROOT, Run, command, pair, process
from tests.support.onpath import on_path
from tests.support.sam import QUIET, SAM
from tests.support.shops import write_shop_of_ten

ROUNDS = 3
NODE_MODULES = ROOT / ".services" / "cdk" / "node_modules"
GO_FUNCTION = "@aws-cdk/aws-lambda-go-alpha"

THEIRS = """
const cdk = require("aws-cdk-lib");
const go = require("%s");
const stack = new cdk.Stack(new cdk.App(), "Shop");
for (const [id, name, arch] of [["A", "orders", "ARM_64"], ["B", "receipts", "ARM_64"], ["C", "receipts", "X86_64"]])
  new go.GoFunction(stack, id, {
    entry: "../../cmd/" + name,
    moduleDir: "../../go.mod",
    architecture: cdk.aws_lambda.Architecture[arch],
    bundling: { goBuildFlags: ["-trimpath", "-tags=lambda.norpc", '-ldflags="-s -w"'], cgoEnabled: false },
  });
stack.node.root.synth();
"""


def synths(scratch: Path) -> None:
    """Three functions, by our app and by GoFunction's, with all that can be compiled before compiled."""
    app = Path(shutil.copytree(ROOT / "examples", scratch / "shop")) / "cdk" / "typescript"
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--omit=optional", GO_FUNCTION,
                    "aws-cdk-lib@2.276.0", "constructs@10.8.1"], cwd=scratch, check=True)  # fmt: skip
    process([NODE_MODULES / ".bin" / "tsc", "--typeRoots", NODE_MODULES / "@types"], cwd=app)()
    (app / "theirs.js").write_text(THEIRS % GO_FUNCTION)
    environ = {**on_path(scratch / "bin"), "CDK_OUTDIR": str(scratch / "cdk.out"), "GOFLAGS": "-mod=mod"}
    ours = [
        process(command("lambdabuild", "build"), cwd=scratch / "shop", environ=environ),
        _fresh(scratch, process(["node", "app.js"], cwd=app, environ=environ)),
    ]
    theirs = _fresh(scratch, process(["node", "theirs.js"], cwd=app, environ=environ))

    def mine() -> None:
        for step in ours:
            step()

    pair("lambdabuild build + cdk app, three functions", mine, "GoFunction", theirs, ROUNDS)


def _fresh(scratch: Path, run: Run) -> Run:
    """Without what CDK staged the last time: an asset that is there is not bundled again."""

    def fresh() -> None:
        shutil.rmtree(scratch / "cdk.out", ignore_errors=True)
        run()

    return fresh


def sams(scratch: Path) -> None:
    """Ten functions by hooks, which take turns, and by one run of ours, as for zips that SAM leaves alone."""
    project = write_shop_of_ten(scratch / "ten")
    environ = {**on_path(scratch / "bin"), **QUIET, "HOME": str(scratch)}
    hooks = process([SAM, "build", "--parallel"], cwd=project, environ=environ)
    once = process(command("lambdabuild", "build"), cwd=project, environ=environ)
    pair("sam build --parallel, ten functions by hooks", hooks, "lambdabuild build of twenty", once, ROUNDS)
