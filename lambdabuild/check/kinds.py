"""What a file is, by its first bytes."""

import re
from enum import StrEnum

HEAD = 512
"""How many of the first bytes are looked at."""


class Kind(StrEnum):
    """In words that fit after "it is"."""

    ELF = "an ELF file"
    SCRIPT = "a script"
    MARKED_SCRIPT = "a script behind a byte order mark"
    TEXT = "a text file"
    GO_SOURCE = "Go source, not a compiled program"
    LFS_POINTER = "a Git LFS pointer, not the file that it stands for"
    EMPTY = "an empty file"
    MACHO = "a Mach-O file, a program for macOS"
    PE = "a PE file, a program for Windows"
    JAVA = "a Java class file"
    WASM = "a WebAssembly module"
    ZIP = "a zip file"
    GZIP = "a gzip file"
    ARCHIVE = "an archive of object files, as `go build -o` makes of a package that is not main"
    DATA = "a file in no format that Linux can run"
    FOLDER = "a folder"
    SPECIAL = "a pipe, a socket or a device"
    UNREADABLE = "a file that cannot be read"


_MAGIC = (
    (b"\x7fELF", Kind.ELF),
    (b"#!", Kind.SCRIPT),
    (b"\xef\xbb\xbf#!", Kind.MARKED_SCRIPT),
    (b"\xce\xfa\xed\xfe", Kind.MACHO),
    (b"\xcf\xfa\xed\xfe", Kind.MACHO),
    (b"\xfe\xed\xfa\xce", Kind.MACHO),
    (b"\xfe\xed\xfa\xcf", Kind.MACHO),
    (b"\xca\xfe\xba\xbf", Kind.MACHO),
    (b"MZ", Kind.PE),
    (b"\0asm", Kind.WASM),
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ZIP),
    (b"\x1f\x8b", Kind.GZIP),
    (b"!<arch>\n", Kind.ARCHIVE),
    (b"version https://git-lfs.github.com/spec/", Kind.LFS_POINTER),
)
_UNIVERSAL_OR_JAVA = b"\xca\xfe\xba\xbe"
_OLDEST_JAVA = 45
_GO_SOURCE = re.compile(rb"(?>\s|//[^\n]*\n|/\*.*?\*/)*+package[ \t]+[A-Za-z_]", re.DOTALL)


def kind_of(head: bytes) -> Kind:
    """Judge a regular file by its first `HEAD` bytes."""
    if not head:
        return Kind.EMPTY
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(_UNIVERSAL_OR_JAVA):
        # The next number is Apple's count of architectures, or Java's version of the format, which began at 45.
        return Kind.MACHO if int.from_bytes(head[4:8]) < _OLDEST_JAVA else Kind.JAVA
    if b"\0" in head:
        return Kind.DATA
    return Kind.GO_SOURCE if _GO_SOURCE.match(head) else Kind.TEXT
