"""What go says of packages: `go list -deps -json`, parsed once, and its refusals in our classes."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lambdabuild.errors import CompileError, EnvironmentFailure, LambdabuildError, ProjectError
from lambdabuild.plan.modules import Module

_FILES = (
    "GoFiles", "CgoFiles", "CFiles", "CXXFiles", "MFiles", "HFiles", "FFiles", "SFiles", "SwigFiles",
    "SwigCXXFiles", "SysoFiles", "EmbedFiles",
)  # fmt: skip
_PROGRAM = ("GoFiles", "CgoFiles", "SwigFiles", "SwigCXXFiles")
"""Files of which a package that is compiled has one: go says so when it compiles, not when it lists."""

FIELDS = ("ImportPath", "Name", "Dir", "Standard", "Target", "Module", "Deps", *_FILES)
"""Fields of `go list -json` that are asked for (`go help list`, type Package)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package as it is built for one platform. `files`, `embedded` among them, are names relative to `folder`."""

    import_path: str
    name: str
    folder: Path
    standard: bool
    target: str
    module: Module | None
    deps: tuple[str, ...]
    files: tuple[str, ...]
    embedded: tuple[str, ...]
    assembly: tuple[str, ...]
    cgo: bool


def parse(listing: bytes) -> dict[str, Package]:
    """Packages by import path. `module` is None for the standard library and for local modules.

    ProjectError for a package of nothing but tests.
    """
    return {package.import_path: package for package in map(_package, _objects(listing.decode()))}


def _objects(text: str) -> Iterator[Mapping[str, object]]:
    decoder, position = json.JSONDecoder(), 0
    while position < len(text):
        value, position = decoder.raw_decode(text, position)
        yield value
        while position < len(text) and text[position].isspace():
            position += 1


def _package(raw: Mapping[str, object]) -> Package:
    if not any(_names(raw, kind) for kind in _PROGRAM):
        raise ProjectError(f"{_NOTHING}: no non-test Go files in `{raw['ImportPath']}`", hint=_LOOK)
    return Package(
        import_path=str(raw["ImportPath"]),
        name=str(raw.get("Name", "")),
        folder=Path(str(raw.get("Dir", ""))),
        standard=bool(raw.get("Standard", False)),
        target=str(raw.get("Target", "")),
        module=_module(raw.get("Module")),
        deps=_names(raw, "Deps"),
        files=tuple(name for kind in _FILES for name in _names(raw, kind)),
        embedded=_names(raw, "EmbedFiles"),
        assembly=_names(raw, "SFiles"),
        cgo=bool(_names(raw, "CgoFiles")),
    )


def _names(raw: Mapping[str, object], field: str) -> tuple[str, ...]:
    names = raw.get(field) or ()
    assert isinstance(names, list | tuple)
    return tuple(str(name) for name in names)


def _module(raw: object) -> Module | None:
    if not isinstance(raw, dict):
        return None
    chosen = raw.get("Replace") or raw
    return Module(path=chosen["Path"], version=chosen["Version"]) if "Version" in chosen else None


_NOTHING = "there is nothing that go can build"
_LOOK = "look at the files, their build constraints, and the spec's `tags` and `cgo`"

# What go writes, the class that it is, and what to do. The first pattern that is found decides.
_REFUSALS: tuple[tuple[str, type[LambdabuildError], str, str], ...] = (
    (
        r"SECURITY ERROR|checksum mismatch",
        EnvironmentFailure,
        "a module is not what go.sum says",
        "do not use it until you know why it changed",
    ),
    (
        r"missing go\.sum entry[^\n]*(?:\n\t(?P<fix>go [^\n]+))?",
        ProjectError,
        "go.sum is incomplete",
        "run `{fix}` and commit go.sum",
    ),
    (
        r"go\.(?:work\.)?sum:\d+: [^\n]*",
        ProjectError,
        "go.sum cannot be read",
        "restore it from version control, or remove it and run `go mod tidy`",
    ),
    (
        r"updates to go\.(?:work\.)?sum needed",
        ProjectError,
        "go.sum is incomplete",
        "run `go mod tidy`, in a workspace after `go work sync`, and commit go.mod, go.sum and go.work.sum",
    ),
    (
        r"updates to go\.(?:mod|work) needed",
        ProjectError,
        "go.mod is not up to date",
        "run `go mod tidy` and commit go.mod and go.sum",
    ),
    (
        r"requires go >= (?P<needs>\S+)",
        ProjectError,
        "the project needs Go {needs}, the spec says {go}",
        'write `go: "X.Y.Z"` of {needs} or newer in the spec and run `lambdabuild lock`',
    ),
    (
        r"errors parsing |go\.mod:\d+: |go\.work:\d+: |invalid go version",
        ProjectError,
        "Go {go} cannot read the project's go.mod or go.work",
        "a newer Go may know what stands there: the spec says `go: {go}`",
    ),
    (
        r"inconsistent vendoring|is not a package listed in vendor/modules\.txt",
        ProjectError,
        "vendor/ does not fit go.mod",
        "run `go mod vendor` (`go work vendor` in a workspace) and commit vendor/",
    ),
    (
        r"import lookup disabled by -mod=vendor",
        ProjectError,
        "vendor/ lacks a package that the code imports",
        "run `go mod tidy` and `go mod vendor` (`go work vendor` in a workspace), and commit what they write",
    ),
    (
        r"main module \S+ does not contain package|outside main module or its selected dependencies",
        ProjectError,
        "the package is not of the module that it is built in",
        "name the folder of the package's own go.mod as `module`, or leave `module` out; `go work use` in a workspace",
    ),
    (
        r"no required module provides package (?P<package>[^\s;:]+)|cannot find module providing package",
        ProjectError,
        "go.mod lacks a module that the code imports",
        "run `go mod tidy` and commit go.mod and go.sum",
    ),
    (
        (
            r"not one of the workspace modules|no modules were found in the current workspace"
            r"|directory prefix \S+ does not contain|go\.work[^\n]*no such file"
        ),
        ProjectError,
        "go.work does not hold the module",
        "run `go work use` with its folder, or remove go.work",
    ),
    (
        r"malformed import path[^\n]*",
        ProjectError,
        "go does not take a package path with such characters",
        "rename the folder, or give it a go.mod of its own: paths below a go.mod are ASCII, without spaces",
    ),
    (
        r"no (?:non-test )?Go files in|build constraints exclude all Go files|replacement directory",
        ProjectError,
        _NOTHING,
        _LOOK,
    ),
    (
        r"found packages \S+ \([^)]*\) and ",
        ProjectError,
        "a folder holds two packages",
        "move the files of one of them to a folder of its own, or give them a build constraint",
    ),
    (
        r"go\.mod file not found",
        ProjectError,
        "there is no go.mod",
        "run `go mod init MODULE` in the folder of your module",
    ),
    (
        r"(?:\(replaced by|module) \.\.?/[^\n]*: reading [^\n]*no such file",
        ProjectError,
        "a `replace` names a folder that has no go.mod",
        "correct the path behind `=>`, or run `go mod init MODULE` there",
    ),
    (
        (
            r"module lookup disabled|dial tcp|no such host|i/o timeout|connection re(?:fused|set)|proxyconnect"
            r"|reading (?:https?|file)://|: (?:4\d\d|5\d\d) [A-Z]|unrecognized import path|x509:|unexpected EOF"
            r"|TLS handshake|git (?:ls-remote|fetch|init)|unknown revision|verifying module|terminal prompts disabled"
        ),
        EnvironmentFailure,
        "a module cannot be fetched",
        "check the network, GOPROXY, GOPRIVATE and your credentials; `go mod download` shows it, too",
    ),
)


def refusal(words: str, *, version: str) -> LambdabuildError:
    """The error for go's words, which it carries whole. What is not known is the compiler's judgement of source."""
    for pattern, kind, message, hint in _REFUSALS:
        if match := re.search(pattern, words):
            facts = {name: value for name, value in match.groupdict().items() if value}
            facts = {"go": version, "fix": "go mod tidy"} | facts
            first = match[0].splitlines()[0]
            line = next((line for line in words.splitlines() if first in line), first).strip()
            return kind(f"{message.format(**facts)}: {line}", output=words, hint=hint.format(**facts))
    return CompileError("the compile failed", output=words)
