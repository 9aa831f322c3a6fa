"""What a loader decides of a program, in words in which the real one and the emulation can be compared."""

import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from lambdabuild.check.loading import Loading
from lambdabuild.check.search import TASK
from lambdabuild.check.symbols import unresolved
from lambdabuild.model.elf import DamagedElf
from tests.support.standins import LoaderSays

UNLISTED = "needs versions of a library that is not loaded"
CRASH = f"exit {-signal.SIGSEGV}: "
BARE = "finds a symbol of a version in a library that has none"

_LINE = re.compile(r"\t(?:(?P<name>\S*) => )?(?P<path>not found|\S+)(?: \(0x[0-9a-f]+\))?")
_VDSO = "linux-vdso.so.1"
_ASSERTIONS = {
    "_dl_check_map_versions: Assertion `needed != NULL'": UNLISTED,
    "check_match: Assertion `version->": BARE,
}
_ERRNO = re.compile(r"(?<=cannot read file data): .*")
_DAMAGED = ": damaged"
_BY_NAME = ("cannot dynamically load", "object file has no")
"""What _dl_map_object_from_fd says, not open_verify: it calls the file as it is needed, not as it is found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`loaded` are the paths in their order, as they were found, without the program.

    `versions` are (file, node, requirer, whether it is weak), `unversioned` (file, requirer), `undefined` (name, node,
    requirer). `ends` is what ends the loader itself, `starts` whether the program runs where all is bound at once.
    `vague` are objects that need versions of libraries that are missing. A trace does not say the truth of their
    symbols, and may abort or crash over them: it has no table of their versions then (_dl_check_map_versions).
    """

    loaded: tuple[str, ...]
    missing: frozenset[str]
    versions: frozenset[tuple[str, str, str, bool]]
    unversioned: frozenset[tuple[str, str]]
    undefined: frozenset[tuple[str, str, str]]
    ends: str
    starts: bool
    vague: frozenset[str] = frozenset()

    def without(self, loader: str) -> "Decision":
        """The same without the loader where it comes last: from glibc 2.41 on it is listed then, needed or not."""
        return replace(self, loaded=self.loaded[:-1]) if self.loaded[-1:] == (loader,) else self


def of_trace(says: LoaderSays, *, starts: bool) -> Decision:
    """Of what the real loader has printed."""
    lines = [match for line in says.stdout.splitlines() if (match := _LINE.fullmatch(line))]
    paths = [line["path"] for line in lines if line["path"] != "not found" and line["path"] != _VDSO]
    return Decision(
        loaded=tuple(absolute(path) for path in paths),
        missing=frozenset(_name(line["name"]) for line in lines if line["path"] == "not found"),
        versions=frozenset(
            (absolute(each.file), each.node, absolute(each.requirer), each.weak) for each in says.missing_versions
        ),
        unversioned=frozenset((absolute(each.file), absolute(each.requirer)) for each in says.without_versions),
        undefined=frozenset((each.name, each.node or "", absolute(each.requirer)) for each in says.undefined),
        ends=_end_of(says),
        starts=starts,
    )


def of_loading(loading: Loading, *, asserts: bool) -> Decision:
    """Of what the emulation has found. `asserts`: the loader is one that ends at a library without versions."""
    missing = [each for each in loading.missing if not each.unlisted]
    versions = frozenset(
        (each.provider.path, each.need.node, each.by.path, each.need.weak)
        for each in loading.unmet
        if not each.unversioned
    )
    undefined = frozenset(_undefined(loading))
    ends = next(_ends(loading, asserts=asserts), "")
    strong = [each for each in versions if not each[3]]
    names = {each.name for each in missing}
    return Decision(
        loaded=tuple(each.path for each in loading.objects[1:]),
        missing=frozenset(_name(name) for name in names),
        versions=versions,
        unversioned=frozenset((each.provider.path, each.by.path) for each in loading.unmet if each.unversioned),
        undefined=undefined,
        ends=ends,
        starts=not (missing or strong or undefined or ends),
        vague=frozenset(
            each.path for each in loading.objects if any(need.file in names for need in each.found.object.linkage.needs)
        ),
    )


def differences(truth: Decision, ours: Decision, *, loader: str) -> list[str]:
    """Where they do not agree, in words. `loader` is the path of the loader itself."""
    found = []
    if truth.starts != ours.starts:
        found.append(f"starts: {truth.starts}, ours {ours.starts}")
    if not (ours.vague and _late(truth.ends) and _late(ours.ends)) and not _same_end(truth.ends, ours.ends):
        found.append(f"ends: {truth.ends!r}, ours {ours.ends!r}")
    if not _late(truth.ends):
        return found
    if truth.without(loader).loaded != ours.without(loader).loaded:
        found.append(f"loaded: {truth.loaded}, ours {ours.loaded}")
    compared = ["missing", "versions", "unversioned"]
    if not (truth.ends or ours.ends or ours.vague):
        compared.append("undefined")
    for field in compared:
        theirs, emulated = getattr(truth, field), getattr(ours, field)
        if ours.vague:
            theirs = {each for each in theirs if _requirer(each) not in ours.vague}
            emulated = {each for each in emulated if _requirer(each) not in ours.vague}
        if theirs != emulated:
            found.append(f"{field}: only the loader {theirs - emulated}, only ours {emulated - theirs}")
    return found


def _late(end: str) -> bool:
    """Whether the loader came as far as symbols, if not to their end."""
    return end in ("", BARE) or end.startswith(CRASH)


def _same_end(truth: str, ours: str) -> bool:
    """What a damaged file does to the loader is not said in its words, and may be a signal."""
    return bool(truth) if ours.endswith(_DAMAGED) else truth == ours


def _requirer(each: str | tuple[str | bool, ...]) -> str:
    return "" if isinstance(each, str) else str(each[1] if len(each) == 2 else each[2])


def _end_of(says: LoaderSays) -> str:
    if says.fatal is None:
        return f"exit {says.exit_code}: {says.stderr}" if says.exit_code else ""
    for assertion, words in _ASSERTIONS.items():
        if assertion in says.fatal:
            return words
    path, _, reason = says.fatal.partition(": ")
    return f"{absolute(path)}: {_ERRNO.sub('', reason)}"


def _ends(loading: Loading, *, asserts: bool) -> Iterator[str]:
    """What ends it, the first first."""
    for refused in loading.refused:
        damaged = refused.found.file is not None and isinstance(refused.found.file.elf, DamagedElf)
        reason = _ERRNO.sub("", refused.reason)
        called = absolute(refused.name) if reason.startswith(_BY_NAME) else refused.path
        yield f"{refused.path}{_DAMAGED}" if damaged else f"{called}: {reason}"
    if any(each.unlisted for each in loading.missing):
        yield UNLISTED
    if loading.asserted and asserts:
        yield BARE


def _undefined(loading: Loading) -> Iterator[tuple[str, str, str]]:
    """All of them, for the loader goes on after what is missing."""
    for asker in loading.objects:
        for one in unresolved(asker, loading.objects):
            if not one.references.weak:
                yield from ((name, one.references.node, asker.path) for name in one.names)


def absolute(path: str) -> str:
    """As the emulation writes it."""
    return str(PurePosixPath(TASK, path))


def _name(name: str) -> str:
    """As the emulation writes it, which calls what it misses by the usual platform."""
    usual = name.replace("/haswell/", "/x86_64/")
    return absolute(usual) if "/" in usual else usual
