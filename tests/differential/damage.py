"""What may stand in a library's place and is none."""

import struct
from dataclasses import replace

from lambdabuild.model.abi import LOADERS
from lambdabuild.model.elf import DF_1_PIE, ElfType
from lambdabuild.model.platform import Architecture
from tests.support.elf import patched
from tests.support.handmade import Elf, write

OTHER = {Architecture.AMD64: Architecture.ARM64, Architecture.ARM64: Architecture.AMD64}
TEXT = b"/* GNU ld script */\nGROUP ( /lib64/libc.so.6 /usr/lib64/libc_nonshared.a )\n"
_EI_DATA, _EI_OSABI = 5, 7
_GNU, _FREEBSD = b"\3", b"\x09"


def damaged(elf: Elf) -> list[Elf | bytes]:
    """Each kind of damage to a library, some of which the loader does not mind, and what it passes over."""
    content = write(elf)
    loader = LOADERS[elf.architecture.platform]
    return [
        b"",
        b"short\n",
        TEXT,
        content[:40],
        content[:100],
        of_32_bits("<"),
        of_32_bits(">"),
        patched(content, _EI_DATA, b"\2"),
        patched(content, _EI_OSABI, _GNU),
        patched(content, _EI_OSABI, _FREEBSD),
        replace(elf, architecture=OTHER[elf.architecture]),
        replace(elf, type=ElfType.EXECUTABLE, interpreter=loader),
        replace(elf, flags=DF_1_PIE, interpreter=loader),
    ]


def of_32_bits(order: str) -> bytes:
    """A library for CPUs of 32 bits, of either byte order: one segment that is its own headers."""
    ident = b"\x7fELF\1" + (b"\1" if order == "<" else b"\2") + b"\1"
    header = struct.pack(f"{order}16sHHIIIIIHHHHHH", ident, 3, 3, 1, 0, 52, 0, 0, 52, 32, 1, 40, 0, 0)
    return header + struct.pack(f"{order}IIIIIIII", 1, 0, 0, 0, 84, 84, 5, 4096)
