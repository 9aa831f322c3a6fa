"""What a version node means to a person: which library, and of which release. Words only; no judgement needs it.

GCC's manual of libstdc++, "ABI Policy and Guidelines", for GLIBCXX and CXXABI; glibc calls its nodes after its
releases; libgcc's GCC_X.Y is of GCC X.Y.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from lambdabuild.model.abi import newest, version_of

_GLIBCXX: Final[Mapping[tuple[int, ...], int]] = {
    (3, 4, 21): 5, (3, 4, 22): 6, (3, 4, 23): 7, (3, 4, 24): 7, (3, 4, 25): 8, (3, 4, 26): 9, (3, 4, 27): 9,
    (3, 4, 28): 9, (3, 4, 29): 11, (3, 4, 30): 12, (3, 4, 31): 13, (3, 4, 32): 13, (3, 4, 33): 14, (3, 4, 34): 15,
    (3, 4, 35): 16,
}  # fmt: skip
_CXXABI: Final[Mapping[tuple[int, ...], int]] = {
    (1, 3, 9): 5, (1, 3, 10): 6, (1, 3, 11): 7, (1, 3, 12): 9, (1, 3, 13): 11, (1, 3, 14): 13, (1, 3, 15): 14,
    (1, 3, 16): 15,
}  # fmt: skip
_LIBRARIES: Final = {"GLIBC": "glibc", "GLIBCXX": "libstdc++", "CXXABI": "libstdc++", "GCC": "libgcc"}


def family_of(node: str) -> str:
    """`GLIBCXX` of `GLIBCXX_3.4.30`; the node itself where it is not numbered."""
    return node.rpartition("_")[0] or node


def project_of(node: str) -> str:
    """The library that a node is of: `glibc`, `libstdc++`, `libgcc`; else its family."""
    family = family_of(node)
    return "glibc" if family.startswith("GLIBC_") else _LIBRARIES.get(family, family)


def release(nodes: Iterable[str]) -> tuple[str, str] | None:
    """Project and release that define all of these nodes of one library (`libstdc++`, `GCC 14`), if it is known."""
    every = frozenset(nodes)
    if any(version_of(node, "GLIBCXX") > max(_GLIBCXX) for node in every):
        return None  # newer than the table
    if gcc := max((_gcc(node) for node in every), default=0):
        return "libstdc++", f"GCC {gcc}"
    if libgcc := newest(every, "GCC"):  # arm64's has GLIBC_2.0 too
        return "libgcc", f"GCC {libgcc.rpartition('_')[2]}"
    if glibc := newest(every, "GLIBC"):
        return "glibc", glibc.rpartition("_")[2]
    return None


def release_of(nodes: Iterable[str]) -> str:
    """The same in words; empty where it is not known."""
    match release(nodes):
        case None:
            return ""
        case "glibc", number:
            return f"glibc {number}"
        case project, number:
            return f"the {project} of {number}"


def in_order(nodes: Iterable[str]) -> list[str]:
    """Nodes by family and number."""
    return sorted(nodes, key=lambda node: (family_of(node), version_of(node, family_of(node)), node))


def spans(nodes: Iterable[str], among: Iterable[str]) -> list[str]:
    """`GLIBCXX_3.4.30 … 3.4.33` for three or more that follow each other in `among`, where all of them are.

    The family with the most comes first.
    """
    chosen = frozenset(nodes)
    runs: list[list[str]] = []
    last = None
    for node in in_order(among):
        if node not in chosen:
            last = None
            continue
        if last is not None and family_of(node) == family_of(last) and version_of(node, family_of(node)):
            runs[-1].append(node)
        else:
            runs.append([node])
        last = node
    count = Counter(map(family_of, chosen))
    runs.sort(key=lambda run: -count[family_of(run[0])])
    return [word for run in runs for word in _run(run)]


def _run(nodes: list[str]) -> list[str]:
    return nodes if len(nodes) < 3 else [f"{nodes[0]} … {nodes[-1].rpartition('_')[2]}"]


def _gcc(node: str) -> int:
    return _GLIBCXX.get(version_of(node, "GLIBCXX"), 0) or _CXXABI.get(version_of(node, "CXXABI"), 0)
