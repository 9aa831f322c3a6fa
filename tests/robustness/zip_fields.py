"""Where the numbers of a zip are: PKWARE's APPNOTE.TXT 4.3.7, 4.3.12, 4.3.14, 4.3.15, 4.3.16."""

import re
from collections.abc import Sequence
from itertools import accumulate

from tests.robustness.fuzzing import Field

_RECORDS = {
    b"PK\x01\x02": (4, 2, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2, 2, 2, 2, 4, 4),
    b"PK\x03\x04": (4, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2),
    b"PK\x05\x06": (4, 2, 2, 2, 2, 4, 4, 2),
    b"PK\x06\x06": (4, 8, 2, 2, 4, 4, 8, 8, 8, 8),
    b"PK\x06\x07": (4, 4, 8, 4),
}
_BEHIND = 40
"""Bytes behind a record, where its names and extra fields are."""


def groups_of(content: bytes) -> Sequence[Sequence[Field]]:
    """The fields of each record, then what lies behind it."""
    groups: list[list[Field]] = []
    for match in re.finditer(b"PK(?:\x01\x02|\x03\x04|\x05\x06|\x06\x06|\x06\x07)", content):
        widths = _RECORDS[match[0]]
        places = accumulate(widths, initial=match.start())
        groups.append([Field(at, width) for at, width in zip(places, widths, strict=False)])
        end = match.start() + sum(widths)
        groups.append([Field(at, 1) for at in range(end, min(end + _BEHIND, len(content)))])
    return [group for group in groups if group]
