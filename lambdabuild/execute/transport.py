"""How inputs get into a container and outputs out: mounted where the engine sees our files, else copied.

A local engine sees them; a remote one, or one that shares only its socket with our own container, does not, as the
first container of a build tells. A rootless one has users of its own.
"""

import errno
import os
import secrets
import shutil
import stat
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile
from threading import Event
from typing import IO, Final, Protocol

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.execute import input_root
from lambdabuild.execute.input_root import ROOT
from lambdabuild.io import tarball
from lambdabuild.io.engine import Box, Engine, EngineImage, EngineRefusalError, Mount, Owner
from lambdabuild.io.files import remove_tree
from lambdabuild.io.process import unless_stopped
from lambdabuild.io.store import Store
from lambdabuild.model.plan import Group

WORK: Final = ROOT / "work"
OUTPUT: Final = WORK / "out"
TEMPORARY: Final = WORK / "tmp"
CACHE: Final = ROOT / "cache"
GOCACHE: Final = CACHE / "go"
ZIG_CACHE: Final = CACHE / "zig"

NOBODY: Final = 65532
"""The user where we are root ourselves: that of distroless images, who has no rights anywhere."""

_OPEN: Final = 0o005
_WHOLE: Final = "lambdabuild.whole"
_STRANGE: Final = (errno.ELOOP, errno.ENOENT, errno.ENOTDIR, errno.ENXIO)
"""What a link, nothing, no folder, and a socket are to who opens them as a plain file (open(2))."""

KEPT: Final = {"lambdabuild.kept": "toolchain or cache"}
"""The label of volumes that stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What goes into one container. `cache` names the folder of caches that it uses; outputs come to `into`."""

    group: Group
    image: EngineImage
    toolchains: Mapping[str, Path]
    cache: str
    into: Path


class Transport(Protocol):
    """One way to carry a parcel."""

    @property
    def user(self) -> str:
        """`uid:gid` of who compiles."""

    def carry(self, parcel: Parcel) -> AbstractContextManager[tuple[Mount, ...]]:
        """What to mount, for as long as the block lasts."""

    def collect(self, container: str, parcel: Parcel) -> None:
        """Bring the outputs of a container that has ended to `into`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounted:
    """Folders of this machine."""

    engine: Engine
    store: Store

    @property
    def user(self) -> str:
        """Whoever we are, but for root."""
        return f"{os.getuid()}:{os.getgid()}" if os.getuid() else f"{NOBODY}:{NOBODY}"

    @contextmanager
    def carry(self, parcel: Parcel) -> Iterator[tuple[Mount, ...]]:
        """Sources are copied, so that what an editor changes now is not compiled, and what is private can be read."""
        home = _home(parcel)
        input_root.write_sources(parcel.group, home / "in")
        work, cache = home / "work", self.store.container_builds(parcel.cache)
        for path in (work, work / "out", work / "tmp", cache):
            self._give(path)
        self.store.modules.mkdir(parents=True, exist_ok=True)
        yield (
            Mount(source=str(home / "in"), target=ROOT),
            *(Mount(source=str(folder), target=ROOT / name) for name, folder in parcel.toolchains.items()),
            Mount(source=str(self.store.modules), target=ROOT / input_root.MODULES),
            Mount(source=str(cache), target=CACHE, writable=True),
            Mount(source=str(work), target=WORK, writable=True),
        )

    def collect(self, container: str, parcel: Parcel) -> None:  # noqa: ARG002 - they are here already
        """Copy them."""
        for action in parcel.group.actions:
            with plain_file(_home(parcel) / "work" / OUTPUT.name, action.binary) as binary:
                _write(binary, parcel.into / action.binary)

    def _give(self, folder: Path) -> None:
        """Make a folder that the user of the container may write to."""
        folder.mkdir(parents=True, exist_ok=True)
        if os.getuid() == 0:
            os.chown(folder, NOBODY, NOBODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """Volumes, filled through containers that never run. Toolchains and caches stay; the rest goes with `owner`."""

    engine: Engine
    store: Store
    owner: Owner
    stop: Event

    @property
    def user(self) -> str:
        """The volumes are his."""
        return f"{NOBODY}:{NOBODY}"

    @contextmanager
    def carry(self, parcel: Parcel) -> Iterator[tuple[Mount, ...]]:
        """Fill what is to be filled."""
        token = secrets.token_hex(8)
        inputs, work = (f"lambdabuild-{token}-{what}" for what in ("in", "work"))
        cache = f"lambdabuild-cache-{parcel.cache}"
        toolchains = {name: f"lambdabuild-{folder.name}" for name, folder in parcel.toolchains.items()}
        try:
            for volume in (inputs, work):
                self.engine.make_volume(volume, self.owner.labels)
            for volume in (*toolchains.values(), cache):
                self.engine.make_volume(volume, KEPT)
            with self.store.alone(cache):  # an engine that unpacks one file twice at once fails
                for name, folder in parcel.toolchains.items():
                    self._fill(parcel, toolchains[name], _of_toolchain(folder), once=True)
                self._fill(parcel, cache, _folders(GOCACHE.name, ZIG_CACHE.name), once=True)
            self._fill(parcel, inputs, input_root.as_tar(parcel.group))
            self._fill(parcel, work, _folders(OUTPUT.name, TEMPORARY.name))
            yield (
                Mount(source=inputs, target=ROOT),
                *(Mount(source=volume, target=ROOT / name) for name, volume in toolchains.items()),
                Mount(source=cache, target=CACHE, writable=True),
                Mount(source=work, target=WORK, writable=True),
            )
        finally:
            for volume in (inputs, work):
                with suppress(EnvironmentFailure):  # it carries the owner's label, so the next run removes it
                    self.engine.remove_volume(volume)

    def collect(self, container: str, parcel: Parcel) -> None:
        """One tar for each, with one file in it."""
        for action in parcel.group.actions:
            chunks = self.engine.get(container, OUTPUT / action.binary)
            if chunks is None:
                raise NoPlainFileError(action.binary)
            with TemporaryFile(dir=parcel.into) as spooled:
                for chunk in chunks:
                    spooled.write(chunk)
                spooled.seek(0)
                with tarfile.open(fileobj=spooled) as archive:
                    member = archive.next()
                    if member is None or not member.isreg():
                        raise NoPlainFileError(action.binary)
                    binary = archive.extractfile(member)
                    assert binary is not None, "a plain file has content"
                    _write(binary, parcel.into / action.binary)

    def _fill(self, parcel: Parcel, volume: str, archive: Iterator[bytes], *, once: bool = False) -> None:
        """Unpack a tar in a volume. One that is filled `once` has a mark, which comes last."""
        box = Box(
            image=parcel.image,
            mounts=(Mount(source=volume, target=ROOT, writable=True),),
            labels=self.owner.labels,
        )
        with self.engine.container(box) as container:
            if not (once and self.engine.get(container, ROOT / _WHOLE)):
                self.engine.put(container, ROOT, unless_stopped(archive, self.stop))
                if once:
                    self.engine.put(container, ROOT, iter([tarball.content(_WHOLE, b""), tarball.END]))


class NoPlainFileError(EnvironmentFailure):
    """Programs of an image have put something else into the place of what go builds; it is not followed."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"a compile has left a link or a folder in the place of the program `{name}`",
            hint="look at what the compiler of the build image runs; do not use the image until you know why",
        )


