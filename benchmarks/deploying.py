"""`cdk synth` beside GoFunction of CDK, and ten functions by `sam build --parallel` beside one build of them all."""

import shutil
from pathlib import Path

from benchmarks.measuring import ROOT, Run, command, pair, process
from tests.support.onpath import on_path
from tests.support.sam import QUIET, SAM
from tests.support.shops import write_shop_of_ten

ROUNDS = 3
GO_FUNCTION = "@aws-cdk/aws-lambda-go-alpha"

STACK = """
const cdk = require("aws-cdk-lib");
const lambda = cdk.aws_lambda;
const stack = new cdk.Stack(new cdk.App(), "Shop");
for (const name of ["orders", "receipts"])
  for (const [arch, architecture] of [["arm64", lambda.Architecture.ARM_64], ["amd64", lambda.Architecture.X86_64]])
    make(name, arch, architecture, name + arch);
stack.node.root.synth();
"""
OURS = """
function make(name, arch, architecture, id) {
  const code = lambda.Code.fromAsset(`dist/${name}-${arch}.zip`);
  new lambda.Function(stack, id, { code, architecture, handler: "bootstrap", runtime: lambda.Runtime.PROVIDED_AL2023 });
}
"""
THEIRS = """
const go = require("%s");
function make(name, arch, architecture, id) {
  const flags = ["-trimpath", "-tags=lambda.norpc", '-ldflags="-s -w"'];
  const bundling = { goBuildFlags: flags, cgoEnabled: false };
  new go.GoFunction(stack, id, { entry: "cmd/" + name, moduleDir: "go.mod", architecture, bundling });
}
"""


def synths(scratch: Path) -> None:
    """Two functions for both CPUs, with all that can be compiled before compiled. GoFunction makes no zips."""
    shop = Path(shutil.copytree(ROOT / "examples", scratch / "shop"))
    packages = (GO_FUNCTION, "aws-cdk-lib@2.276.0", "constructs@10.8.1")
    process(["npm", "install", "--silent", "--no-audit", "--no-fund", "--omit=optional", *packages], cwd=scratch)()
    (shop / "ours.js").write_text(OURS + STACK)
    (shop / "theirs.js").write_text(THEIRS % GO_FUNCTION + STACK)
    environ = {"CDK_OUTDIR": str(scratch / "cdk.out")}
    build = process(command("lambdabuild", "build"), cwd=shop)
    ours = _fresh(scratch, process(["node", "ours.js"], cwd=shop, environ=environ))
    theirs = _fresh(scratch, process(["node", "theirs.js"], cwd=shop, environ=environ))

    def both() -> None:
        build()
        ours()

    pair("lambdabuild build, synth of four zips", both, "synth of GoFunction", theirs, ROUNDS)
    pair("synth of four zips that are there", ours, "synth of GoFunction", theirs, ROUNDS)


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
