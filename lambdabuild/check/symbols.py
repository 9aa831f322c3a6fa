"""Which symbols a scope lacks: by name and version, as glibc looks them up (elf/dl-lookup.c, check_match)."""

from collections.abc import Iterator, Sequence

from lambdabuild.check.loading import Asserted, Loaded, Unresolved
from lambdabuild.model.elf import Linkage, References

_FIRST_VERSION = 3
"""Entries of DT_VERSYM below it are local, global and the oldest node: who asks for no version gets those."""


def unresolved(by: Loaded, scope: Sequence[Loaded]) -> Iterator[Unresolved]:
    """What is left of each group of references after the whole scope was asked."""
    for references in by.found.object.linkage.references:
        left = set(references.names)
        for each in scope:
            if not left:
                break
            left -= _found(each, left, references, by)
        if left:
            yield Unresolved(by=by, references=references, names=tuple(sorted(left)))


def asserted(by: Loaded, scope: Sequence[Loaded]) -> Iterator[Asserted]:
    """Symbols of a version that are found in the very library that should have it, which has no versions at all.

    Nothing was wrong with the library where the loader came by its versions: without DT_VERDEF it only warns.
    """
    for references in by.found.object.linkage.references:
        if references.node and any(_is_bare(each, references) for each in scope):
            yield from _asserted(by, references, scope)


def _asserted(by: Loaded, references: References, scope: Sequence[Loaded]) -> Iterator[Asserted]:
    left = set(references.names)
    for each in scope:
        found = _found(each, left, references, by)
        if found and _is_bare(each, references):
            yield Asserted(by=by, provider=each, references=references, names=tuple(sorted(found)))
        left -= found


def _is_bare(each: Loaded, references: References) -> bool:
    return references.file in each.names and not _has_versions(each.found.object.linkage)


def _found(each: Loaded, names: set[str], references: References, by: Loaded) -> set[str]:
    """Those of `names` that an object gives to `by`.

    What `by` has itself, by the very version that it asks for, is what a copy relocation fills: others have to have it.
    """
    linkage = each.found.object.linkage
    found = _given(linkage, names, references.node)
    if each is by:
        found = found.difference(*(exports.names for exports in linkage.exports if exports.node == references.node))
    return found


def _has_versions(linkage: Linkage) -> bool:
    """Whether the loader looks at DT_VERSYM: never where nothing is defined or needed (_dl_check_map_versions)."""
    return linkage.versioned and (linkage.nodes is not None or bool(linkage.needs))


def _given(linkage: Linkage, names: set[str], node: str) -> set[str]:
    """Those of `names` that an object gives to who asks for `node`, or for no version where it is empty."""
    given: set[str] = set()
    if not _has_versions(linkage):
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
