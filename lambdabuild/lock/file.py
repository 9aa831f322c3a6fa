"""`images.lock` as text: sorted keys, one fact a line, LF, no time of its own."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NoReturn, TypeVar

from lambdabuild.errors import LockError, MissingLockError
from lambdabuild.io.document import Document, KeyPath, Plain, dotted
from lambdabuild.io.files import sweep_unfinished, write_atomically
from lambdabuild.model.lock import Lock, LockedImage, LockedPlatform, LockedToolchain, LockedZig
from lambdabuild.model.platform import ACTION_HOST
from lambdabuild.model.reference import DIGEST_PATTERN, ImageReference

_HEADER = "# Written by `lambdabuild lock`. Move a pin with `lambdabuild lock --update`.\n"
_REPAIR = "restore it from version control, or remove it and run `lambdabuild lock`"
_MARKER = re.compile(rb"^(<<<<<<<|=======|>>>>>>>)", re.MULTILINE)

_CREATED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_PLATFORM = re.compile(r"linux/[A-Za-z0-9._+-]+(/[A-Za-z0-9._+-]+)?")
_HOST = re.compile(r"[a-z0-9]+/[a-z0-9]+")
_TOOLCHAIN = re.compile(r"(go|zig)@\d+\.\d+\.\d+")
_H1 = re.compile(r"h1:[A-Za-z0-9+/]{43}=")
_TREE = re.compile(rf"{DIGEST_PATTERN.pattern}/\d{{1,9}}")
_NODE = re.compile(r"[A-Za-z_]+_[\d.]+")

_Locked = TypeVar("_Locked")


def read_lock(file: Path) -> Lock:
    """Read and validate. LockError names file, line and what was expected; MissingLockError where there is none."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise MissingLockError(file) from None
    except OSError as error:
        raise LockError(f"`{file}` cannot be read: {error.strerror}", hint="check its permissions") from error
    if match := _MARKER.search(content):
        line = content.count(b"\n", 0, match.start()) + 1
        raise LockError(
            f"`{file}:{line}`: a merge conflict is not resolved",
            hint="take either side whole, then run `lambdabuild lock`",
        )
    from lambdabuild.io.yaml import load

    reader = _Reader(load(content, file=file, error=LockError))
    return reader.lock()


def write_lock(file: Path, lock: Lock) -> bool:
    """Write atomically; False, and it is not touched, where the file says just that already.

    What a `lock` that was killed left beside it goes.
    """
    sweep_unfinished(file.parent)
    content = (_HEADER + "".join(_lines(_plain(lock), 0))).encode()
    if file.is_file() and file.read_bytes() == content:
        return False
    write_atomically(file, content)
    return True


def _plain(lock: Lock) -> dict[str, object]:
    plain: dict[str, object] = {"version": 1}
    if lock.images:
        plain["images"] = {name: _plain_image(image) for name, image in lock.images.items()}
    toolchains = {
        name: {host: _present(h1=found.h1, tree=found.tree) for host, found in hosts.items()}
        for name, hosts in lock.toolchains.items()
    } | {
        name: {host: _present(tree=found.tree, wheel=found.wheel) for host, found in hosts.items()}
        for name, hosts in lock.zigs.items()
    }
    if toolchains:
        plain["toolchains"] = toolchains
    return plain


def _plain_image(image: LockedImage) -> dict[str, object]:
    platforms = {
        name: _present(abi=found.abi, digest=found.digest, glibc=found.glibc) | _libstdcxx(found)
        for name, found in image.platforms.items()
    }
    return _present(created=image.created, pin=image.pin, platforms=platforms or None, seal=image.seal)


def _libstdcxx(found: LockedPlatform) -> dict[str, object]:
    return {"libstdc++": found.libstdcxx} if found.libstdcxx else {}


def _present(**facts: object) -> dict[str, object]:
    return {name: fact for name, fact in facts.items() if fact is not None}


def _lines(plain: Mapping[str, object], depth: int) -> Iterator[str]:
    """Every value was validated when it came in. `version` goes first."""
    indent = "  " * depth
    for name in sorted(plain, key=lambda name: (name != "version", name)):
        value = plain[name]
        if isinstance(value, Mapping):
            yield f"{indent}{_scalar(name)}:\n"
            yield from _lines(value, depth + 1)
        else:
            yield f"{indent}{name}: {_scalar(value)}\n"


