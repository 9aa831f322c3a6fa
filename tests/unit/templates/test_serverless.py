"""What a serverless.yml says of functions, and where."""

from pathlib import Path

import pytest

from lambdabuild.errors import UsageError
from lambdabuild.model.template import TemplateFunction
from lambdabuild.templates.serverless import read_serverless

FILE = """\
service: shop
provider:
  name: aws
  runtime: provided.al2023
  architecture: arm64
package:
  individually: true
functions:
  orders:
    handler: bootstrap
    package:
      artifact: bin/orders.zip
  receipts:
    handler: cmd/receipts/main.go
    runtime: go1.x
    architecture: ${opt:arch, 'arm64'}
  thumbs:
    image: thumbs
  root:
    handler: main.go
resources:
  Resources:
    Table: !Sub "${AWS::StackName}"
"""


def read(folder: Path, text: str) -> tuple[TemplateFunction, ...]:
    (folder / "serverless.yml").write_text(text)
    return read_serverless(folder / "serverless.yml")


def test_each_function_says_what_it_says_and_where(tmp_path: Path) -> None:
    orders, receipts, thumbs, root = read(tmp_path, FILE)

    assert orders == TemplateFunction(
        file=tmp_path / "serverless.yml",
        logical_id="orders",
        line=9,
        runtime="provided.al2023",
        handler="bootstrap",
        architectures=("arm64",),
        code="bin/orders.zip",
        lines={"runtime": 4, "architectures": 5, "handler": 10, "code": 12},
    )
    assert (receipts.runtime, receipts.architectures) == ("go1.x", None)
    assert receipts.unsettled == frozenset({"architectures"})
    assert (receipts.code, receipts.where("code")) == ("cmd/receipts", f"{tmp_path}/serverless.yml:14")
    assert thumbs.package_type == "Image"
    assert root.code == "."


@pytest.mark.parametrize(
    "text",
    [
        "service: shop\n",
        "functions: ${file(functions.yml)}\n",
        "functions:\n  - ${file(functions.yml)}\n",
        "functions:\n  orders: ${file(orders.yml)}\n",
        "functions:\nprovider:\n",
    ],
)
def test_functions_that_are_elsewhere_are_not_guessed(text: str, tmp_path: Path) -> None:
    assert read(tmp_path, text) == ()


def test_what_is_not_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, "functions:\n  a: [\n")

    assert caught.value.message.startswith(f"`{tmp_path}/serverless.yml:3`: not YAML: ")
