"""`lambdabuild deployed`: real uploads by boto3 to moto's Lambda, and what is said where AWS cannot answer."""

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.aws import ACCOUNT, REGION, Lambda, answering, nowhere, running_lambda
from tests.support.cli import ROOT, Cli
from tests.support.project import redescribe, write_mains
from tests.support.registry import free_port

OTHER = b"PK\x05\x06" + bytes(18)
"""A zip with nothing in it."""


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lambda]:
    with running_lambda(tmp_path_factory.mktemp("aws")) as there:
        yield there


@pytest.fixture
def name(request: pytest.FixtureRequest, aws: Lambda) -> Iterator[str]:
    """The live function of one test."""
    name = f"shop-{zlib.crc32(request.node.name.encode()):08x}"
    yield name
    there = aws.client()
    if name in [one["FunctionName"] for one in there.list_functions()["Functions"]]:
        there.delete_function(FunctionName=name)


def artifact(project: Path) -> dict[str, object]:
    """What build.json says of `orders`."""
    report = json.loads((project / "dist" / "build.json").read_text())
    (one,) = (one for one in report["artifacts"] if one["function"] == "orders")
    assert isinstance(one, dict)
    return one


def zipped(project: Path) -> bytes:
    return (project / str(artifact(project)["path"])).read_bytes()


