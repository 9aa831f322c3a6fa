"""Judges scripts that Lambda starts: is what reads them there?"""

from collections.abc import Iterator, Sequence
from typing import Final

from lambdabuild.check.facts import FileFacts
from lambdabuild.check.search import TASK
from lambdabuild.check.shebang import Shebang
from lambdabuild.check.subject import OPT, Runtime, Subject
from lambdabuild.check.tree import Tree
from lambdabuild.check.verdict import Verdict

SHELLS: Final = frozenset(["/bin/sh", "/bin/bash", "/usr/bin/sh", "/usr/bin/bash"])
"""The interpreters that every `provided.*` image has; for all others the image is asked."""

_OF_LOADERS: Final = frozenset(["LD_LIBRARY_PATH", "LD_PRELOAD", "LD_AUDIT", "--library-path", "--preload"])

_USUAL_PATH = "/usr/local/bin:/usr/bin/:/bin:/opt/bin"
"""PATH of a function (Lambda developer guide, "Defined runtime environment variables")."""


def is_known(subject: Subject, shebang: Shebang, files: Sequence[FileFacts]) -> bool:
    """Whether there is nothing to ask of the image: a shell, a file of the artifact or of a layer that is not given."""
    if shebang.crlf or not subject.runtime.startswith("provided"):
        return True
    if _by_env(shebang):
        return shebang.program in ("sh", "bash")
    if shebang.program.startswith(f"{OPT}/") and not subject.layers.entries:
        return True
    there = {f"{file.root}/{file.name}" for file in files}
    return shebang.program in SHELLS or shebang.program in there


def script(file: FileFacts, runtime: Runtime, tree: Tree) -> Iterator[Verdict]:
    """Judge a script on one runtime."""
    shebang = file.shebang
    assert shebang is not None, "a script"
    if _by_env(shebang):
        path = runtime.inventory.environment.get("PATH", _USUAL_PATH)
        places = [f"{folder}/{shebang.program}" for folder in path.split(":")] if shebang.program else []
        found = tree.resolve(shebang.interpreter) is not None and any(tree.resolve(place) for place in places)
    else:
        place = shebang.program if shebang.program.startswith("/") else f"{TASK}/{shebang.program}"
        found = bool(shebang.program) and tree.resolve(place) is not None
    if not found:
        details = {"program": shebang.program or "nothing", "image": runtime.words}
        yield Verdict(rule="LB113", file=file.name, details=details)


def own_loader(started: Sequence[FileFacts]) -> Verdict | None:
    """A script that makes an order of search of its own: what it starts cannot be judged by the runtime's."""
    for file in started:
        for word in sorted(file.words):
            if word in _OF_LOADERS or word.startswith("ld-linux"):
                return Verdict(rule="LB331", file=file.name, details={"word": word})
    return None


def _by_env(shebang: Shebang) -> bool:
    """Whether `env` looks the program up."""
    return shebang.program != shebang.interpreter and not shebang.program.startswith("/")
