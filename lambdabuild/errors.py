"""The exception tree: each class owns its exit code, each error says what, where, and what to do."""

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class LambdabuildError(Exception):
    """What a user is told in one line, with a hint on what to do.

    `output` is what another program said, whole; it is shown first. Anything else that escapes is a bug of ours
    (exit code 70).
    """

    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, *, hint: str | None = None, output: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.output = output


class CompileError(LambdabuildError):
    """The compiler refused the source; its words are in `output`."""

    exit_code = 1


class UsageError(LambdabuildError):
    """The command line asks for something that is not there."""

    exit_code = 2


class SpecError(UsageError):
    """`buildspec.yaml` cannot be read as a spec."""


class ProjectError(UsageError):
    """The project cannot be built as it is (go.sum, go.mod, a package that is not main)."""


class LockError(LambdabuildError):
    """`images.lock` is missing, stale, damaged, or refuses an update."""

    exit_code = 3


class MissingLockError(LockError):
    """There is no lock file."""

    def __init__(self, lock: "Path") -> None:
        super().__init__(f"`{lock}` does not exist", hint="run `lambdabuild lock` and commit the file")


class StaleLockError(LockError):
    """The lock does not cover the spec."""

    def __init__(self, lock: "Path", missing: "Sequence[str]") -> None:
        super().__init__(
            f"`{lock}` does not pin {', '.join(f'`{name}`' for name in missing)}",
            hint="run `lambdabuild lock`, look at the change, commit it",
        )


class AbsentPlatformError(LockError):
    """What is pinned was never made for a platform that the spec asks for: no command can lock it."""

    def __init__(self, lock: "Path", reference: str, platform: str, platforms: "Iterable[str]") -> None:
        super().__init__(
            f"`{lock}`: `{reference}` has no {platform}, only {', '.join(platforms)}",
            hint="name an image that was made for this architecture, or leave the architecture out",
        )


class BrokenSealError(LockError):
    """A pin was moved alone: the facts beside it are another image's."""

    def __init__(self, lock: "Path", references: "Sequence[str]") -> None:
        super().__init__(
            f"`{lock}`: the seal of {', '.join(f'`{name}`' for name in references)} does not match its pin;"
            " a pin was moved without its platforms",
            hint="run `lambdabuild lock`: it reads the platforms of the new pin and seals them",
        )


class EnvironmentFailure(LambdabuildError):  # noqa: N818 - the machine failed, not the user
    """Engine, registry, network, disk, or bytes that are not what a digest says."""

    exit_code = 4

    def __init__(self, message: str, *, hint: str | None = None, output: str = "", temporary: bool = False) -> None:
        super().__init__(message, hint=hint, output=output)
        self.temporary = temporary


class AbsentError(EnvironmentFailure):
    """A registry answers, and has nothing of this name or digest."""


class RefusedError(EnvironmentFailure):
    """A registry answers, and does not take what it is given."""


class DigestMismatchError(EnvironmentFailure):
    """Bytes are not what their digest says. Never temporary, never used."""

    def __init__(self, what: str, *, expected: str, actual: str, hint: str | None = None) -> None:
        super().__init__(
            f"{what}: expected {expected}, got {actual}",
            hint=hint or "the source served other bytes than were locked; do not use it until you know why",
        )


class CheckFailedError(LambdabuildError):
    """At least one finding is an error: the artifact will not load, or will crash."""

    exit_code = 5


class NotReproducedError(LambdabuildError):
    """Bytes that should be the same are not."""

    exit_code = 6


class OtherCodeError(NotReproducedError):
    """What is deployed is not what was built."""

    def __init__(self, function: str, artifact: str, *, live: str, built: str, modified: str) -> None:
        super().__init__(
            f"{function} runs {live}, since {modified}, and `{artifact}` is {built}",
            hint=f"deploy `{artifact}` itself (a tool that zips a folder writes other bytes);"
            " or build the commit that was deployed, and compare with that",
        )
