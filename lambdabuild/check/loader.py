"""The dynamic loader, emulated: what a program loads, in which order, and what it does not find.

glibc: elf/dl-deps.c (breadth first), elf/dl-load.c (names, paths, open_verify), elf/dl-version.c (version nodes). The
differential test holds it to what the real loader prints.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from lambdabuild.check.loading import Loaded, Loading, Missing, Refused, Unmet, Unresolved
from lambdabuild.check.search import Directories
from lambdabuild.check.symbols import unresolved
from lambdabuild.check.tree import Found, Tree
from lambdabuild.model.elf import Need


def load(tree: Tree, program: Found, *, interpreter: str | None = None, opened: Sequence[str] = ()) -> Loading:
    """Start `program` by its interpreter, then open what it opens with dlopen."""
    return _Loader(tree).run(program, interpreter, opened)


class _Loader:
    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._directories = Directories(tree.inventory)
        self._loader: Loaded | None = None
        self._objects: list[Loaded] = []
        self._missing: list[Missing] = []
        self._refused: list[Refused] = []

    def run(self, program: Found, interpreter: str | None, opened: Sequence[str]) -> Loading:
        main = self._add(program, program.path, None)
        if interpreter is not None and (found := self._tree.find(interpreter)) is not None:
            self._loader = _loaded(found, interpreter, None)
        self._close_over(main.found.object.needed, main, 1)
        at_start = len(self._objects)
        for name in opened:
            before = len(self._objects)
            self._need(name, main, opened=True)
            self._close_over((), main, before)
        scopes = ((self._objects[:at_start], self._objects[:at_start]), (self._objects[at_start:], self._objects))
        unmet = tuple(self._versions())
        return Loading(
            objects=tuple(self._objects),
            missing=tuple(self._missing),
            refused=tuple(self._refused),
            unmet=unmet,
            unresolved=tuple(
                one for askers, scope in scopes for asker in askers for one in self._symbols(asker, scope, unmet)
            ),
        )

    def _close_over(self, needed: Iterable[str], by: Loaded, start: int) -> None:
        """Breadth first: what `by` needs, then what each of the new ones needs."""
        for name in needed:
            self._need(name, by)
        at = start
        while at < len(self._objects):
            for name in self._objects[at].found.object.needed:
                self._need(name, self._objects[at])
            at += 1

    def _need(self, name: str, by: Loaded, *, opened: bool = False) -> None:
        if "$" in name:
            name = next(self._directories.expand(name, by.origin))
        for known in self._objects:
            if known.is_named(name):
                known.names.add(name)
                return
        if self._loader is not None and self._loader.is_named(name):
            self._loader.names.add(name)
            self._objects.append(self._loader)
            return
        found = self._search(name, by)
        if found is None:
            if all(each.name != name for each in self._missing):
                self._missing.append(Missing(name=name, by=by, opened=opened))
            return
        path, file = found
        if file.refusal is not None:
            self._refused.append(Refused(name=name, by=by, found=file, reason=file.refusal))
            return
        for known in self._objects:
            if known.found.path == file.path:
                known.names.add(name)
                return
        self._add(file, path, by).names.add(name)

    def _search(self, name: str, by: Loaded) -> tuple[str, Found] | None:
        paths: Iterable[str]
        if "/" in name:
            paths = self._directories.expand(name, by.origin)
        else:
            paths = self._directories.of(name, [(each.found.object, each.origin) for each in by.chain])
        for path in paths:
            if (found := self._tree.find(path)) is not None:
                return path, found
        return None

    def _add(self, found: Found, path: str, parent: Loaded | None) -> Loaded:
        loaded = _loaded(found, path, parent)
        self._objects.append(loaded)
        return loaded

    def _versions(self) -> Iterator[Unmet]:
        for by in self._objects:
            for need in by.found.object.linkage.needs:
                provider = next((each for each in self._objects if need.file in each.names), None)
                if provider is None:
                    self._never_loaded(need, by)
                    continue
                nodes = provider.found.object.linkage.nodes
                if nodes is None or need.node not in nodes:
                    yield Unmet(need=need, by=by, provider=provider, unversioned=nodes is None)

    def _never_loaded(self, need: Need, by: Loaded) -> None:
        """A library whose versions are asked for, and that DT_NEEDED does not name: the loader aborts."""
        if need.file not in self._absent():
            self._missing.append(Missing(name=need.file, by=by))

    def _symbols(self, asker: Loaded, scope: Sequence[Loaded], unmet: Sequence[Unmet]) -> Iterator[Unresolved]:
        """Symbols of libraries and nodes that are missing are not missed again."""
        absent = self._absent()
        nodes = {(one.need.file, one.need.node) for one in unmet if one.by is asker and not one.unversioned}
        for one in unresolved(asker, scope):
            if one.references.file in absent or (one.references.file, one.references.node) in nodes:
                continue
            if not one.references.node and absent:
                continue
            yield one

    def _absent(self) -> set[str]:
        """Names of libraries that are not there, or are none."""
        return {each.name for each in self._missing} | {each.name for each in self._refused}


def _loaded(found: Found, path: str, parent: Loaded | None) -> Loaded:
    return Loaded(found=found, path=path, origin=str(PurePosixPath(path).parent), parent=parent, names={path})
