"""Paths of a spec: relative to the project, with `/`, and never out of it."""

import posixpath
import re
from pathlib import PurePosixPath
from typing import Final

from lambdabuild.io.document import KeyPath, brief
from lambdabuild.spec.problems import Problems

_DRIVE: Final = re.compile(r"[A-Za-z]:")


def check_package(text: str, path: KeyPath, problems: Problems) -> str:
    """The main package in Go's words: `.` or `./cmd/orders` (`go help packages`)."""
    if not check_inside(text, path, problems):
        return text
    parts = text.split("/")
    normal = posixpath.normpath(text)
    if "..." in text:
        hint = "name one folder; every function has its own"
        problems.add(path, f"is `{brief(text)}`, a pattern, expected one package", hint=hint)
    elif parts[0] not in {".", ".."}:
        problems.add(path, f"is `{brief(text)}`, expected a path that begins with `./`", hint=f"write `./{text}`")
    elif text.endswith(".go"):
        folder = posixpath.dirname(normal)
        hint = f"write its folder: `{f'./{folder}' if folder else '.'}`"
        problems.add(path, f"is `{brief(text)}`, a file, expected the folder of a package", hint=hint)
    return normal if normal == "." else f"./{normal}"


def check_module(text: str, path: KeyPath, problems: Problems) -> PurePosixPath:
    """The folder of a go.mod."""
    if check_inside(text, path, problems) and posixpath.basename(text) == "go.mod":
        hint = f"write `{posixpath.dirname(text) or '.'}`"
        problems.add(path, f"is `{brief(text)}`, a file, expected the folder of go.mod", hint=hint)
    return PurePosixPath(posixpath.normpath(text))


def check_target(text: str, path: KeyPath, problems: Problems) -> str:
    """A name in the zip; a last `/` says that it is a folder."""
    if not check_inside(text, path, problems):
        return text
    normal = posixpath.normpath(text)
    if normal == ".":
        hint = "leave `target` out to keep the name, or name a file or a folder"
        problems.add(path, f"is `{brief(text)}`, the root of the zip", hint=hint)
    return f"{normal}/" if text.endswith("/") else normal


def check_inside(text: str, path: KeyPath, problems: Problems) -> bool:
    """Whether a path stays in the project on every system; where it does not, that is a problem."""
    shown = brief(text)
    if _DRIVE.match(text) or text.startswith(("/", "\\")):
        problems.add(path, f"is `{shown}`, an absolute path", hint="write it relative to the project")
    elif "\\" in text:
        slashed = brief(text.replace("\\", "/"))
        problems.add(path, f"is `{shown}`, with a backslash", hint=f"write `{slashed}`, on Windows too")
    elif posixpath.normpath(text).split("/")[0] == "..":
        hint = "move it into the project, or the spec above it"
        problems.add(path, f"is `{shown}`, which leaves the project", hint=hint)
    else:
        return True
    return False