def ask(project: Path, *arguments: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return Cli(environ=environ).run("deployed", "orders", *arguments, cwd=project)


def test_code_sha256_of_build_json_is_what_lambda_reports(project: Path, aws: Lambda, name: str) -> None:
    assert aws.create(name, zipped(project)) == artifact(project)["code_sha256"]


def test_the_same_code_exits_0(project: Path, aws: Lambda, name: str) -> None:
    sha = aws.create(name, zipped(project))

    said = ask(project, "--name", name, environ=aws.environ)

    assert (said.returncode, said.stdout) == (0, ""), said.stderr
    modified = aws.client().get_function_configuration(FunctionName=name)["LastModified"]
    assert said.stderr == (
        f"`{name}` in {REGION} ($LATEST) runs `dist/orders-amd64.zip`, since {modified}: code_sha256 {sha}\n"
    )
    assert ask(project, "--name", name, "-q", environ=aws.environ).stderr == ""


def test_other_code_exits_6_with_both_hashes(project: Path, aws: Lambda, name: str) -> None:
    aws.create(name, zipped(project))
    live = aws.update(name, OTHER)

    said = ask(project, "--name", name, environ=aws.environ)

    modified = aws.client().get_function_configuration(FunctionName=name)["LastModified"]
    assert (said.returncode, said.stdout) == (6, "")
    assert said.stderr == (
        f"error: `{name}` in {REGION} ($LATEST) runs {live}, since {modified},"
        f" and `dist/orders-amd64.zip` is {artifact(project)['code_sha256']}\n\n"
        "hint: deploy `dist/orders-amd64.zip` itself (a tool that zips a folder writes other bytes);"
        " or build the commit that was deployed, and compare with that\n"
    )


def test_a_build_of_other_source_is_other_code(project: Path, aws: Lambda, name: str) -> None:
    aws.create(name, zipped(project))
    write_mains(project, "changed")
    Cli().done("build", cwd=project)

    assert ask(project, "--name", name, environ=aws.environ).returncode == 6


def test_json_is_one_document_both_ways(project: Path, aws: Lambda, name: str) -> None:
    aws.create(name, zipped(project))
    same = ask(project, "--name", name, "--json", environ=aws.environ)
    live = aws.update(name, OTHER)
    other = ask(project, "--name", name, "--json", environ=aws.environ)

    assert (same.returncode, other.returncode) == (0, 6)
    assert (same.stderr, other.stderr) == ("", "")
    found = json.loads(other.stdout)
    assert (json.loads(same.stdout)["same"], found["same"], found["unsupported"]) == (True, False, [])
    assert found["live"] == {
        "name": name,
        "arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
        "region": REGION,
        "version": "$LATEST",
        "code_sha256": live,
        "last_modified": found["live"]["last_modified"],
        "runtime": "provided.al2023",
        "architectures": ["amd64"],
    }
    assert found["artifact"] == {
        "function": "orders",
        "path": "dist/orders-amd64.zip",
        "code_sha256": artifact(project)["code_sha256"],
        "runtimes": ["provided.al2023"],
        "architectures": ["amd64"],
    }


def test_a_version_or_an_alias_is_asked_by_qualifier(project: Path, aws: Lambda, name: str) -> None:
    aws.create(name, zipped(project))
    there = aws.client()
    first = there.publish_version(FunctionName=name)["Version"]
    there.create_alias(FunctionName=name, Name="live", FunctionVersion=first)
    aws.update(name, OTHER)

    latest, by_version, by_alias = (
        ask(project, "--name", name, *qualifier, environ=aws.environ)
        for qualifier in ((), ("--qualifier", first), ("--qualifier", "live"))
    )

    assert [latest.returncode, by_version.returncode, by_alias.returncode] == [6, 0, 0]
    assert f"`{name}` in {REGION} ({first}) runs" in by_version.stderr


def test_an_arn_says_its_region_itself(project: Path, aws: Lambda, name: str) -> None:
    aws.create(name, zipped(project))
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
    elsewhere = {**aws.environ, "AWS_REGION": "us-east-1"}

    assert ask(project, "--name", arn, environ=elsewhere).returncode == 0
    assert ask(project, "--name", name, environ=elsewhere).returncode == 2
    twice = ask(project, "--name", arn, "--region", "us-east-1", environ=aws.environ)
    assert twice.returncode == 2
    assert twice.stderr == f"error: `{arn}` is not in `--region us-east-1`\n\nhint: leave `--region` out\n"


def test_the_live_architecture_says_which_artifact_is_meant(project: Path, aws: Lambda, name: str) -> None:
    spec = project / "buildspec.yaml"
    spec.write_text(spec.read_text().replace("[amd64]", "[arm64, amd64]"))
    Cli().done("build", "--function", "orders", cwd=project)
    arm64 = (project / "dist" / "orders-arm64.zip").read_bytes()
    aws.create(name, arm64, Architectures=["arm64"])

    meant = ask(project, "--name", name, environ=aws.environ)
    other = ask(project, "--name", name, "--arch", "x86_64", environ=aws.environ)

    assert meant.returncode == 0, meant.stderr
    assert "runs `dist/orders-arm64.zip`" in meant.stderr
    assert other.returncode == 6
    assert (
        f"warning: `dist/orders-amd64.zip` is for amd64, and `{name}` runs on arm64\n"
        "hint: deploy an artifact that is for it, or change the function's runtime or architecture\n"
    ) in other.stderr


def test_a_forward_compatible_zip_is_for_both_architectures(project: Path, aws: Lambda, name: str) -> None:
    spec = project / "buildspec.yaml"
    text = spec.read_text().replace("[amd64]", "[arm64, amd64]")
    spec.write_text(text.replace("./cmd/orders\n", "./cmd/orders\n    layout: forward-compatible\n"))
    Cli().done("build", "--function", "orders", cwd=project)
    aws.create(name, (project / "dist" / "orders.zip").read_bytes(), Architectures=["arm64"])

    said = ask(project, "--name", name, environ=aws.environ)

    assert said.returncode == 0
    assert said.stderr.startswith(f"`{name}` in {REGION} ($LATEST) runs `dist/orders.zip`, since ")


def test_what_the_artifact_is_not_for_is_said_of_the_same_code_too(project: Path, aws: Lambda, name: str) -> None:
    aws.create(name, zipped(project), Runtime="provided.al2", Architectures=["arm64"])

    said = ask(project, "--name", name, environ=aws.environ)
    as_json = ask(project, "--name", name, "--json", environ=aws.environ)

    assert said.returncode == 0
    unsupported = [
        f"`dist/orders-amd64.zip` is for provided.al2023, and `{name}` runs on provided.al2",
        f"`dist/orders-amd64.zip` is for amd64, and `{name}` runs on arm64",
    ]
    assert json.loads(as_json.stdout)["unsupported"] == unsupported
    for one in unsupported:
        assert f"warning: {one}\n" in said.stderr


def test_what_was_never_built_is_told_to_build(project: Path, aws: Lambda) -> None:
    arm64 = ask(project, "--arch", "arm64", environ=aws.environ)
    unknown = Cli(environ=aws.environ).run("deployed", "invoices", cwd=project)
    shutil.rmtree(project / "dist")
    nothing = ask(project, environ=aws.environ)

    assert [arm64.returncode, unknown.returncode, nothing.returncode] == [2, 2, 2]
    assert arm64.stderr == (
        "error: `dist/build.json` has no artifact of `orders` for arm64\n\nhint: run `lambdabuild build`\n"
    )
    assert unknown.stderr == (
        "error: `dist/build.json` has no artifact of `invoices`\n\n"
        "hint: it has orders, users; or run `lambdabuild build`\n"
    )
    assert nothing.stderr == "error: `dist/build.json` describes no artifact\n\nhint: run `lambdabuild build`\n"


def test_a_zip_that_was_changed_or_is_gone_is_not_compared(project: Path, aws: Lambda, name: str) -> None:
    path = project / "dist" / "orders-amd64.zip"
    aws.create(name, path.read_bytes())
    path.write_bytes(OTHER)
    changed = ask(project, "--name", name, environ=aws.environ)
    path.unlink()
    gone = ask(project, "--name", name, environ=aws.environ)

    assert [changed.returncode, gone.returncode] == [2, 2]
    assert changed.stderr == (
        "error: `dist/orders-amd64.zip` is not what `dist/build.json` says of it: it was changed since\n\n"
        "hint: run `lambdabuild build`\n"
    )
    assert gone.stderr == (
        "error: `dist/orders-amd64.zip` cannot be read: No such file or directory\n\nhint: run `lambdabuild build`\n"
    )


def test_dist_is_enough_where_one_only_deploys(project: Path, aws: Lambda, name: str, tmp_path: Path) -> None:
    aws.create(name, zipped(project))
    alone = tmp_path / "deploys"
    shutil.copytree(project / "dist", alone / "dist")

    assert ask(alone, "--name", name, environ=aws.environ).returncode == 0


def test_what_is_not_there_is_a_matter_of_the_command_line(project: Path, aws: Lambda, name: str) -> None:
    aws.create(name, zipped(project))
    function = ask(project, "--name", "absent", environ=aws.environ)
    version = ask(project, "--name", name, "--qualifier", "7", environ=aws.environ)
    profile = ask(project, "--profile", "absent", environ=aws.environ)
    region = ask(project, "--region", "Europe 1", environ=aws.environ)
    no_function = ask(project, "--name", "arn:aws:s3:::bucket", environ=aws.environ)
    empty = ask(project, "--qualifier", "", environ=aws.environ)

    assert {one.returncode for one in (function, version, profile, region, no_function, empty)} == {2}
    hint = "hint: name it as it is deployed with `--name`, and where with `--region`, `--profile`, `--qualifier`\n"
    assert function.stderr == f"error: there is no function `absent` in {REGION}\n\n{hint}"
    assert version.stderr == f"error: there is no function `{name}` with the qualifier `7` in {REGION}\n\n{hint}"
    assert profile.stderr == (
        "error: there is no AWS profile `absent`\n\nhint: `aws configure list-profiles` lists them\n"
    )
    for wrong in (region, empty):
        assert wrong.stderr.startswith("error: AWS cannot be asked for that: ")
        assert wrong.stderr.endswith("\n\nhint: check `--name`, `--qualifier`, `--region`\n")
    assert no_function.stderr == (
        "error: `arn:aws:s3:::bucket` is not the ARN of a function\n\n"
        "hint: write it like `arn:aws:lambda:eu-west-1:123456789012:function:orders`\n"
    )


def test_without_credentials_or_region_one_is_told_how_to_get_them(project: Path, aws: Lambda) -> None:
    stranger = ask(project, environ={**nowhere(), "AWS_ENDPOINT_URL": aws.endpoint, "AWS_REGION": REGION})
    lost = ask(project, environ={**nowhere(), "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"})

    assert [stranger.returncode, lost.returncode] == [4, 4]
    assert stranger.stderr == (
        "error: there are no AWS credentials here\n\n"
        "hint: log in (`aws sso login`, `aws configure`), set AWS_PROFILE, or give `--profile`\n"
    )
    assert lost.stderr == (
        "error: the AWS region of `orders` is not known\n\nhint: give `--region`, or set AWS_REGION\n"
    )


def test_a_profile_that_cannot_be_used_is_told_with_the_words_of_boto3(project: Path, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("[profile half]\naws_access_key_id = none\n")

    said = ask(project, "--profile", "half", "--region", REGION, environ={**nowhere(), "AWS_CONFIG_FILE": str(config)})

    assert said.returncode == 4
    assert said.stderr == (
        "error: AWS cannot be asked: Partial credentials found in config-file, missing: aws_secret_access_key\n\n"
        "hint: check the profile, its credentials, and that you are logged in\n"
    )


def test_a_profile_says_who_asks_and_where(project: Path, aws: Lambda, name: str, tmp_path: Path) -> None:
    aws.create(name, zipped(project))
    config = tmp_path / "config"
    config.write_text(f"[profile shop]\nregion = {REGION}\naws_access_key_id = none\naws_secret_access_key = none\n")
    environ = {**nowhere(), "AWS_CONFIG_FILE": str(config), "AWS_ENDPOINT_URL": aws.endpoint}

    assert ask(project, "--name", name, "--profile", "shop", environ=environ).returncode == 0
    assert ask(project, "--name", name, environ={**environ, "AWS_PROFILE": "shop"}).returncode == 0


SECRET = "hunter2SecretHunter2"


@pytest.mark.parametrize("address", ["foo", "http://[", f"http://me:{SECRET}@127.0.0.1:port"])
def test_an_address_that_is_none_is_said(address: str, project: Path, aws: Lambda) -> None:
    said = ask(project, environ={**aws.environ, "AWS_ENDPOINT_URL": address})

    assert said.returncode == 4
    assert said.stderr.startswith("error: AWS cannot be asked: ")
    assert said.stderr.endswith(
        "\n\nhint: check AWS_ENDPOINT_URL, and the settings of the profile (`credential_process`)\n"
    )
    assert SECRET not in said.stderr


@pytest.mark.parametrize(("command", "words"), [("/nonexistent/tool", "No such file"), ("echo {", "Expecting")])
def test_a_process_that_gives_no_credentials_is_said(command: str, words: str, project: Path, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(f"[default]\nregion = {REGION}\ncredential_process = {command}\n")

    said = ask(project, environ={**nowhere(), "AWS_CONFIG_FILE": str(config)})

    assert said.returncode == 4
    assert said.stderr.startswith("error: AWS cannot be asked: ")
    assert words in said.stderr
    assert "credential_process" in said.stderr


def test_a_password_in_an_address_is_not_told(project: Path, aws: Lambda) -> None:
    endpoint = f"http://me:{SECRET}/@x@127.0.0.1:{free_port()}"
    for address in (endpoint, endpoint.replace("/@x", ""), endpoint.replace("/@x", "'\"x")):
        said = ask(project, environ={**aws.environ, "AWS_ENDPOINT_URL": address})

        assert said.returncode == 4
        assert SECRET not in said.stderr


@pytest.mark.parametrize(
    ("code", "words", "told"),
    [
        (
            "SignatureDoesNotMatch",
            (
                "The request signature we calculated does not match the signature you provided. Check your key."
                f"\n\nThe Canonical String for this request should have been\n'GET\nx-amz-security-token:{SECRET}'"
            ),
            "The request signature we calculated does not match the signature you provided",
        ),
        (
            "InvalidSignatureException",
            f"Credential should be scoped to a valid region.\nx-amz-security-token:{SECRET}",
            "Credential should be scoped to a valid region",
        ),
        (
            "IncompleteSignatureException",
            f"'a' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4 Credential={SECRET}'.",
            "'a' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4 …",
        ),
    ],
)
def test_of_a_signature_only_the_fault_is_told(code: str, words: str, told: str, project: Path) -> None:
    with answering(403, code, {"Message": words}) as there:
        said = ask(project, environ=there.environ)

    assert said.returncode == 4
    assert said.stderr == (
        f"error: AWS does not accept the credentials: {code}: {told}\n\n"
        "hint: log in again, or take other credentials with `--profile`\n"
    )
    assert SECRET not in said.stderr


def test_no_network_is_said(project: Path, aws: Lambda) -> None:
    port = free_port()

    said = ask(project, environ={**aws.environ, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"})

    assert said.returncode == 4
    assert said.stderr.startswith("error: AWS cannot be reached: Could not connect to the endpoint URL: ")
    assert said.stderr.endswith("\n\nhint: check the network, the proxy, `--region` and AWS_ENDPOINT_URL\n")


class Refusal(NamedTuple):
    """What Lambda answers, and what is said of it."""

    status: int
    error: str
    said: str
    message: str
    hint: str


REFUSALS = (
    Refusal(
        status=403,
        error="AccessDeniedException",
        said="User: alice is not authorized to perform: lambda:GetFunctionConfiguration.",
        message="AWS does not let you see `orders` in eu-west-1: User: alice is not authorized to perform:"
        " lambda:GetFunctionConfiguration",
        hint="have `lambda:GetFunctionConfiguration` allowed, or take other credentials with `--profile`",
    ),
    Refusal(
        status=403,
        error="ExpiredTokenException",
        said="The security token included in the request is expired",
        message="AWS does not accept the credentials: ExpiredTokenException:"
        " The security token included in the request is expired",
        hint="log in again, or take other credentials with `--profile`",
    ),
    Refusal(
        status=429,
        error="TooManyRequestsException",
        said="Rate exceeded",
        message="AWS has too many requests of this account: TooManyRequestsException, 3 times",
        hint="try again later",
    ),
    Refusal(
        status=400,
        error="ValidationException",
        said="functionName failed to satisfy a constraint",
        message="AWS does not take `orders`: functionName failed to satisfy a constraint",
        hint="check `--name` and `--qualifier`",
    ),
    Refusal(
        status=500,
        error="ServiceException",
        said="An error occurred\nand the request cannot be processed.",
        message="AWS does not say what `orders` in eu-west-1 is: ServiceException:"
        " An error occurred and the request cannot be processed",
        hint="try again later",
    ),
)


def test_an_answer_that_breaks_off_is_said(project: Path, aws: Lambda) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            with contextlib.suppress(OSError):
                while True:
                    listener.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        there = f"http://127.0.0.1:{listener.getsockname()[1]}"
        said = ask(project, environ={**aws.environ, "AWS_ENDPOINT_URL": there})
        listener.shutdown(socket.SHUT_RDWR)

    assert said.returncode == 4
    assert said.stderr.startswith("error: AWS cannot be reached: Connection was closed before we received")


@pytest.mark.parametrize("refusal", REFUSALS, ids=[one.error for one in REFUSALS])
def test_what_lambda_refuses_is_one_line(refusal: Refusal, project: Path) -> None:
    with answering(refusal.status, refusal.error, {"Message": refusal.said}) as there:
        answer = ask(project, environ=there.environ)

    assert answer.returncode == (2 if refusal.status == 400 else 4)
    assert answer.stderr == f"error: {refusal.message}\n\nhint: {refusal.hint}\n"


def test_an_image_has_no_zip_to_compare(project: Path) -> None:
    with answering(200, "", {"FunctionName": "orders", "PackageType": "Image", "CodeSha256": "0" * 64}) as there:
        said = ask(project, environ=there.environ)

    assert said.returncode == 2
    assert said.stderr == (
        "error: `orders` in eu-west-1 is deployed as a container image, and has no zip to compare\n\n"
        "hint: name a function that is deployed as a zip with `--name`\n"
    )


def test_without_boto3_one_is_told_how_to_get_it(project: Path) -> None:
    hidden = (
        "import importlib.abc, sys\n"
        "class Absent(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name.partition('.')[0] in {'boto3', 'botocore'}:\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        "from lambdabuild.cli import main\n"
        "main()\n"
    )

    said = subprocess.run(
        [sys.executable, "-c", hidden, "deployed", "orders"],
        cwd=project,
        env={**Cli().env, **nowhere(), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.returncode == 4
    assert said.stderr == (
        "error: boto3, by which AWS is asked, is not installed\n\nhint: run `pip install 'lambdabuild[aws]'`\n"
    )


def test_names_of_a_runtime_that_are_the_specs_own_are_not_compared(project: Path, aws: Lambda, name: str) -> None:
    aws.create(name, zipped(project), Runtime="provided.al2")
    redescribe(project, "orders", supports={"newest": ["amd64"]})

    assert "warning" not in ask(project, "--name", name, environ=aws.environ).stderr
