"""Go Lambda functions as people have them: mains that start aws-lambda-go, modules that require it, templates."""

from collections.abc import Mapping
from pathlib import Path

from tests.support.cli import ROOT

SDK = "github.com/aws/aws-lambda-go v1.55.1"
"""As the examples require it; it asks for Go 1.26."""

MAIN = """package main

import "github.com/aws/aws-lambda-go/lambda"

func main() { lambda.Start(func() (string, error) { return "%s", nil }) }
"""

SUMS = (ROOT / "examples" / "go.sum").read_text()


def module(path: str, *lines: str, sdk: str = SDK, go: str = "1.26.0") -> str:
    """A go.mod that requires aws-lambda-go."""
    return "\n".join([f"module {path}", "", f"go {go}", "", f"require {sdk}", *lines, ""])


def write_tree(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files by path; the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder
