"""Every rule: its severity, and all that is said about it.

Numbers are for good. By hundreds: 1 the files of the zip and how they are packed, 2 what an ELF file is and is for,
3 linking, 4 the level of the CPU, 5 sizes, 6 the runtime, 9 the check itself.
"""

from collections.abc import Mapping

from lambdabuild.check.rulebook import allow, cpu, elf, files, linking, packing, runtime, sizes
from lambdabuild.model.finding import Rule

__all__ = ["RULES"]

RULES: Mapping[str, Rule] = {
    rule.id: rule for table in (files, packing, elf, linking, cpu, sizes, runtime, allow) for rule in table.RULES
}
"""By id, in the order of the ids."""
