"""Judges what the loader finds on a runtime. Pure: it reads no file."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

from lambdabuild.check.demangle import listed
from lambdabuild.check.facts import FileFacts
from lambdabuild.check.loader import load
from lambdabuild.check.loading import Asserted, Loaded, Loading, Unmet, Unresolved
from lambdabuild.check.subject import OPT, Runtime, Subject
from lambdabuild.check.tree import Found, Tree
from lambdabuild.check.verdict import Verdict
from lambdabuild.model.abi import LOADERS, newest, version_of
from lambdabuild.model.elf import ElfFacts
from lambdabuild.model.families import in_order, project_of, release_of

FIRST_THAT_TAKES_NO_VERSIONS: Final = (2, 41)
"""glibc 2.31 and 2.36 abort in check_match (elf/dl-lookup.c), 2.41 does not; of those between it is not known here."""

RELR_NODE: Final = "GLIBC_ABI_DT_RELR"
_RULES_OF_PROJECTS: Final = {"glibc": "LB311", "libstdc++": "LB312", "libgcc": "LB312"}


class Linking:
    """One artifact on one runtime. `reached` are the paths of its files that some program has loaded."""

    def __init__(self, subject: Subject, runtime: Runtime, tree: Tree) -> None:
        self._subject = subject
        self._runtime = runtime
        self._tree = tree
        self._named: dict[str, list[tuple[str, FileFacts]]] = defaultdict(list)
        for path, file in tree.files.items():
            for name in {PurePosixPath(path).name, file.object.soname or ""}:
                self._named[name].append((path, file))
        self.reached: set[str] = set()

    def program(self, file: FileFacts, *, opened: Sequence[str] = (), carried: bool) -> Iterator[Verdict]:
        """Judge a program, and all that is loaded with it."""
        assert isinstance(file.elf, ElfFacts), "a program"
        interpreter = file.elf.interpreter
        if interpreter is None:
            return
        if self._tree.resolve(interpreter) is None:
            if interpreter.startswith(f"{OPT}/") and not self._subject.layers.entries:
                return  # of a layer that is not given
            yield Verdict(
                rule="LB319",
                file=file.name,
                details={"interpreter": interpreter, "image": self._runtime.words, "libc": _libc(interpreter)},
                carried=carried,
            )
            return
        found = Found(path=f"{file.root}/{file.name}", object=file.object, file=file)
        loading = load(self._tree, found, interpreter=interpreter, opened=opened)
        self.reached.update(each.found.path for each in loading.objects)
        yield from self._judge(loading, carried=carried)

    def library(self, file: FileFacts) -> Iterator[Verdict]:
        """Judge a library that no program of the artifact loads, with care: its host may bring what it lacks.

        What is somewhere in the artifact is taken for found, a symbol of no version for the host's, and the loader for
        loaded, as it is in every process.
        """
        found = Found(path=f"{file.root}/{file.name}", object=file.object, file=file)
        loading = load(self._tree, found, interpreter=LOADERS[self._runtime.inventory.platform])
        theirs = Loading(
            objects=loading.objects,
            missing=tuple(each for each in loading.missing if not self._elsewhere(each.name)),
            refused=(),
            unmet=loading.unmet,
            unresolved=tuple(each for each in loading.unresolved if each.references.node),
        )
        self.reached.update(each.found.path for each in loading.objects[1:])
        yield from self._judge(theirs, carried=True)

    def _judge(self, loading: Loading, *, carried: bool) -> Iterator[Verdict]:
        for missing in loading.missing:
            if missing.unlisted:
                details = {"library": missing.name}
                yield Verdict(rule="LB330", file=_name(missing.by), details=details, carried=carried)
                continue
            details = {
                "library": missing.name,
                "image": self._runtime.words,
                "elsewhere": self._elsewhere(missing.name),
                "opened": "it is opened while it runs, as `extra_needed` says" if missing.opened else "",
            }
            for by in dict.fromkeys([missing.by, *_needing(missing.name, loading)]):
                yield Verdict(rule="LB313", file=_name(by), details=details, carried=carried)
        for refused in loading.refused:
            assert refused.found.file is not None, "only files of the artifact are refused"
            details = {"by": _name(refused.by), "library": refused.name, "reason": refused.reason}
            yield Verdict(rule="LB320", file=refused.found.file.name, details=details, carried=carried)
        yield from self._versions(loading, carried=carried)
        yield from self._symbols(loading, carried=carried)

    def _versions(self, loading: Loading, *, carried: bool) -> Iterator[Verdict]:
        """One verdict for each object and each library that is too old for it."""
        groups: dict[tuple[Loaded, str, str], list[Unmet]] = defaultdict(list)
        bare = {(one.by, one.provider) for one in self._bare(loading)}
        for unmet in loading.unmet:
            ours = unmet.by.found.file is not None or unmet.provider.found.file is not None
            if ours and not (unmet.unversioned and (unmet.by, unmet.provider) in bare):
                groups[unmet.by, self._rule(unmet), project_of(unmet.need.node)].append(unmet)
        for (by, rule, _), unmets in groups.items():
            provider = unmets[0].provider
            details = self._details(loading, by, provider, [unmet.need.node for unmet in unmets]) | self._ahead(rule)
            details["library"] = "` and `".join(dict.fromkeys(_name(unmet.provider) for unmet in unmets))
            yield Verdict(rule=rule, file=_name(provider if rule == "LB328" else by), details=details, carried=carried)
        for one in self._bare(loading):
            details = {
                "symbols": listed(one.names),
                "library": _name(one.provider),
                "where": self._where(one.provider),
                "when": _when(called=one.references.called),
            }
            yield Verdict(rule="LB329", file=_name(one.by), details=details, carried=carried)
        yield from self._relr(loading, carried=carried)

    def _bare(self, loading: Loading) -> Sequence[Asserted]:
        """Symbols of libraries without any versions, where the runtime's glibc aborts for them."""
        libc = _libc_of(loading)
        node = newest(libc.found.object.linkage.nodes or frozenset(), "GLIBC") if libc else None
        old = node is not None and version_of(node, "GLIBC") < FIRST_THAT_TAKES_NO_VERSIONS
        return [one for one in loading.asserted if old and one.by.found.file is not None]

    def _where(self, provider: Loaded) -> str:
        return self._runtime.words if provider.found.file is None else "the artifact"

    def _rule(self, unmet: Unmet) -> str:
        node, by, provider = unmet.need.node, unmet.by, unmet.provider
        of_release = _RULES_OF_PROJECTS.get(project_of(node), "LB314") if release_of([node]) else "LB314"
        cases = (
            (unmet.unversioned, "LB325"),
            (unmet.need.weak, "LB326"),
            (node == RELR_NODE, "LB321"),
            (by.found.file is None, "LB328"),
            (of_release != "LB311" and self._copy(provider, frozenset([node])) is not None, "LB318"),
            (provider.found.file is not None, "LB314"),
            (self._in_build_image(unmet), "LB315"),
            (by.parent is not None, "LB317" if of_release != "LB314" else "LB314"),
            (True, of_release),
        )
        return next(rule for holds, rule in cases if holds)

    def _details(self, loading: Loading, by: Loaded, provider: Loaded, nodes: Sequence[str]) -> dict[str, str]:
        wanted = frozenset(nodes)
        known = provider.found.object.linkage.nodes or frozenset()
        family = {node for node in known if project_of(node) == project_of(next(iter(wanted)))}
        names = [name for one in by.found.object.linkage.references if one.node in wanted for name in one.names]
        bundled = self._copy(provider, wanted)
        return {
            "nodes": " and ".join(in_order(wanted)) if len(wanted) < 3 else ", ".join(in_order(wanted)),
            "it": "it" if len(wanted) == 1 else "them",
            "library": _name(provider),
            "soname": provider.found.object.soname or "",
            "where": self._where(provider),
            "symbols": listed(names) if names else "",
            "needs": release_of(wanted),
            "has": release_of(family) or "".join(in_order(known)[-1:]),
            "image": self._runtime.words,
            "by": _name(loading.objects[0] if by.found.file is not None else by),
            "built": "cgo" if by.found.file is not None and by.found.file.build is not None else "other",
            "bundled": bundled or "",
            "first": provider.path,
            "why": self._why_first(by, provider),
        }

    def _relr(self, loading: Loading, *, carried: bool) -> Iterator[Verdict]:
        """A file with DT_RELR that does not say so by a version: an old loader starts it, and it crashes."""
        libc = _libc_of(loading)
        if libc is None or RELR_NODE in (libc.found.object.linkage.nodes or ()):
            return
        for each in loading.objects:
            file = each.found.file
            if file is None or not isinstance(file.elf, ElfFacts) or file.elf.dynamic is None:
                continue
            said = any(need.node == RELR_NODE for need in each.found.object.linkage.needs)
            if file.elf.dynamic.relr and not said:
                details = self._details(loading, each, libc, [RELR_NODE]) | {"nodes": ""}
                yield Verdict(rule="LB321", file=file.name, details=details, carried=carried)

    def _symbols(self, loading: Loading, *, carried: bool) -> Iterator[Verdict]:
        """One verdict for each object, and for each library and version that lacks a symbol."""
        groups: dict[tuple[Loaded, str, str], list[Unresolved]] = defaultdict(list)
        for one in loading.unresolved:
            if one.by.found.file is None:
                continue
            if not one.references.weak:
                groups[one.by, one.references.file, one.references.node].append(one)
            elif one.references.node:
                details = {"symbols": listed(one.names), "image": self._runtime.words}
                yield Verdict(rule="LB327", file=_name(one.by), details=details, carried=carried)
        for (by, library, node), ones in groups.items():
            details = {
                "symbols": listed(name for one in ones for name in one.names),
                "library": library,
                "node": node,
                "whose": "" if library else "its",
                "when": _when(called=all(one.references.called for one in ones)),
            }
            yield Verdict(rule="LB316", file=_name(by), details=details, carried=carried)

    def _copy(self, provider: Loaded, nodes: frozenset[str]) -> str | None:
        """Another copy of a library in the artifact that has these nodes."""
        for path, file in self._copies(provider.found.object.soname or ""):
            if path != provider.found.path and nodes <= (file.object.linkage.nodes or frozenset()):
                return file.name
        return None

    def _copies(self, soname: str) -> Sequence[tuple[str, FileFacts]]:
        """The artifact's files of that name, in the file system or by themselves."""
        return self._named.get(soname, ()) if soname else ()

    def _elsewhere(self, name: str) -> str:
        return next((file.name for _, file in self._copies(name)), "")

    def _ahead(self, rule: str) -> dict[str, str]:
        image = self._subject.build_image() if rule == "LB315" else None
        return {"build_image": image.words} if image else {}

    def _in_build_image(self, unmet: Unmet) -> bool:
        image = self._subject.build_image()
        if image is None:
            return False
        return any(
            known.soname == unmet.need.file and unmet.need.node in (known.linkage.nodes or ())
            for known in image.inventory.objects.values()
        )

    def _why_first(self, by: Loaded, provider: Loaded) -> str:
        if by.found.object.runpath is not None and provider.found.file is None:
            return "since LD_LIBRARY_PATH goes before DT_RUNPATH"
        return "since the folder of the bundled one is not where it looks, or comes later"


def _needing(name: str, loading: Loading) -> Iterator[Loaded]:
    return (each for each in loading.objects if name in each.found.object.needed)


def _libc_of(loading: Loading) -> Loaded | None:
    return next((each for each in loading.objects if each.is_named("libc.so.6")), None)


def _when(*, called: bool) -> str:
    return "it crashes when it calls it" if called else "it does not start"


def _name(loaded: Loaded) -> str:
    return loaded.path if loaded.found.file is None else loaded.found.file.name


def _libc(interpreter: str) -> str:
    if "musl" in interpreter:
        return "musl, the C library of Alpine"
    return "the C library of Nix" if interpreter.startswith("/nix/") else ""
