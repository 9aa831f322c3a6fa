"""What cannot become a zip, and what to do about it."""

from pathlib import Path

from lambdabuild.errors import EnvironmentFailure, ProjectError

PATTERNS = (
    "a pattern is relative to the project; `*`, `?` and `[…]` stay inside a folder, `**` crosses any number;"
    " names that begin with a dot match only a pattern that does; `dist/` and `.git` are left out"
)


class BadSourceError(ProjectError):
    """A source of an include that is not a path below the project."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(
            f"include `{source}`: the source {reason}",
            hint="write a path or a pattern relative to the project, like `templates/**/*.html`",
        )


class ArtifactSourceError(ProjectError):
    """A source of an include that is what a build writes: the next zip would hold this one."""

    def __init__(self, source: str) -> None:
        super().__init__(
            f"include `{source}`: the source is in `dist/`, which every build writes anew",
            hint="move the file out of `dist/`: one build would go into the next",
        )


class BadTargetError(ProjectError):
    """A target of an include that is not a path inside the zip."""

    def __init__(self, source: str, target: str, reason: str) -> None:
        super().__init__(
            f"include `{source}`: the target `{target}` {reason}",
            hint="write a path inside the zip, like `config.yaml`, or a folder, like `static/`",
        )


class NothingMatchesError(ProjectError):
    """An include that includes nothing."""

    def __init__(self, source: str, project: Path) -> None:
        super().__init__(f"include `{source}` matches no file in `{project}`", hint=PATTERNS)


class LeavesProjectError(ProjectError):
    """A symbolic link to what is not in the project, and so not on the next machine."""

    def __init__(self, source: str, link: str, real: Path) -> None:
        super().__init__(
            f"include `{source}`: `{link}` leads out of the project, to `{real}`",
            hint="copy what it points to into the project; another machine does not have it",
        )


class BrokenLinkError(ProjectError):
    """A symbolic link that ends nowhere."""

    def __init__(self, source: str, link: str, reason: str) -> None:
        super().__init__(
            f"include `{source}`: `{link}` is a symbolic link that cannot be followed: {reason}",
            hint="remove the link, or make what it points to",
        )


class LinkLoopError(ProjectError):
    """A symbolic link to a folder that it is in."""

    def __init__(self, source: str, link: str) -> None:
        super().__init__(
            f"include `{source}`: `{link}` leads back to a folder above it",
            hint="remove the link, or write a pattern that does not cross it",
        )


class UnreadableFolderError(ProjectError):
    """A folder that a pattern crosses and that cannot be listed."""

    def __init__(self, source: str, folder: str, reason: str) -> None:
        super().__init__(
            f"include `{source}`: the folder `{folder}` cannot be read: {reason}",
            hint="give yourself the right to read it, or write a pattern that does not cross it",
        )


class OverwritesBinaryError(ProjectError):
    """An include that would take the place of the program."""

    def __init__(self, source: str, name: str) -> None:
        super().__init__(
            f"include `{source}` would overwrite `{name}`, the compiled program",
            hint="give the include another `target`, or a pattern that does not match it",
        )


class BadNameError(ProjectError):
    """A name that no zip should hold."""

    def __init__(self, name: str, reason: str) -> None:
        shown = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in name)
        super().__init__(
            f"`{shown}` {reason}",
            hint="rename the file, or give its include a `target`",
        )


class SameNameError(ProjectError):
    """Two files that would be one after unzipping, somewhere."""

    def __init__(self, first: str, second: str, reason: str) -> None:
        super().__init__(
            f"`{first}` and `{second}` cannot lie in one zip: {reason}",
            hint="give one of them another `target`, or leave it out",
        )


class NeedsZip64Error(ProjectError):
    """More than the plain zip format can say; Lambda takes 250 MB."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what}: the zip format ends at 65534 entries and at 4 GiB, Lambda at 250 MB unzipped",
            hint="include less, or deploy a container image",
        )


class UnreadableEntryError(EnvironmentFailure):
    """A file that was there when entries were collected, and cannot be read now."""

    def __init__(self, name: str, source: Path, reason: str) -> None:
        super().__init__(
            f"`{source}`, which is `{name}` in the zip, cannot be read: {reason}",
            hint="check that nothing else writes to the project while it is packaged",
        )


class OtherCompressorError(EnvironmentFailure):
    """The deflate library gives other bytes than the one that zips are pinned to."""

    def __init__(self, version: str) -> None:
        super().__init__(
            f"the installed `deflate` {version} compresses to other bytes than lambdabuild promises",
            hint="reinstall it from its wheel: `pip install --force-reinstall --only-binary deflate deflate==0.9.0`",
        )
