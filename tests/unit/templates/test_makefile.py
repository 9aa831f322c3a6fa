"""Lines that are put into a template: every other byte stays, twice is once, and what cannot be mended is told."""

import difflib
import json
from pathlib import Path

import pytest

from lambdabuild.errors import UsageError
from lambdabuild.templates.makefile import write_makefile_method
from lambdabuild.templates.sam import read_sam

TEMPLATE = """\
# Our shop.   Two blanks stay.
AWSTemplateFormatVersion: '2010-09-09'
Transform: "AWS::Serverless-2016-10-31"
Parameters:
    Cpu: { Type: String,   Default: arm64 }

Globals: {Function: {Runtime: provided.al2023}}
Resources:
    # Comes first.
    OrdersFunction: # busy
        Type: 'AWS::Serverless::Function'   # here
        # Before the properties.
        Properties:
            CodeUri: ./cmd/orders
            Environment:
                Variables:
                    TABLE: !Ref Table
                    NAME: !Sub "${AWS::StackName}-x"
                    LONG: a very long line of text that a dumper would break into two where it is wider than eighty
                    CHOSEN: !If
                    - Ours
                    - !GetAtt Table.Arn
                    - !Join [ '-', [ a,  b ] ]

    Receipts:
        Properties: &shared
            CodeUri: ./cmd/receipts
        Metadata:
            # Ours.
            Owner: "shop"
        Type: AWS::Serverless::Function
    Old:
        Type: AWS::Lambda::Function
        Metadata: {BuildMethod: "go1.x", Owner: us}
        Properties: *shared
    Table:
        Type: AWS::DynamoDB::Table
"""

NAMES = {"OrdersFunction": "orders", "Receipts": None, "Old": "receipts"}


def written(folder: Path, text: str, names: dict[str, str | None], name: str = "template.yaml") -> str:
    """The template after it was written to; writing again must change nothing."""
    file = folder / name
    file.write_bytes(text.encode())
    assert write_makefile_method(file, names)
    after = file.read_bytes()
    assert not write_makefile_method(file, names)
    assert file.read_bytes() == after
    assert all(one.build_method == "makefile" for one in read_sam(file) if one.logical_id in names)
    return after.decode()


def changes(before: str, after: str) -> list[str]:
    """The lines that were added (`+`) and removed (`-`)."""
    lines = difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True))
    return [line.replace("\n", "") for line in lines if line[0] in "+-"]


def refusal(folder: Path, text: str, name: str = "One") -> UsageError:
    file = folder / "template.yaml"
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        write_makefile_method(file, {name: None})
    assert file.read_text() == text
    return caught.value


def test_only_the_lines_that_are_needed_are_added(tmp_path: Path) -> None:
    after = written(tmp_path, TEMPLATE, NAMES)

    assert changes(TEMPLATE, after) == [
        "+         Metadata:",
        "+             BuildMethod: makefile",
        "+             LambdabuildFunction: orders",
        "+             BuildMethod: makefile",
        '-         Metadata: {BuildMethod: "go1.x", Owner: us}',
        '+         Metadata: {LambdabuildFunction: receipts, BuildMethod: "makefile", Owner: us}',
    ]
    assert [(one.logical_id, one.named) for one in read_sam(tmp_path / "template.yaml")] == [
        ("OrdersFunction", "orders"),
        ("Receipts", None),
        ("Old", "receipts"),
    ]


def test_line_ends_of_windows_and_a_byte_order_mark_stay(tmp_path: Path) -> None:
    text = "\ufeff" + TEMPLATE.replace("\n", "\r\n")

    after = written(tmp_path, text, NAMES)

    assert after.startswith("\ufeff#")
    assert after.replace("\r\n", "").count("\n") == 0
    assert after.replace("\r\n", "\n") == "\ufeff" + written(tmp_path, TEMPLATE, NAMES)


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_type_at_the_end_of_the_file_is_followed_by_its_metadata(tmp_path: Path, end: str) -> None:
    text = f"Resources:\n  One:\n    Type: AWS::Serverless::Function{end}"

    assert written(tmp_path, text, {"One": None}) == (
        f"Resources:\n  One:\n    Type: AWS::Serverless::Function\n    Metadata:\n      BuildMethod: makefile{end}"
    )


def test_json_gets_members_as_far_in_as_their_neighbours(tmp_path: Path) -> None:
    one = {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "./one"}}
    two = {"Properties": {"CodeUri": "./two"}, "Type": "AWS::Serverless::Function"}
    text = json.dumps({"Resources": {"One": one, "Two": two, "Three": {**one, "Metadata": {}}}}, indent="\t")

    after = written(tmp_path, text, {"One": "one", "Two": None, "Three": None}, "template.json")

    assert json.loads(after)["Resources"]["One"]["Metadata"] == {
        "BuildMethod": "makefile",
        "LambdabuildFunction": "one",
    }
    assert changes(text, after) == [
        '+ \t\t\t"Metadata": {',
        '+ \t\t\t\t"BuildMethod": "makefile",',
        '+ \t\t\t\t"LambdabuildFunction": "one"',
        "+ \t\t\t},",
        '- \t\t\t"Type": "AWS::Serverless::Function"',
        '+ \t\t\t"Type": "AWS::Serverless::Function",',
        '+ \t\t\t"Metadata": {',
        '+ \t\t\t\t"BuildMethod": "makefile"',
        "+ \t\t\t}",
        '- \t\t\t"Metadata": {}',
        '+ \t\t\t"Metadata": {"BuildMethod": "makefile"}',
    ]


