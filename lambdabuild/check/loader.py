"""The dynamic loader, emulated: what a program loads, in which order, and what it does not find.

glibc: elf/dl-deps.c (breadth first), elf/dl-load.c (names, paths, open_verify), elf/dl-version.c (version nodes). The
differential test holds it to what the real loader prints.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath

from lambdabuild.check.loading import Asserted, Loaded, Loading, Missing, Refused, Unmet, Unresolved
from lambdabuild.check.search import Directories, absolute
from lambdabuild.check.symbols import asserted, unresolved
from lambdabuild.check.tree import Found, Tree
from lambdabuild.model.elf import Need


def load(tree: Tree, program: Found, *, interpreter: str | None = None, opened: Sequence[str] = ()) -> Loading:
    """Start `program` by its interpreter, then open what it opens with dlopen, one after the other.

    What was opened before is taken for visible to what is opened later (RTLD_GLOBAL): headers do not tell.
    """
    return _Loader(tree).run(program, interpreter, opened)


class _Loader:
    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._directories = Directories(tree.inventory)
        self._loader: Loaded | None = None
        self._objects: list[Loaded] = []
        self._by_kernel = 0
        self._closed = 0
        self._missing: list[Missing] = []
        self._refused: list[Refused] = []

    def run(self, program: Found, interpreter: str | None, opened: Sequence[str]) -> Loading:
        main = self._add(program, program.path, None)
        if interpreter is not None:
            main.names = {""}  # as elf/rtld.c, dl_main has it
            self._by_kernel = 1
            if (found := self._tree.find(interpreter)) is not None:
                self._loader = _loaded(found, interpreter, None)
        self._close_over()
        ends = [len(self._objects)]
        for name in opened:
            self._need(name, main, opened=True)
            self._close_over()
            ends.append(len(self._objects))
        unmet = tuple(self._versions())
        lacking: list[Unresolved] = []
        bare: list[Asserted] = []
        for start, end in pairwise([0, *ends]):
            for asker in self._objects[start:end]:
                lacking += self._symbols(asker, self._objects[:end], unmet)
                bare += asserted(asker, self._objects[:end])
        return Loading(
            objects=tuple(self._objects),
            missing=tuple(self._missing),
            refused=tuple(self._refused),
            unmet=unmet,
            unresolved=tuple(lacking),
            asserted=tuple(bare),
        )

    def _close_over(self) -> None:
        """Breadth first: what the first object needs that was not asked yet, then what each of the new ones needs."""
        while self._closed < len(self._objects):
            each = self._objects[self._closed]
            self._closed += 1
            for name in each.found.object.needed:
                self._need(name, each)

    def _need(self, name: str, by: Loaded, *, opened: bool = False) -> None:
        expanded = name
        for expanded in self._directories.expand(name, by.origin) if "$" in name else (name,):
            if self._have(expanded) or self._map(expanded, by):
                return
        if all(each.name != expanded for each in self._missing):
            self._missing.append(Missing(name=expanded, by=by, opened=opened))

    def _have(self, name: str) -> bool:
        """Whether something is loaded that goes by the name; the loader itself is, after the program."""
        first, *others = self._objects
        for known in (first, *([self._loader] if self._loader is not None else []), *others):
            if known.is_named(name):
                known.names.add(name)
                if known not in self._objects:
                    self._objects.append(known)
                return True
        return False

    def _map(self, name: str, by: Loaded) -> bool:
        """Load what is found first, unless it is loaded already, by another name; False where nothing is found.

        The loader does not know the file of the program itself, which the kernel has loaded.
        """
        found = self._search(name, by)
        if found is None:
            return False
        path, file = found
        if file.refusal is not None:
            self._refused.append(Refused(name=name, by=by, path=path, found=file, reason=file.refusal))
            return True
        for known in self._objects[self._by_kernel :]:
            if known.found.path == file.path:
                known.names.add(name)
                return True
        self._add(file, path, by).names.add(name)
        return True

    def _search(self, name: str, by: Loaded) -> tuple[str, Found] | None:
        paths: Iterable[str]
        if "/" in name:
            paths = (absolute(name),)
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
        if need.file not in self._absent():
            self._missing.append(Missing(name=need.file, by=by, unlisted=True))

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