def _scalar(value: object) -> str:
    """Only a registry's IPv6 address needs quotes."""
    return f'"{value}"' if str(value).startswith("[") else str(value)


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document

    def lock(self) -> Lock:
        root = self._map((), self._document.data, {"version", "images", "toolchains"}, {"version"})
        if root["version"] != 1:
            self._fail(("version",), "expected 1: a newer lambdabuild wrote this", hint="update lambdabuild")
        images = self._map(("images",), root.get("images", {}))
        toolchains = self._map(("toolchains",), root.get("toolchains", {}))
        for name in toolchains:
            self._name(("toolchains", name), name, _TOOLCHAIN, "go@X.Y.Z or zig@X.Y.Z")
        zigs = {name for name in toolchains if name.startswith("zig@")}
        return Lock(
            images={name: self._image(("images", name), value) for name, value in images.items()},
            toolchains={
                name: dict(self._hosts(("toolchains", name), value, self._go))
                for name, value in toolchains.items()
                if name not in zigs
            },
            zigs={name: dict(self._hosts(("toolchains", name), toolchains[name], self._zig)) for name in zigs},
        )

    def _image(self, path: KeyPath, value: Plain) -> LockedImage:
        facts = self._map(path, value, {"created", "pin", "platforms", "seal"}, {"pin", "seal"})
        platforms = self._map((*path, "platforms"), facts.get("platforms", {}))
        return LockedImage(
            pin=self._pin(path, facts["pin"]),
            created=self._optional((*path, "created"), facts, _CREATED, "a time such as 2026-02-27T21:04:11Z"),
            platforms={
                self._name((*path, "platforms", name), name, _PLATFORM, "a linux platform"): self._platform(
                    (*path, "platforms", name), found
                )
                for name, found in platforms.items()
            },
            seal=self._text((*path, "seal"), facts["seal"], DIGEST_PATTERN, "sha256:… in full"),
        )

    def _pin(self, path: KeyPath, value: Plain) -> str:
        """`name:tag@sha256:…`, of the very reference that it stands under."""
        where = (*path, "pin")
        expected = str(path[-1]).partition("@")[0]
        name, _, digest = str(value).partition("@")
        try:
            ImageReference.parse(str(path[-1]))
        except ValueError:
            self._fail(path, "expected an image reference", key=True)
        if name != expected or not DIGEST_PATTERN.fullmatch(digest):
            self._fail(where, f"expected `{expected}@sha256:…`")
        return str(value)

    def _platform(self, path: KeyPath, value: Plain) -> LockedPlatform:
        facts = self._map(path, value, {"abi", "digest", "glibc", "libstdc++"}, {"digest"})
        return LockedPlatform(
            digest=self._text((*path, "digest"), facts["digest"], DIGEST_PATTERN, "sha256:… in full"),
            abi=self._optional((*path, "abi"), facts, DIGEST_PATTERN, "sha256:… in full"),
            glibc=self._optional((*path, "glibc"), facts, _NODE, "a version node such as GLIBC_2.34"),
            libstdcxx=self._optional((*path, "libstdc++"), facts, _NODE, "a version node such as GLIBCXX_3.4.33"),
        )

    def _hosts(
        self, path: KeyPath, value: Plain, read: Callable[[KeyPath, Plain], _Locked]
    ) -> Iterator[tuple[str, _Locked]]:
        for host, found in self._map(path, value).items():
            yield (
                host,
                read((*path, self._name((*path, host), host, _HOST, "a host platform such as linux/amd64")), found),
            )

    def _go(self, path: KeyPath, value: Plain) -> LockedToolchain:
        facts = self._map(path, value, {"h1", "tree"}, {"h1", "tree"})
        return LockedToolchain(
            h1=self._text((*path, "h1"), facts["h1"], _H1, "h1:… in full"),
            tree=self._text((*path, "tree"), facts["tree"], _TREE, "sha256:…/size"),
        )

    def _zig(self, path: KeyPath, value: Plain) -> LockedZig:
        """What actions name has a tree, and nothing else has."""
        names = {"tree", "wheel"} if path[-1] == ACTION_HOST else {"wheel"}
        facts = self._map(path, value, names, names)
        return LockedZig(
            wheel=self._text((*path, "wheel"), facts["wheel"], DIGEST_PATTERN, "sha256:… in full"),
            tree=self._optional((*path, "tree"), facts, _TREE, "sha256:…/size"),
        )

    def _map(
        self,
        path: KeyPath,
        value: Plain,
        known: set[str] | None = None,
        required: set[str] | None = None,
    ) -> dict[str, Plain]:
        if not isinstance(value, dict):
            self._fail(path, "expected a map")
        if known is not None and (unknown := sorted(value.keys() - known)):
            self._fail((*path, unknown[0]), f"expected one of {', '.join(sorted(known))}", key=True)
        if required is not None and (absent := sorted(required - value.keys())):
            self._fail(path, f"`{absent[0]}` is missing")
        return value

    def _text(self, path: KeyPath, value: Plain, pattern: re.Pattern[str], expected: str) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            self._fail(path, f"expected {expected}")
        return value

    def _name(self, path: KeyPath, name: str, pattern: re.Pattern[str], expected: str) -> str:
        if not pattern.fullmatch(name):
            self._fail(path, f"expected {expected}", key=True)
        return name

    def _optional(
        self, path: KeyPath, facts: Mapping[str, Plain], pattern: re.Pattern[str], expected: str
    ) -> str | None:
        name = str(path[-1])
        return self._text(path, facts[name], pattern, expected) if name in facts else None

    def _fail(self, path: KeyPath, message: str, *, key: bool = False, hint: str = _REPAIR) -> NoReturn:
        where = self._document.where(path, key=key)
        subject = f"`{dotted(path)}`: " if path else ""
        raise LockError(f"{where}: {subject}{message}", hint=hint)
