"""The Go Lambda functions of a project: main packages that reach aws-lambda-go's `lambda`, without running go."""

import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lambdabuild.discovery.folders import walk
from lambdabuild.discovery.packages import Package, Reach, Sources
from lambdabuild.model.discovery import Discovery, GoMain, Remark

SDK: Final = "github.com/aws/aws-lambda-go"

STARTERS: Final = (
    f"{SDK}/lambda",
    f"{SDK}/lambdaurl",
    "github.com/akrylysov/algnhsa",
    "github.com/apex/gateway",
)
"""Packages whose functions start the loop of a Lambda function; below them all the same (`gateway/v2`)."""

OF_C: Final = (
    "github.com/mattn/go-sqlite3",
    "github.com/DataDog/zstd",
    "github.com/chai2010/webp",
    "github.com/smacker/go-tree-sitter",
    "github.com/tree-sitter/go-tree-sitter",
)
"""Modules that bring their C along, and do not do their work without it. go-sqlite3 compiles all the same with cgo off,
and says so when it is called."""


def discover(project: Path) -> Discovery:
    """What lies below `project`; module files are found upwards, too. No error: what go cannot read, it will say."""
    sources = Sources()
    root = str(project.resolve())
    finder = _Finder(sources, root, str(project))
    count = 0
    folders = []
    for folder in walk(Path(root)):
        folders.append(folder.path)
        if any(name.endswith(".go") for name in folder.files):
            count += 1
            finder.look_at(folder.path)
    return finder.result(count, frozenset(folders))


class _Finder:
    """Gathers mains and remarks, folder by folder."""

    def __init__(self, sources: Sources, root: str, seen: str) -> None:
        self._sources = sources
        self._root = root
        self._seen = seen
        self._reaches: dict[str, Reach] = {}
        self._mains: list[GoMain] = []
        self._others: list[str] = []
        self._left_out: list[str] = []
        self._remarks: list[Remark] = []
        self._asked: list[tuple[tuple[int, int, int], str]] = []

    def look_at(self, path: str) -> None:
        """Take the package in a folder of the project for a function, if it is one."""
        folder = posixpath.join(self._root, path) if path else self._root
        package = self._sources.package(folder)
        if "main" not in package.names:
            return
        shown = f"./{path}" if path else "."
        home = self._sources.module_root(folder)
        reach = self._reach(home or folder)
        reached = dict(_reached(self._sources, reach, folder))
        if not any(_starts(one) for each in reached.values() for one in each.imports):
            self._others.append(shown)
            return
        if (wrong := self._wrong(shown, package, home, reach)) is not None:
            self._left_out.append(shown)
            self._remarks.append(wrong)
            return
        assert home is not None, "what is in no module is wrong"
        requires = self._sources.modfile(home).requires
        native = self._native(reached)
        perhaps = None if native else next((module for module in OF_C if module in requires), None)
        self._ask(reach)
        self._mains.append(
            GoMain(
                package=shown,
                import_path=reach.import_path(folder),
                go_mod=self._from_here(self._shown(home, "go.mod")),
                sdk=requires.get(SDK),
                architectures=package.architectures,
                native=native,
                perhaps_native=perhaps,
            )
        )

    def result(self, packages: int, folders: frozenset[str]) -> Discovery:
        """All of it. Of several files that ask for the newest Go, the first by name has asked."""
        newest = max((asked for asked, _ in self._asked), default=None)
        return Discovery(
            mains=tuple(self._mains),
            go=newest,
            go_asked_by=min((file for asked, file in self._asked if asked == newest), default=None),
            packages=packages,
            other_mains=tuple(self._others),
            left_out=tuple(self._left_out),
            folders=folders,
            remarks=tuple(self._remarks),
        )

    def _reach(self, home: str) -> Reach:
        return self._reaches.setdefault(home, Reach(self._sources, home))

    def _shown(self, folder: str, name: str) -> str:
        return posixpath.relpath(posixpath.join(folder, name), self._root)

    def _from_here(self, shown: str) -> str:
        """As the user sees it."""
        return posixpath.normpath(posixpath.join(self._seen, shown))

    def _wrong(self, shown: str, package: Package, home: str | None, reach: Reach) -> Remark | None:
        """Why go could not build it, or the spec not name it."""
        if len(package.names) > 1:
            names = ", ".join(f"`{name}`" for name in sorted(package.names))
            return Remark(
                place=self._from_here(shown),
                message=f"is left out: it holds several packages, {names}",
                hint="keep one in a folder",
            )
        if not shown.isprintable() or "\\" in shown or "..." in shown or shown.endswith(".go"):
            return Remark(
                place=self._from_here(shown),
                message="is left out: a spec cannot name this folder",
                hint="rename it, without control characters, `\\`, `...` and `.go` at the end",
            )
        if home is None:
            return Remark(
                place=self._from_here(shown),
                message="is left out: there is no go.mod in it or above it",
                hint="run `go mod init MODULE` in the folder of the module, then `go mod tidy`",
            )
        if reach.workspace is not None and home not in reach.used:
            work = self._shown(reach.workspace, "go.work")
            return Remark(
                place=self._from_here(shown),
                message=f"is left out: `{work}` does not use its module",
                hint=f"run `go work use ./{posixpath.relpath(home, reach.workspace)}`",
            )
        return None

    def _native(self, reached: dict[str, Package]) -> str | None:
        for folder, package in reached.items():
            if package.native:
                return f'{self._shown(folder, "")} has import "C"'
            for path in sorted(package.imports):
                if module := _in(path, OF_C):
                    return f"{module} is C"
        return None

    def _ask(self, reach: Reach) -> None:
        """Remember which Go the files ask for that go reads of a module."""
        files = [(folder, "go.mod") for folder in sorted({reach.root, *reach.used, *reach.modules.values()})]
        if reach.workspace is not None:
            files.append((reach.workspace, "go.work"))
        for folder, name in files:
            if (asked := self._sources.modfile(folder, name).go) is not None:
                self._asked.append((asked, self._shown(folder, name)))


def _reached(sources: Sources, reach: Reach, start: str) -> Iterator[tuple[str, Package]]:
    """A package and all local ones that it imports, by folder."""
    waiting, seen = [start], {start}
    while waiting:
        folder = waiting.pop()
        package = sources.package(folder)
        yield folder, package
        for path in sorted(package.imports):
            found = reach.folder(path)
            if found is not None and found not in seen:
                seen.add(found)
                waiting.append(found)


def _starts(path: str) -> bool:
    return _in(path, STARTERS) is not None


def _in(path: str, modules: tuple[str, ...]) -> str | None:
    """The module that a package is of."""
    return next((module for module in modules if path == module or path.startswith(f"{module}/")), None)
