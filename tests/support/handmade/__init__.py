"""ELF files made by hand, byte by byte: a thousand in a second, with faults that no compiler makes."""

from tests.support.handmade.facts import Asks, Binding, Elf, Gives, How, Type
from tests.support.handmade.writer import write

__all__ = ["Asks", "Binding", "Elf", "Gives", "How", "Type", "write"]
