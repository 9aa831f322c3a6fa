"""ELF files as the kernel and the loader read them: program headers and PT_DYNAMIC, never sections."""

from lambdabuild.io.elf.content import Content, bytes_at
from lambdabuild.io.elf.header import architecture_in, read_elf
from lambdabuild.io.elf.linkage import read_linkage

__all__ = ["Content", "architecture_in", "bytes_at", "read_elf", "read_linkage"]
