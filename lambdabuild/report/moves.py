"""What moved between two images, in words. `code` says how names and values of strangers are shown."""

from collections.abc import Callable, Iterator, Sequence

from lambdabuild.io.text import printable
from lambdabuild.model.comparison import Difference, ImageMove, Library, Moved, PlatformMove, Side
from lambdabuild.model.contents import StoredLayer
from lambdabuild.model.families import release, spans
from lambdabuild.report.style import size

Code = Callable[[str], str]

_SHORT = len("sha256:") + 12


def title(move: ImageMove, code: Code) -> str:
    """The image, or both where they are two."""
    old, new = code(move.old.name), code(move.new.name)
    return old if old == new else f"{old} → {new}"


def pins(move: ImageMove, code: Code) -> str:
    """`old (created) → new (created)`, each with its name where they are two."""
    two = move.old.name != move.new.name
    return f"{_side(move.old, code, named=two)} → {_side(move.new, code, named=two)}"


def summary(move: ImageMove) -> str | None:
    """What holds for the move as a whole, if anything does."""
    if move.unknown is not None:
        return f"which platforms it had is not known: {printable(move.unknown)}"
    if all(one.old == one.new for one in move.platforms if one.functions):
        return "no change for you"
    return None


def state(move: ImageMove, platform: PlatformMove, code: Code) -> str:
    """What is with one platform, for the functions of a project."""
    who = ", ".join(map(code, platform.functions))
    if platform.old == platform.new:
        return "no change for you"
    if platform.new is None:
        return f"lost, and {who} {_rely(platform.functions)} on it" if who else "lost; no function is for it"
    if platform.old is None and move.unknown is None:
        return f"new, for {who}" if who else "new; no function is for it"
    told = f"changed, for {who}" if who else "changed; no function is for it"
    return told if platform.unknown is None else f"{told}; what moved cannot be told: {printable(platform.unknown)}"


def plain_state(platform: PlatformMove) -> str:
    """The same of two images that no project has to do with."""
    match platform.old, platform.new:
        case old, new if old == new:
            return "the same"
        case _, None:
            return "only the first has it"
        case None, _:
            return "only the second has it"
    return "differs"


def tool(name: str) -> str:
    """`go` as people write it."""
    return {"go": "Go"}.get(name, name)


def lines(platform: PlatformMove, code: Code) -> Iterator[str]:
    """What moved, a line each, all but the packages."""
    found = platform.difference
    if found is not None:
        told = list(_told(found, code))
        yield from told or (() if found.packages else ("what a program can see is the same",))
        if found.problem is not None:
            yield f"packages cannot be told: {printable(found.problem)}"
        if found.layers is not None:
            yield f"layers: {_layers(*found.layers)}"
        if _loses(found) and platform.functions:
            yield _what_it_means(platform, code)


def _told(found: Difference, code: Code) -> Iterator[str]:
    for library in found.changed:
        yield _versions(library, code)
    if libraries := [*_each(found.added, "added", code), *_each(found.removed, "removed", code)]:
        yield f"libraries: {'; '.join(libraries)}"
    for one in found.renamed:
        yield f"another soname: {_pair(one, code)}"
    if found.environment:
        yield f"environment: {'; '.join(f'{code(one.name)} {_pair(one, code)}' for one in found.environment)}"
    yield from (f"{one.name}: {_pair(one, code)}" for one in found.setup or ())


def packages(platform: PlatformMove) -> tuple[Moved, ...]:
    """The packages that moved; none where that cannot be told."""
    return (platform.difference.packages or ()) if platform.difference else ()


def counted(moved: Sequence[Moved]) -> str:
    """`3 packages: 1 added, 1 removed, 1 moved`."""
    added, removed = sum(one.old is None for one in moved), sum(one.new is None for one in moved)
    counts = {"added": added, "removed": removed, "moved": len(moved) - added - removed}
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return f"{len(moved)} package{'s' if len(moved) != 1 else ''}: {told}"


def _side(side: Side, code: Code, *, named: bool) -> str:
    name = [code(side.name)] if named or side.digest is None else []
    digest = [code(side.digest[:_SHORT])] if side.digest is not None else []
    return " ".join([*name, *digest, *([f"({side.created})"] if side.created else [])])


def _rely(functions: Sequence[str]) -> str:
    return "relies" if len(functions) == 1 else "rely"


def _versions(library: Library, code: Code) -> str:
    """`libstdc++ of GCC 11 → GCC 14: GLIBCXX_3.4.30 … 3.4.33 gained`."""
    told = [
        f"{', '.join(map(code, spans(nodes, among)))} {what}"
        for nodes, among, what in ((library.gained, library.new, "gained"), (library.lost, library.old, "lost"))
        if nodes
    ]
    return f"{_release(library, code)}: {'; '.join(told)}"


def _release(library: Library, code: Code) -> str:
    """The two that people know by their releases; nodes of other libraries do not come with every release."""
    match release(library.old), release(library.new):
        case ("libstdc++", old), ("libstdc++", new):
            return f"libstdc++ of {old}" + (f" → {new}" if old != new else "")
        case ("glibc", old), ("glibc", new) if library.name == "libc.so.6":
            return f"glibc {old}" + (f" → {new}" if old != new else "")
    return code(library.name)


def _each(names: Sequence[str], verb: str, code: Code) -> list[str]:
    return [f"{', '.join(map(code, names))} {verb}"] if names else []


def _pair(one: Moved, code: Code) -> str:
    if one.old is None:
        return f"{code(one.new or '')} added"
    return f"{code(one.old)} removed" if one.new is None else f"{code(one.old)} → {code(one.new)}"


def _layers(old: Sequence[StoredLayer], new: Sequence[StoredLayer]) -> str:
    same = len({layer.diff_id for layer in old} & {layer.diff_id for layer in new})
    before, after = (sum(layer.size for layer in layers) for layers in (old, new))
    return f"{len(old)} → {len(new)}, {same} the same; {size(before)} → {size(after)} as stored"


def _loses(found: Difference) -> bool:
    return bool(found.removed or found.renamed or any(library.lost for library in found.changed))


def _what_it_means(platform: PlatformMove, code: Code) -> str:
    """To whom a loss matters."""
    who = ", ".join(map(code, platform.judged or platform.functions))
    if platform.judged:
        return f"{who} {_rely(platform.judged)} on what is lost"
    return f"{who} {'is' if len(platform.functions) == 1 else 'are'} static: what is lost matters to `include` alone"
