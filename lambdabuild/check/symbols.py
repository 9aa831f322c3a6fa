"""Which symbols a scope lacks: by name and version, as glibc looks them up (elf/dl-lookup.c, check_match)."""

from collections.abc import Iterator, Sequence

from lambdabuild.check.loading import Loaded, Unresolved
from lambdabuild.model.elf import Linkage

_FIRST_VERSION = 3
"""Entries of DT_VERSYM below it are local, global and the oldest node: who asks for no version gets those."""


def unresolved(by: Loaded, scope: Sequence[Loaded]) -> Iterator[Unresolved]:
    """What is left of each group of references after the whole scope was asked."""
    for references in by.found.object.linkage.references:
        left = set(references.names)
        for each in scope:
            if not left:
                break
            left -= _given(each.found.object.linkage, left, references.node)
        if left:
            yield Unresolved(by=by, references=references, names=tuple(sorted(left)))


def _given(linkage: Linkage, names: set[str], node: str) -> set[str]:
    """Those of `names` that an object gives to who asks for `node`, or for no version where it is empty."""
    given: set[str] = set()
    if not linkage.versioned:
        for exports in linkage.exports:
            given |= names & exports.names
    elif node:
        for exports in linkage.exports:
            if exports.node == node or (not exports.node and not exports.hidden):
                given |= names & exports.names
    else:
        defaults: set[str] = set()
        twice: set[str] = set()
        for exports in linkage.exports:
            if exports.index < _FIRST_VERSION:
                given |= names & exports.names
            elif not exports.hidden:
                found = names & exports.names
                twice |= found & defaults
                defaults |= found
        given |= defaults - twice
    return given
