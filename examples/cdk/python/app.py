"""The app of ../typescript, in Python. `lambdabuild build` comes before `cdk synth`."""

import subprocess
from pathlib import Path

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

PROJECT = Path(__file__).resolve().parents[2]


@jsii.implements(cdk.ILocalBundling)
class Lambdabuild:
    """What CDK bundles by itself, without a container: it asks lambdabuild for the one zip."""

    def __init__(self, name: str, arch: str) -> None:
        self._name = name
        self._arch = arch

    def try_bundle(self, output_dir: str, *_: object, **__: object) -> bool:
        """Put the zip into the folder that CDK gives."""
        argv = ["lambdabuild", "hook", "cdk", self._name, "--arch", self._arch, "--output", output_dir]
        subprocess.run(argv, cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
        return True


class Shop(cdk.Stack):
    """Three functions, and the three ways from a zip of lambdabuild into a stack."""

    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, "Shop")
        arm64, x86_64 = lambda_.Architecture.ARM_64, lambda_.Architecture.X86_64

        # 1. The zip that is there: nothing is run, and nothing is zipped again.
        self._go("Orders", arm64, lambda_.Code.from_asset(str(PROJECT / "dist/orders-arm64.zip")))

        # 2. A command that makes it, and the path where it will be.
        receipts = str(PROJECT / "dist/receipts-arm64.zip")
        command = ["lambdabuild", "hook", "cdk", "receipts", "--arch", "arm64"]
        options = {"cwd": str(PROJECT)}
        self._go("Receipts", arm64, lambda_.Code.from_custom_command(receipts, command, command_options=options))

        # 3. A bundling: CDK gives a folder, and stages the one zip that is put there. Its hash is that of the zip.
        bundled = lambda_.Code.from_asset(
            str(PROJECT / "cmd/receipts"),
            asset_hash_type=cdk.AssetHashType.OUTPUT,
            bundling=cdk.BundlingOptions(
                image=cdk.DockerImage.from_registry("never-used"),
                local=Lambdabuild("receipts", "amd64"),
                output_type=cdk.BundlingOutput.ARCHIVED,
            ),
        )
        self._go("ReceiptsOnIntel", x86_64, bundled)

    def _go(self, name: str, architecture: lambda_.Architecture, code: lambda_.Code) -> None:
        runtime = lambda_.Runtime.PROVIDED_AL2023
        lambda_.Function(self, name, architecture=architecture, code=code, handler="bootstrap", runtime=runtime)


app = cdk.App()
Shop(app)
app.synth()
