"""A library that exports what another does and holds nothing: made by assembly, the largest in a tenth of a second."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from lambdabuild.model.platform import Architecture
from tests.support.gates import require
from tests.support.standins.library import Library, Symbol

COMPILERS = {Architecture.AMD64: "x86_64-linux-gnu-gcc", Architecture.ARM64: "aarch64-linux-gnu-gcc"}
"""By Debian's names: the one for the own CPU has such a name too."""

_KINDS = {
    0: ("notype", ".data"),
    1: ("object", ".data"),
    2: ("function", ".text"),
    6: ("tls_object", ".tbss"),
    10: ("gnu_indirect_function", ".text"),
}
_UNIQUE = "gnu_unique_object"
_WEAK, _GNU_UNIQUE = 2, 10
_SECTIONS = {
    ".text": '.section .text,"ax",%progbits\n.byte 0\n',
    ".data": '.section .data,"aw",%progbits\n.byte 0\n',
    ".tbss": '.section .tbss,"awT",%nobits\n.skip 1\n',
}


class Stubs:
    """Makes stubs for one CPU. `folder` is for what is only in between."""

    def __init__(self, architecture: Architecture, folder: Path) -> None:
        self._compiler = require(COMPILERS[architecture])
        self._folder = folder

    def make(self, library: Library, target: Path) -> None:
        """Write the stub of `library`: its soname, needs, nodes and symbols, with their marks, kinds and sizes."""
        source = self._folder / f"{library.soname}.s"
        source.write_text(assembly(library.symbols))
        script = self._folder / f"{library.soname}.map"
        script.write_text(version_script(library))
        needed = [str(self._placeholder(soname)) for soname in library.needed]
        scripts = [f"-Wl,--version-script={script}"] if library.nodes else []
        self._link(target, library.soname, ["-Wl,--no-as-needed", *needed, *scripts, str(source)])

    def _placeholder(self, soname: str) -> Path:
        """An empty library to be needed."""
        path = self._folder / "needed" / soname
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            self._link(path, soname, ["-x", "assembler", "/dev/null"])
        return path

    def _link(self, target: Path, soname: str, arguments: Sequence[str]) -> None:
        flags = [
            "-shared",
            "-nostdlib",
            "-Wl,--build-id=none",
            "-Wl,--strip-all",
            "-Wl,--hash-style=gnu",
            f"-Wl,-soname,{soname}",
        ]
        done = subprocess.run(
            [self._compiler, *flags, "-o", target, *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{soname}: {done.stderr}"


def assembly(symbols: Sequence[Symbol]) -> str:
    """One byte for each section, and every symbol at its section's byte."""
    parts = ['.section .note.GNU-stack,"",%progbits\n']
    for section, start in _SECTIONS.items():
        numbered = [(number, each) for number, each in enumerate(symbols) if _KINDS[each.kind][1] == section]
        if numbered:
            parts += [start, *(_labels(number, symbol) for number, symbol in numbered)]
    return "".join(parts)


def version_script(library: Library) -> str:
    """The nodes with their parents. A `local: *` would take the symbols of the first from it."""
    named: dict[str, str] = {}
    for symbol in library.symbols:
        if symbol.node is not None and _named_in_script(symbol):
            named[symbol.node] = f"{named.get(symbol.node, '')} {symbol.name};"
    return "".join(f"{node.name} {{{named.get(node.name, '')} }} {' '.join(node.parents)};\n" for node in library.nodes)


def _named_in_script(symbol: Symbol) -> bool:
    """`.symver` makes an ordinary global symbol of a unique one; the script leaves it as it is."""
    return symbol.binding == _GNU_UNIQUE and symbol.default


def _labels(number: int, symbol: Symbol) -> str:
    kind = _UNIQUE if symbol.binding == _GNU_UNIQUE else _KINDS[symbol.kind][0]
    binding = "weak" if symbol.binding == _WEAK else "globl"
    plain = symbol.node is None or _named_in_script(symbol)
    label = symbol.name if plain else f"s{number}"
    lines = f".{binding} {label}\n.type {label},%{kind}\n.size {label},{symbol.size}\n{label} = . - 1\n"
    if plain:
        return lines
    mark = "@@" if symbol.default else "@"
    return f"{lines}.symver {label},{symbol.name}{mark}{symbol.node},remove\n"