def test_a_function_on_one_line_stays_on_it(tmp_path: Path) -> None:
    text = "Resources: {One: {Type: AWS::Serverless::Function, Properties: {CodeUri: .}}}\n"

    assert written(tmp_path, text, {"One": "one"}) == (
        "Resources: {One: {Type: AWS::Serverless::Function,"
        " Metadata: {BuildMethod: makefile, LambdabuildFunction: one}, Properties: {CodeUri: .}}}\n"
    )


def test_a_type_that_is_merged_is_not_written_to(tmp_path: Path) -> None:
    text = (
        "x: &base\n  Type: AWS::Serverless::Function\nResources:\n  One:\n    <<: *base\n    Properties: {CodeUri: .}\n"
    )

    assert written(tmp_path, text, {"One": None}) == (
        "x: &base\n  Type: AWS::Serverless::Function\n"
        "Resources:\n  One:\n    Metadata:\n      BuildMethod: makefile\n    <<: *base\n    Properties: {CodeUri: .}\n"
    )


@pytest.mark.parametrize("kind", [">-\n      AWS::Lambda::Function", "&t AWS::Lambda::Function", "*type"])
def test_metadata_is_put_before_a_type_that_is_not_on_its_line(tmp_path: Path, kind: str) -> None:
    text = f"x: &type AWS::Lambda::Function\nResources:\n  One:\n    Type: {kind}\n    Properties:\n      Timeout: 3\n"

    assert changes(text, written(tmp_path, text, {"One": None})) == [
        "+     Metadata:",
        "+       BuildMethod: makefile",
    ]


@pytest.mark.parametrize("name", ["null", "Yes", "no", "on", "y", "true", "1.0", "1e3", "0x1F", "2024-01-01", "1_000"])
@pytest.mark.parametrize(
    "metadata", ["", "    Metadata: {LambdabuildFunction: old}\n", "    Metadata:\n      Owner: us\n"]
)
def test_a_name_that_yaml_takes_for_something_else_is_quoted(tmp_path: Path, name: str, metadata: str) -> None:
    text = f"Resources:\n  One:\n    Type: AWS::Lambda::Function\n{metadata}"

    assert f'LambdabuildFunction: "{name}"' in written(tmp_path, text, {"One": name})
    assert [one.named for one in read_sam(tmp_path / "template.yaml")] == [name]


def test_a_linked_template_stays_a_link_and_keeps_its_permissions(tmp_path: Path) -> None:
    real = tmp_path / "real.yaml"
    real.write_text(TEMPLATE)
    real.chmod(0o640)
    link = tmp_path / "template.yaml"
    link.symlink_to(real)

    assert write_makefile_method(link, {"Receipts": None})

    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["real.yaml", "template.yaml"]


@pytest.mark.parametrize(
    ("resources", "place", "message"),
    [
        ("  Zero: &a {Type: AWS::Lambda::Function}\n  One: *a\n", 3, "`One` is an alias"),
        ("  One:\n    Type: AWS::Lambda::Function\n    Metadata: *m\n", 4, "`Metadata` of `One` is an alias"),
        (
            "  One:\n    <<: {Metadata: *m}\n    Type: AWS::Lambda::Function\n",
            2,
            "`Metadata` of `One` is merged into it",
        ),
        (
            "  One:\n    Type: AWS::Lambda::Function\n    Metadata: {BuildMethod: !Ref A}\n",
            4,
            "`Metadata` of `One` has a `BuildMethod` that is no plain text",
        ),
        *(
            (
                f"  One:\n    Type: AWS::Lambda::Function\n    Metadata:\n      Owner: us\n      BuildMethod:{value}\n",
                6,
                "`Metadata` of `One` has a `BuildMethod` that is no plain text",
            )
            for value in ("", " ~", " null", " >-\n        go1.x", " |\n        makefile", " &n go1.x\n      Own: *n")
        ),
        (
            "  One:\n    Type: AWS::Lambda::Function\n    Metadata:\n",
            4,
            "`Metadata` of `One` is empty",
        ),
    ],
)
def test_what_is_not_the_functions_own_is_refused(tmp_path: Path, resources: str, place: int, message: str) -> None:
    first = "Resources:\n" if "*m" not in resources else "Resources: # see below\n"
    text = f"{first}{resources}"
    if "*m" in resources:
        text = "m: &m {Owner: us}\n" + text
        place += 1

    error = refusal(tmp_path, text)

    assert error.message == f"`{tmp_path}/template.yaml:{place}`: {message}"
    assert error.hint == "write it out, with `BuildMethod: makefile` below `Metadata`"


def test_metadata_that_is_a_function_of_cloudformation_is_an_error_of_reading(tmp_path: Path) -> None:
    text = "Resources:\n  One:\n    Type: AWS::Lambda::Function\n    Metadata: !Include a\n"

    assert (
        refusal(tmp_path, text).message == f"`{tmp_path}/template.yaml:4`: `Metadata` of `One` is an intrinsic function"
    )
