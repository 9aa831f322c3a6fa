"""What is found in a project that has no spec yet, and the spec that is drafted from it. Standard library only."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from lambdabuild.model.platform import Architecture
from lambdabuild.model.template import TemplateFunction

BOTH: Final = (Architecture.ARM64, Architecture.AMD64)

Kind = Literal["sam", "cdk", "serverless"]
"""Whose words a template is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoMain:
    """A main package that hands its handler to aws-lambda-go.

    `package` is its folder in a spec's words (`./cmd/orders`), `import_path` what go calls it, `go_mod` the file of its
    module as the user sees it, `sdk` the version of aws-lambda-go that is required there. `architectures` are those
    that the names and the build constraints of its files allow. `native` is why it needs a C compiler: the local folder
    with `import "C"`, or a module of C; `perhaps_native` a module of C that go.mod requires, and that may come in
    through another one.
    """

    package: str
    import_path: str
    go_mod: str
    sdk: str | None = None
    architectures: tuple[Architecture, ...] = BOTH
    native: str | None = None
    perhaps_native: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something that a person should know or do. `place` is a file and a line (`template.yaml:12`), or a file."""

    message: str
    place: str | None = None
    function: str | None = None
    hint: str | None = None

    @property
    def line(self) -> str:
        """Where, which function, what."""
        place = f"{self.place}: " if self.place else ""
        name = f"`{self.function}`: " if self.function else ""
        return f"{place}{name}{self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What the Go side of a project holds.

    `go` is the newest Go that a go.mod or a go.work asks for, and `go_asked_by` that file. `packages` counts folders
    with Go files; `other_mains` are main packages without a handler, `left_out` those with one that go cannot build, or
    no spec can name. `folders` are all of people's own, relative to the project.
    """

    mains: tuple[GoMain, ...]
    go: tuple[int, int, int] | None
    go_asked_by: str | None
    packages: int
    other_mains: tuple[str, ...]
    left_out: tuple[str, ...]
    folders: frozenset[str]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A function as a template has it. `name` is what people call it there, `file` the template as seen from the
    project, `main` the import path of its program, where that was found in what is deployed.
    """

    said: TemplateFunction
    kind: Kind
    name: str
    file: str
    main: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFunction:
    """One function of the spec to be. `origin` says where its name comes from; `native` as in `GoMain`.

    `handler` is set where go1.x still runs it: the name of its file there.
    """

    name: str
    package: str
    runtime: str
    architectures: tuple[Architecture, ...]
    origin: str
    native: str | None = None
    perhaps_native: str | None = None
    handler: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The spec to be: the exact `go`, the `runtime` and `architectures` of functions that say no other, and in words
    who asked for that Go and chose the CPUs.
    """

    go: str
    go_reason: str
    runtime: str
    architectures: tuple[Architecture, ...]
    architectures_reason: str
    functions: tuple[DraftFunction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InitReport:
    """What `init` wrote, and what there is to say: `remarks` need a person, `passed_over` is not for us."""

    file: Path
    draft: Draft
    remarks: tuple[Remark, ...]
    passed_over: tuple[Remark, ...]
