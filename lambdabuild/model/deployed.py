"""A live Lambda function, and the artifact that should be its code."""

from collections.abc import Iterator
from dataclasses import dataclass

from lambdabuild.model.platform import Architecture

_NAMES = ("provided.", "go1.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFunction:
    """What Lambda says of a function that is there (Lambda API reference, GetFunctionConfiguration).

    `version` is `$LATEST` or a number, `architectures` are in our words, `last_modified` is as Lambda writes it.
    """

    name: str
    arn: str
    region: str
    version: str
    code_sha256: str
    last_modified: str
    runtime: str
    architectures: tuple[Architecture, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltFunction:
    """An artifact of dist/ whose bytes are what build.json says of them. `runtimes` are all that it is for."""

    function: str
    path: str
    code_sha256: str
    runtimes: tuple[str, ...]
    architectures: tuple[Architecture, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A live function beside its artifact."""

    live: LiveFunction
    built: BuiltFunction

    @property
    def same(self) -> bool:
        """Whether the code of both is the same, byte for byte."""
        return self.live.code_sha256 == self.built.code_sha256

    @property
    def unsupported(self) -> Iterator[str]:
        """What the live function runs on and the artifact is not for.

        Runtimes are compared where both are Lambda's own names; in a spec they may have others.
        """
        known = [runtime for runtime in self.built.runtimes if runtime.startswith(_NAMES)]
        if known and self.live.runtime not in known:
            yield self._unsupported(", ".join(known), self.live.runtime)
        for architecture in self.live.architectures:
            if architecture not in self.built.architectures:
                yield self._unsupported(", ".join(self.built.architectures), architecture)

    def _unsupported(self, built: str, live: str) -> str:
        return f"`{self.built.path}` is for {built}, and `{self.live.name}` runs on {live}"