def choose(copied: Copied, parcel: Parcel) -> Transport:
    """Mounted where the engine sees our files, and its users are ours; what a umask has closed to others is copied."""
    engine, store = copied.engine, copied.store
    folders = (*parcel.toolchains.values(), store.modules)
    closed = os.getuid() == 0 and any(folder.is_dir() and _is_closed(folder) for folder in folders)
    if engine.facts.apart or closed or not _sees(engine, copied.owner, parcel):
        return copied
    return Mounted(engine=engine, store=store)


def _is_closed(folder: Path) -> bool:
    return folder.stat().st_mode & _OPEN != _OPEN


def _sees(engine: Engine, owner: Owner, parcel: Parcel) -> bool:
    """Whether a file of ours is there in a container, told by a word that is nowhere else."""
    word, folder = secrets.token_hex(), parcel.into / "seen"
    folder.mkdir()
    (folder / "word").write_text(word)
    box = Box(image=parcel.image, mounts=(Mount(source=str(folder), target=ROOT),), labels=owner.labels)
    try:
        with engine.container(box) as container:
            said = engine.get(container, ROOT / "word")
            return said is not None and word.encode() in b"".join(said)
    except EngineRefusalError:
        return False
    finally:
        remove_tree(folder)


@contextmanager
def plain_file(folder: Path, name: str) -> Iterator[IO[bytes]]:
    """A file of a folder that others could write to; no link is followed on the way."""
    try:
        there = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=there)
        finally:
            os.close(there)
    except OSError as error:
        if error.errno not in _STRANGE:
            raise
        raise NoPlainFileError(name) from error
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise NoPlainFileError(name)
        with os.fdopen(file, "rb", closefd=False) as stream:
            yield stream
    finally:
        os.close(file)


def _write(binary: IO[bytes], target: Path) -> None:
    with target.open("wb") as stream:
        shutil.copyfileobj(binary, stream)
    target.chmod(0o755)


def _home(parcel: Parcel) -> Path:
    return parcel.into.with_name(f"{parcel.into.name}-box")


def _of_toolchain(folder: Path) -> Iterator[bytes]:
    yield from input_root.tree_as_tar(folder, PurePosixPath())
    yield tarball.END


def _folders(*names: str) -> Iterator[bytes]:
    for name in names:
        yield tarball.folder(name, tarball.Owned(mode=0o755, user=NOBODY))
    yield tarball.END
