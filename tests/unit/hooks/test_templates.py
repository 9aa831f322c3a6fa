"""The template that `sam build` builds is found by the folder that it gives."""

import os
import threading
from pathlib import Path

import pytest

from lambdabuild.hooks.templates import NoTemplateError, find_template, function_in, where_sam_runs
from lambdabuild.model.template import TemplateFunction

ROOT = """\
Resources:
  OrdersFunction: {Type: AWS::Serverless::Function, Properties: {Runtime: provided.al2023}}
  Child: {Type: AWS::Serverless::Application, Properties: {Location: ./child/stack.yaml}}
  Parameter: {Type: AWS::Serverless::Application, Properties: {Location: !Ref Where}}
  Store: {Type: AWS::Serverless::Application, Properties: {Location: {ApplicationId: a, SemanticVersion: 1.0.0}}}
"""
CHILD = """\
Resources:
  OrdersFunction: {Type: AWS::Serverless::Function, Properties: {Runtime: provided.al2}}
  Gone: {Type: AWS::Serverless::Application, Properties: {Location: ./gone.yaml}}
  Deep: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: deep.yaml}}
"""
DEEP = "Resources:\n  Users: {Type: AWS::Serverless::Function}\n"


def tree(folder: Path) -> Path:
    (folder / "child").mkdir()
    (folder / "template.yaml").write_text(ROOT)
    (folder / "child" / "stack.yaml").write_text(CHILD)
    (folder / "child" / "deep.yaml").write_text(DEEP)
    return folder / "template.yaml"


def test_sam_runs_above_its_own_folder() -> None:
    assert where_sam_runs(Path("/shop/deploy/.aws-sam/build/Orders")) == Path("/shop/deploy")
    assert where_sam_runs(Path("/elsewhere/Orders")) is None


def test_the_template_is_where_sam_runs_or_above_in_the_project(tmp_path: Path) -> None:
    deploy = tmp_path / "project" / "deploy"
    deploy.mkdir(parents=True)
    (tmp_path / "template.yaml").touch()
    (tmp_path / "project" / "template.yml").touch()

    assert find_template(tmp_path / "project", deploy) == tmp_path / "project" / "template.yml"
    assert find_template(tmp_path / "project", None) == tmp_path / "project" / "template.yml"
    (deploy / "template.json").touch()
    (deploy / "template.yaml").touch()
    assert find_template(tmp_path / "project", deploy) == deploy / "template.yaml"


def test_a_template_outside_of_the_project_counts_where_sam_runs_there(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "template.yaml").touch()

    assert find_template(tmp_path / "project", tmp_path / "deploy") == tmp_path / "deploy" / "template.yaml"


def test_no_template_is_told_with_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(NoTemplateError) as caught:
        find_template(tmp_path, tmp_path / "deploy")

    assert caught.value.message == (
        f"no `template.yaml` or `template.yml` or `template.json` in `{tmp_path}/deploy`, `{tmp_path}`"
    )
    assert caught.value.hint == "set LAMBDABUILD_TEMPLATE to the path of the template, or give `--template`"


@pytest.mark.parametrize(
    ("folders", "logical_id", "runtime"),
    [
        ((".aws-sam", "build"), "OrdersFunction", "provided.al2023"),
        ((".aws-sam", "build", "Child"), "OrdersFunction", "provided.al2"),
        ((".aws-sam", "build", "Child", "Deep"), "Users", None),
        ((".aws-sam", "auto-dependency-layer", "Child"), "OrdersFunction", "provided.al2"),
        (("tmp", "out"), "OrdersFunction", "provided.al2023"),
        (("tmp", "out", "Child"), "OrdersFunction", "provided.al2"),
        (("Child", "out", "Child", "Deep"), "Users", None),
        ((), "OrdersFunction", "provided.al2023"),
    ],
)
def test_a_function_is_looked_for_in_its_own_stack(
    tmp_path: Path, folders: tuple[str, ...], logical_id: str, runtime: str | None
) -> None:
    assert function_in(tree(tmp_path), logical_id, folders).runtime == runtime


def test_a_function_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(NoTemplateError) as caught:
        function_in(tree(tmp_path), "Cart", ("Child",))

    assert caught.value.message == f"`{tmp_path}/child/stack.yaml` has no function `Cart`"
    assert caught.value.hint == (
        "it has `OrdersFunction`; set LAMBDABUILD_TEMPLATE where `sam build` reads another template"
    )
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("folders", "file", "stack"),
    [
        ((".aws-sam", "build", "Store"), "template.yaml", "Store"),
        ((".aws-sam", "build", "Parameter"), "template.yaml", "Parameter"),
        ((".aws-sam", "build", "Child", "Gone"), "child/stack.yaml", "Gone"),
        ((".aws-sam", "build", "Child", "Deeper"), "child/stack.yaml", "Deeper"),
        (("tmp", "out", "Parameter"), "template.yaml", "Parameter"),
    ],
)
def test_a_stack_that_cannot_be_followed_is_not_taken_for_its_parent(
    tmp_path: Path, folders: tuple[str, ...], file: str, stack: str
) -> None:
    with pytest.raises(NoTemplateError) as caught:
        function_in(tree(tmp_path), "OrdersFunction", folders)

    assert caught.value.message == (
        f"`{tmp_path}/{file}` does not say which file is the template of the stack `{stack}`"
    )
    assert caught.value.hint == (
        "write its `Location` or `TemplateURL` as the path of a file;"
        " set LAMBDABUILD_TEMPLATE where `sam build` reads another template"
    )


def test_a_template_is_read_once_however_deep_it_is_built(tmp_path: Path) -> None:
    """From a pipe, where a second reading waits for ever."""
    pipe = tmp_path / "template.yaml"
    os.mkfifo(pipe)
    found: list[TemplateFunction] = []
    folders = ("a", "b", "c", "d", "e")
    reader = threading.Thread(target=lambda: found.append(function_in(pipe, "OrdersFunction", folders)), daemon=True)
    reader.start()

    pipe.write_text(ROOT)

    reader.join(timeout=20)
    assert [one.runtime for one in found] == ["provided.al2023"]
