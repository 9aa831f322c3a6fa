"""A project of ten small functions for SAM: each CodeUri is a folder of its own, with its own Makefile."""

import shutil
from pathlib import Path

from tests.support.cli import ROOT

LOGICAL_IDS = {
    **{f"Fn{number}Function": f"fn{number}" for number in range(8)},
    **{f"Child/Fn{number}": f"fn{number}" for number in (8, 9)},
}
"""The built folders, and which function each is of. The last two are in a nested stack; `fn9` is for arm64."""

SPEC = """\
version: 1
go: "1.26.8"
runtime: provided.al2023
architectures: [amd64, arm64]
images: {provided.al2023: "public.ecr.aws/lambda/provided:al2023"}
functions:
"""
HEAD = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: provided.al2023, Handler: bootstrap}}
Resources:
"""
MAIN = """\
package main

import "example.com/words"

func main() { println(words.Hello, "%s") }
"""


def write_shop_of_ten(folder: Path) -> Path:
    """Write it; the module of the functions replaces another one by a folder beside it."""
    names = list(LOGICAL_IDS.values())
    _write(folder / "buildspec.yaml", SPEC + "".join(f"  {name}: {{package: ./app/cmd/{name}}}\n" for name in names))
    shutil.copy(ROOT / "images.lock", folder)
    _write(folder / "words" / "go.mod", "module example.com/words\n\ngo 1.24\n")
    _write(folder / "words" / "words.go", 'package words\n\nconst Hello = "hello"\n')
    _write(
        folder / "app" / "go.mod",
        "module example.com/app\n\ngo 1.24\n\nrequire example.com/words v0.0.0\n\n"
        "replace example.com/words => ../words\n",
    )
    templates = {folder / "template.yaml": HEAD, folder / "child" / "template.yaml": HEAD}
    for path, name in LOGICAL_IDS.items():
        home = folder / "app" / "cmd" / name
        _write(home / "main.go", MAIN % name)
        logical_id = path.rpartition("/")[2]
        _write(home / "Makefile", f"build-{logical_id}:\n\tlambdabuild hook sam\n")
        nested = "/" in path
        template = folder / "child" / "template.yaml" if nested else folder / "template.yaml"
        up = "../app" if nested else "app"
        architecture = "arm64" if name == "fn9" else "x86_64"
        templates[template] += (
            f"  {logical_id}:\n    Type: AWS::Serverless::Function\n    Metadata: {{BuildMethod: makefile}}\n"
            f"    Properties: {{CodeUri: {up}/cmd/{name}, Architectures: [{architecture}]}}\n"
        )
    templates[folder / "template.yaml"] += (
        "  Child:\n    Type: AWS::Serverless::Application\n    Properties: {Location: child/template.yaml}\n"
    )
    for template, text in templates.items():
        _write(template, text)
    return folder


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
