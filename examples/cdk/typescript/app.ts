// Three functions, and the three ways from a zip of lambdabuild into a stack. `lambdabuild build` comes before `cdk synth`.
import { execFileSync } from "node:child_process";
import * as path from "node:path";

import * as cdk from "aws-cdk-lib";
import * as lambda from "aws-cdk-lib/aws-lambda";

const project = path.resolve(__dirname, "../..");

/** What CDK bundles by itself, without a container: it asks lambdabuild for the one zip. */
class Lambdabuild implements cdk.ILocalBundling {
  constructor(private readonly name: string, private readonly arch: string) {}

  tryBundle(outputDir: string): boolean {
    const argv = ["hook", "cdk", this.name, "--arch", this.arch, "--output", outputDir];
    execFileSync("lambdabuild", argv, { cwd: project, stdio: ["ignore", "ignore", "inherit"] });
    return true;
  }
}

class Shop extends cdk.Stack {
  constructor(scope: cdk.App) {
    super(scope, "Shop");

    // 1. The zip that is there: nothing is run, and nothing is zipped again.
    this.go("Orders", lambda.Architecture.ARM_64, lambda.Code.fromAsset(path.join(project, "dist/orders-arm64.zip")));

    // 2. A command that makes it, and the path where it will be.
    const receipts = path.join(project, "dist/receipts-arm64.zip");
    const command = ["lambdabuild", "hook", "cdk", "receipts", "--arch", "arm64"];
    this.go(
      "Receipts",
      lambda.Architecture.ARM_64,
      lambda.Code.fromCustomCommand(receipts, command, { commandOptions: { cwd: project } }),
    );

    // 3. A bundling: CDK gives a folder, and stages the one zip that is put there. Its hash is that of the zip.
    this.go(
      "ReceiptsOnIntel",
      lambda.Architecture.X86_64,
      lambda.Code.fromAsset(path.join(project, "cmd/receipts"), {
        assetHashType: cdk.AssetHashType.OUTPUT,
        bundling: {
          image: cdk.DockerImage.fromRegistry("never-used"),
          local: new Lambdabuild("receipts", "amd64"),
          outputType: cdk.BundlingOutput.ARCHIVED,
        },
      }),
    );
  }

  private go(id: string, architecture: lambda.Architecture, code: lambda.Code): void {
    new lambda.Function(this, id, {
      architecture,
      code,
      handler: "bootstrap",
      runtime: lambda.Runtime.PROVIDED_AL2023,
    });
  }
}

new Shop(new cdk.App());
