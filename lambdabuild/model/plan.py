"""What will run: actions, their inputs, and the groups that one `go build` makes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lambdabuild.model.platform import Architecture

ZIG_FLAGS = "ZIG_FLAGS"
"""The variable of an action that holds what zig is told: a compiler in CC and CXX has a path, which no key may hold."""

_DIGEST = re.compile(r"(?P<hash>[0-9a-f]{64})/(?P<size>0|[1-9][0-9]*)")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Digest:
    """A blob in the Remote Execution API's words: hex SHA-256 and length in bytes."""

    hash: str
    size: int

    def __str__(self) -> str:
        return f"{self.hash}/{self.size}"

    @classmethod
    def parse(cls, text: str) -> "Digest":
        """Read `hash/size`; ValueError for anything else."""
        match = _DIGEST.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not a digest: hash/size")
        return cls(hash=match["hash"], size=int(match["size"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What the filesystem said of a file when it was hashed; another value later means that it was touched."""

    size: int
    mtime: int
    inode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """A file of the input tree: `path` inside it, its bytes at `source`, or in memory where there is none."""

    path: PurePosixPath
    digest: Digest
    executable: bool = False
    source: Path | None = None
    content: bytes = b""
    stamp: Stamp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InputTree:
    """A folder of the input tree whose digest is known without reading it again: a module, the toolchain."""

    path: PurePosixPath
    digest: Digest
    source: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The input root: single files, and trees by digest."""

    root: Digest
    files: tuple[InputFile, ...]
    trees: tuple[InputTree, ...]

    @property
    def nodes(self) -> tuple[tuple[str, Digest], ...]:
        """Every file and whole tree that the action names, by path."""
        files = [(str(file.path), file.digest) for file in self.files]
        return tuple(sorted([*files, *((str(tree.path), tree.digest) for tree in self.trees)]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One hermetic command. Two commands with one digest make the same bytes. Paths are inside the input root."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    working_directory: PurePosixPath
    outputs: tuple[str, ...]
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One function for one architecture. `digest` is its REAPI Action digest, the only cache key there is.

    `package` is as given to go, relative to the group's folder; `binary` the name that go gives to the file;
    `sources` the Go files of each package that is not the standard library's, by import path, its own last; `folders`
    the names of files in the folders of its local packages, so that one that appears is seen; `embedded` the local
    files that end up in the program as they are (`//go:embed`); `native` is a digest of the local files that C may
    read, of which go's own cache sees a few, and empty where no local package has C; `assembly` says that a local
    package's assembly reads headers of other folders, which that cache does not see.
    """

    function: str
    architecture: Architecture
    package: str
    binary: str
    command: Command
    inputs: Inputs
    digest: Digest
    sources: Mapping[str, tuple[Path, ...]]
    folders: Mapping[Path, frozenset[str]]
    embedded: frozenset[Path] = frozenset()
    native: str = ""
    assembly: bool = False

    @property
    def import_path(self) -> str:
        """What go calls the package: the last of `sources`."""
        *_, last = ("", *self.sources)
        return last


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """An installed Go: `root` is its GOROOT."""

    version: str
    root: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildImage:
    """The locked image that a group is compiled in.

    `pin` is `name:tag@sha256:…`, `platforms` the digests of its manifests. `platform` is the one that it must be, since
    its compiler makes the bytes; None where any will do, and the one that the engine runs natively is best.
    """

    pin: str
    platforms: Mapping[str, str]
    platform: str | None = None

    @property
    def compiles(self) -> bool:
        """Whether a compiler of the image is run, as for `cgo: image`; go and zig are brought along."""
        return self.platform is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Zig:
    """An installed zig: `root` is the folder of its program."""

    version: str
    root: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Actions that one `go build` can make: one toolchain, folder, environment and set of flags.

    No two of its binaries have one name, since go would overwrite the one with the other and exit 0. `image` is None
    for the host's own executor. `zig` is the version of the one that compiles its C, if it does; the environment says
    how.
    """

    toolchain: Toolchain
    folder: Path
    env: Mapping[str, str]
    flags: tuple[str, ...]
    actions: tuple[Action, ...]
    image: BuildImage | None = None
    zig: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that a build will run."""

    groups: tuple[Group, ...]

    @property
    def actions(self) -> tuple[Action, ...]:
        """In the order of function and architecture."""
        every = (action for group in self.groups for action in group.actions)
        return tuple(sorted(every, key=lambda action: (action.function, action.architecture)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionResult:
    """How an action ended. `output` holds the compiler's own words; `binary` is None where it failed."""

    exit_code: int
    output: str
    binary: Path | None
    seconds: float
    disturbed: tuple[Path, ...] = ()
