"""ELF files of a few tables in one segment, whose numbers are anything: what no compiler makes."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from lambdabuild.model.elf import DT_NULL

PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE, PT_PHDR = 1, 2, 3, 4, 6
PT_GNU_PROPERTY: Final = 0x6474E553
X86_64, AARCH64 = 62, 183
LIBRARY, PROGRAM = 3, 2

_HEADER, _PROGRAM_HEADER, _ENTRY = struct.Struct("<16sHHIQQQIHHHHHH"), struct.Struct("<IIQQQQQQ"), struct.Struct("<QQ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forged:
    """A file whose addresses are its offsets.

    `tables` become entries of PT_DYNAMIC with their addresses, `numbers` are further entries as they are. `loads` is
    how often its one segment is there, `headers` are other program headers, `tail` is how many zeros follow, which
    belong to the segment and take no room on the disk.
    """

    tables: Mapping[int, bytes] = field(default_factory=dict)
    numbers: Sequence[tuple[int, int]] = ()
    loads: int = 1
    headers: Sequence[bytes] = ()
    tail: int = 0
    type: int = LIBRARY
    machine: int = X86_64

    def content(self) -> bytes:
        """All but the tail."""
        count = 1 + self.loads + len(self.headers)
        place = _HEADER.size + count * _PROGRAM_HEADER.size
        length = _ENTRY.size * (len(self.numbers) + len(self.tables) + 1)
        entries, body = [*self.numbers], bytearray()
        for tag, table in self.tables.items():
            entries.append((tag, place + length + len(body)))
            body += table + bytes(-len(table) % 8)
        dynamic = b"".join(_ENTRY.pack(*each) for each in [*entries, (DT_NULL, 0)])
        identity = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
        head = _HEADER.pack(identity, self.type, self.machine, 1, 0, 64, 0, 0, 64, 56, count, 64, 0, 0)
        size = place + length + len(body) + self.tail
        segments = [header(PT_LOAD, 0, size)] * self.loads + [header(PT_DYNAMIC, place, length), *self.headers]
        return head + b"".join(segments) + dynamic + bytes(body)


def header(kind: int, at: int, size: int, *, memory: int | None = None) -> bytes:
    """A program header of what may be read, written and run."""
    return _PROGRAM_HEADER.pack(kind, 7, at, at, at, size, size if memory is None else memory, 8)
