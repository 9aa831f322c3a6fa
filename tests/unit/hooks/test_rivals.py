"""Where another template says other things of a function, which one SAM builds has to be said."""

from pathlib import Path

import pytest

from lambdabuild.hooks.rivals import RivalTemplateError, beside, refuse_rivals
from lambdabuild.hooks.templates import function_in

FUNCTION = """\
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: provided.al2023
"""
ARM = f"{FUNCTION}      Architectures: [arm64]\n"
BUILD = (".aws-sam", "build")


def compared(folder: Path, folders: tuple[str, ...] = BUILD) -> None:
    """What the hook does: template.yaml with the others beside it."""
    template = folder / "template.yaml"
    refuse_rivals(template, function_in(template, "Orders", folders), folders, beside("Orders", folder, folder))


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            FUNCTION,
            "`Orders` has one `Architectures` in `{0}/template.yaml:6` and another in `{0}/intel.yaml:2`",
        ),
        (
            ARM.replace("al2023", "al2"),
            "`Orders` has one `Runtime` in `{0}/template.yaml:5` and another in `{0}/intel.yaml:5`",
        ),
        (
            ARM + "    Metadata: {LambdabuildFunction: cart}\n",
            "`Orders` has one `LambdabuildFunction` in `{0}/template.yaml:2` and another in `{0}/intel.yaml:7`",
        ),
        (
            ARM.replace("[arm64]", "[!Ref Cpu]"),
            "`Orders` has one `Architectures` in `{0}/template.yaml:6` and another in `{0}/intel.yaml:6`",
        ),
    ],
)
def test_another_saying_is_refused(tmp_path: Path, other: str, message: str) -> None:
    (tmp_path / "template.yaml").write_text(ARM)
    (tmp_path / "intel.yaml").write_text(other)

    with pytest.raises(RivalTemplateError) as caught:
        compared(tmp_path)

    assert caught.value.message == f"{message.format(tmp_path)}, and SAM does not say which template it builds"
    assert caught.value.hint == "set LAMBDABUILD_TEMPLATE to the absolute path of the one that `sam build` reads"
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("same.yaml", ARM.replace("    Properties", "    Metadata: {BuildMethod: makefile}\n    Properties")),
        ("zips.yaml", f"{FUNCTION}      CodeUri: dist/orders-amd64.zip\n"),
        ("image.yaml", f"{FUNCTION}      PackageType: Image\n"),
        ("node.yaml", FUNCTION.replace("provided.al2023", "nodejs22.x")),
        ("cart.yaml", FUNCTION.replace("Orders", "Cart")),
        ("broken.yaml", "Orders: [Resources\n"),
        ("list.json", '["Orders"]\n'),
        ("text.md", FUNCTION),
    ],
)
def test_what_says_the_same_or_is_not_for_make_is_none(tmp_path: Path, name: str, other: str) -> None:
    (tmp_path / "template.yaml").write_text(ARM)
    (tmp_path / name).write_text(other)

    compared(tmp_path)


def test_what_says_nothing_says_the_default(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(FUNCTION)
    (tmp_path / "intel.yaml").write_text(f"{FUNCTION}      Architectures: [x86_64]\n")

    compared(tmp_path)


def test_nested_stacks_of_the_template_are_none_and_are_compared_with_those_of_others(tmp_path: Path) -> None:
    nested = "  {0}: {{Type: AWS::Serverless::Application, Properties: {{Location: {1}}}}}\n"
    (tmp_path / "template.yaml").write_text(ARM + nested.format("Child", "child.yaml"))
    (tmp_path / "child.yaml").write_text(FUNCTION + nested.format("Deep", "deep.yaml"))
    (tmp_path / "deep.yaml").write_text(FUNCTION)
    compared(tmp_path)
    compared(tmp_path, (*BUILD, "Child"))

    (tmp_path / "intel").mkdir()
    (tmp_path / "intel" / "child.yaml").write_text(ARM)
    (tmp_path / "intel.yaml").write_text(f"Resources:\n{nested.format('Child', 'intel/child.yaml')}")
    compared(tmp_path)
    with pytest.raises(RivalTemplateError, match=r"intel/child\.yaml:6"):
        compared(tmp_path, (*BUILD, "Child"))


def test_a_folder_that_is_not_there_holds_none(tmp_path: Path) -> None:
    (tmp_path / "intel.yaml").write_text(ARM)

    assert list(beside("Orders", tmp_path / "gone", tmp_path)) == [tmp_path / "intel.yaml"]
