"""Which files say how functions are deployed."""

import os
from pathlib import Path

import pytest

from lambdabuild.discovery import Deployment, deployments, unsynthesized
from tests.support.lambdas import write_tree

SAM = "Resources:\n  A:\n    Type: AWS::Serverless::Function\n"
CDK = '{"Resources": {"A": {"Type": "AWS::Lambda::Function"}}}'


def found(folder: Path, files: dict[str, str]) -> list[tuple[str, str]]:
    return [(one.kind, one.path) for one in deployments(write_tree(folder, files))]


def test_templates_are_known_by_what_they_mention(tmp_path: Path) -> None:
    files = {
        "template.yaml": SAM,
        "services/a/stack.yml": SAM,
        "services/b/anything.json": CDK,
        "services/b/x.template": CDK,
        "compose.yaml": "services: {}\n",
        "notes.txt": SAM,
        "role.yaml": "Resources:\n  A:\n    Type: AWS::Lambda::FunctionUrl\n",
    }

    assert found(tmp_path, files) == [
        ("sam", "template.yaml"),
        ("sam", "services/a/stack.yml"),
        ("sam", "services/b/anything.json"),
        ("sam", "services/b/x.template"),
    ]


def test_what_was_built_or_fetched_is_no_template(tmp_path: Path) -> None:
    made = (".aws-sam/build", "node_modules/x", "vendor/x", "testdata")

    assert found(tmp_path, {f"{folder}/template.yaml": SAM for folder in made}) == []


def test_stacks_and_stages_of_cdk_are_read_from_its_output(tmp_path: Path) -> None:
    files = {
        "infra/cdk.out/Shop.template.json": CDK,
        "infra/cdk.out/assembly-Prod/Shop.template.json": CDK,
        "infra/cdk.out/asset.1/x.template.json": CDK,
        "infra/cdk.out/tree.json": CDK,
        "infra/cdk.out/Empty.template.json": "{}",
    }

    assert found(tmp_path, files) == [
        ("cdk", "infra/cdk.out/Shop.template.json"),
        ("cdk", "infra/cdk.out/assembly-Prod/Shop.template.json"),
    ]


@pytest.mark.parametrize("name", ["serverless.yml", "serverless.yaml", "serverless.json"])
def test_serverless_is_known_by_its_name(name: str, tmp_path: Path) -> None:
    assert deployments(write_tree(tmp_path, {f"api/{name}": "{}"})) == (
        Deployment(kind="serverless", path=f"api/{name}"),
    )


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    for name in ("serverless.yml", "template.yaml"):
        os.mkfifo(tmp_path / name)

    assert deployments(tmp_path) == ()


def test_an_app_of_cdk_without_output_is_named(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a/cdk.json": "{}", "b/cdk.json": "{}", "b/cdk.out/x": ""})

    assert unsynthesized(tmp_path) == ("a/cdk.json",)
