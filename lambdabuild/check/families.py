"""What a version node means to a person: which library, and of which release. Words only; no judgement needs it.

GCC's manual of libstdc++, "ABI Policy and Guidelines", for GLIBCXX and CXXABI; glibc calls its nodes after its
releases; libgcc's GCC_X.Y is of GCC X.Y.
"""

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


def release_of(nodes: Iterable[str]) -> str:
    """The release that defines all of these nodes of one library, in words; empty where it is not known."""
    every = frozenset(nodes)
    if gcc := max((_gcc(node) for node in every), default=0):
        return f"the libstdc++ of GCC {gcc}"
    if glibc := newest(every, "GLIBC"):
        return f"glibc {glibc.rpartition('_')[2]}"
    if libgcc := newest(every, "GCC"):
        return f"the libgcc of GCC {libgcc.rpartition('_')[2]}"
    return ""


def in_order(nodes: Iterable[str]) -> list[str]:
    """Nodes by family and number."""
    return sorted(nodes, key=lambda node: (family_of(node), version_of(node, family_of(node)), node))


def _gcc(node: str) -> int:
    return _GLIBCXX.get(version_of(node, "GLIBCXX"), 0) or _CXXABI.get(version_of(node, "CXXABI"), 0)
