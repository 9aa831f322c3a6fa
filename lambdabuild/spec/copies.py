"""Where copies of what is locked are: a folder of the project, a registry."""

import posixpath
from pathlib import PurePosixPath
from typing import Final

from lambdabuild.io.document import brief
from lambdabuild.model.reference import Mirror
from lambdabuild.spec.paths import check_inside
from lambdabuild.spec.problems import Problems

GO_VENDOR: Final = "vendor"
"""Where a folder of this name lies beside a go.mod, go looks for modules there (go.dev/ref/mod, vendoring)."""


def check_vendor(text: str, problems: Problems) -> PurePosixPath:
    """A folder for images and for nothing else."""
    folder = PurePosixPath(posixpath.normpath(text))
    if check_inside(text, ("vendor",), problems):
        hint = "write `vendor: third_party/images`"
        if folder == PurePosixPath():
            problems.add(("vendor",), f"is `{brief(text)}`, the project itself", hint=hint)
        elif GO_VENDOR in folder.parts:
            problems.add(("vendor",), f"is `{brief(text)}`, in a folder that go takes for modules", hint=hint)
    return folder


def check_mirror(text: str, problems: Problems) -> Mirror | None:
    """A registry by its host, and what comes before the names of the copies there."""
    try:
        return Mirror.parse(text)
    except ValueError:
        bare = text.partition("://")[2].rstrip("/")
        hint = f"write `{brief(bare)}`" if bare else "write a host and a prefix, such as `registry.example.com/mirror`"
        problems.add(("mirror",), f"is `{brief(text)}`, expected a registry", hint=hint)
        return None
