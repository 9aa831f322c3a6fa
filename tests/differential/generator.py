"""Worlds that nobody has thought of: programs and libraries that need each other in every way that the loader knows.

Most of what is drawn is sound, so that the loader gets far; faults are rare and of all kinds.
"""

from dataclasses import dataclass, replace

from lambdabuild.model.abi import LOADERS
from lambdabuild.model.elf import DF_1_NODEFLIB, DF_1_PIE, ElfType, Need
from lambdabuild.model.platform import Architecture
from tests.differential.damage import damaged
from tests.differential.draw import Draw
from tests.differential.world import PROGRAM, World
from tests.support.handmade import Asks, Binding, Elf, Gives, How, Type
from tests.support.standins.release import MULTIARCH

_FOLDERS = ("/var/task", "/var/task/lib", "/opt/lib", "/var/task/sub", "/opt/other", "/var/task/sub/deep")
_ELEMENTS = (
    "$ORIGIN",
    "$ORIGIN/lib",
    "${ORIGIN}/sub",
    "$ORIGIN/..",
    "$ORIGIN/../other/",
    "$ORIGIN/deep//",
    "$ORIGIN/nowhere/../sub",
    "$ORIGIN/lib/../sub",
    "$ORIGINAL",
    "${ORIGIN",
    "$NOTHING/sub",
    "/var/task/sub",
    "/var/task/sub/",
    "/var/task/$LIB",
    "/opt/${LIB}/",
    "/opt/cpu/$PLATFORM",
    "$ORIGIN/../cpu/${PLATFORM}",
    "/opt/other",
    "/opt/./other",
    "//opt/other",
    "/opt/link",
    "/nowhere",
    "/lib64",
    "/",
    "sub",
    "./sub/deep",
    "../task/sub",
    "",
)
_ENVIRONMENT = (
    "",
    "/lib64",
    "/opt/lib:/lib64:/var/task/lib:/var/task",
    "/opt/other;/var/task/sub:/lib64;/var/task/lib;lib:",
    ":/lib64:/opt/lib:$ORIGIN/lib",
    "$ORIGIN/sub:/lib64:$ORIGIN/lib:$ORIGIN:/opt/lib:",
    "sub:/var/task/sub/deep/:/lib64;;/opt/lib:/var/task/lib//",
    "/opt/cpu/$PLATFORM:/opt/link:/lib64:/opt/${LIB}:/opt/lib:../task/lib:./",
)
_NODES = ("V1", "V2", "V3")
_FUNCTIONS = tuple(f"f{number}" for number in range(8))
_DATA = tuple(f"d{number}" for number in range(4))
_OLDEST = {Architecture.AMD64: "GLIBC_2.2.5", Architecture.ARM64: "GLIBC_2.17"}
_NEWER = ("GLIBC_2.25", "GLIBC_2.34", "GLIBC_2.36", "GLIBC_2.99")


def world_of(seed: int, architecture: Architecture, platform: str) -> World:
    """Always the same one of a seed. `platform` is what the loader has for `$PLATFORM`."""
    return _Maker(Draw(seed), architecture, platform).world()


@dataclass(slots=True, kw_only=True)
class _Library:
    """One that others may need: what it is called, where its copies lie, and what it gives."""

    soname: str | None
    file: str
    folders: list[str]
    nodes: tuple[str, ...] | None
    gives: tuple[Gives, ...]

    @property
    def name(self) -> str:
        return self.soname or self.file


class _Maker:
    def __init__(self, draw: Draw, architecture: Architecture, platform: str) -> None:
        self._draw = draw
        self._architecture = architecture
        self._folders = [
            *_FOLDERS,
            f"/opt/cpu/{platform}",
            "/opt/lib64",
            f"/var/task/lib/{MULTIARCH[architecture]}",
        ]
        self._libraries: list[_Library] = []

    def world(self) -> World:
        self._libraries = [self._library(number) for number in range(self._draw.number(1, 8))]
        files: dict[str, Elf | bytes] = {PROGRAM: self._program()}
        for library in self._libraries:
            for folder in library.folders:
                files[f"{folder}/{library.file}"] = self._copy(library)
        links = {"/opt/link": self._draw.one(["/var/task/sub", "other", "/var/task/sub/deep", "nowhere"])}
        for library in self._libraries:
            path = f"{self._draw.one(_FOLDERS)}/{self._draw.one([library.name, library.file, f'lib{library.file}'])}"
            if library.name != library.file and self._draw.likely(0.8):
                path = f"{library.folders[0]}/{library.name}"
            elif self._draw.likely(0.75):
                continue
            if path not in files:
                target = f"{self._draw.one(library.folders)}/{library.file}"
                targets = [target, library.file, f"../sub/{library.file}", "nowhere.so"]
                links[path] = self._draw.one([each for each in targets if not path.endswith(each.removeprefix(".."))])
        for path in [path for path in files if path != PROGRAM]:
            elf = files[path]
            if isinstance(elf, Elf) and self._draw.likely(0.01):
                files[path] = self._draw.one(damaged(elf))
            elif self._draw.likely(0.001):
                files[f"{path}/inside"] = b"a file in a folder of the name"
                del files[path]
        library_path = None if self._draw.likely(0.7) else self._draw.one(_ENVIRONMENT)
        return World(files=files, links=links, library_path=library_path)

    def _library(self, number: int) -> _Library:
        file = f"lib{'abcdefgh'[number]}.so"
        soname = self._draw.weighted([(file, 16), (None, 2), (f"{file}.1", 2), ("libsame.so", 1)])
        nodes: tuple[str, ...] | None = None
        if self._draw.likely(0.5):
            nodes = _NODES[: self._draw.number(0, 3)]
        folders = self._draw.several(self._folders, self._draw.weighted([(1, 8), (2, 3), (3, 1)]))
        if self._draw.likely(0.75):
            folders[0] = self._draw.one(["/var/task", "/var/task/lib", "/opt/lib"])
        return _Library(
            soname=soname, file=file, folders=list(dict.fromkeys(folders)), nodes=nodes, gives=self._gives(nodes)
        )

    def _gives(self, nodes: tuple[str, ...] | None) -> tuple[Gives, ...]:
        given = []
        for name in self._draw.some((*_FUNCTIONS, *_DATA), 0.35):
            kind = Type.OBJECT if name in _DATA else self._draw.weighted([(Type.FUNC, 9), (Type.NOTYPE, 1)])
            binding = self._draw.weighted([(Binding.GLOBAL, 8), (Binding.WEAK, 2)])
            versions = self._draw.some(nodes or (), 0.6)
            if not versions or self._draw.likely(0.1):
                versions = [""]
            shown = self._draw.weighted([([self._draw.one(versions)], 12), ([], 2), (versions, 2)])
            given += [
                Gives(name=name, node=node, hidden=node not in shown and bool(nodes), binding=binding, type=kind)
                for node in versions
            ]
        return tuple(given)

    def _copy(self, library: _Library) -> Elf:
        """A file of the library, which may be of another version than what others were linked against."""
        nodes, gives = library.nodes, library.gives
        if self._draw.likely(0.1):
            nodes = self._draw.one([None, _NODES[:1], _NODES[:2], _NODES])
            gives = self._gives(nodes)
        elf = Elf(
            architecture=self._architecture,
            soname=library.soname,
            needed=self._needed(self._draw.weighted([(0, 4), (1, 4), (2, 3), (3, 2)])),
            nodes=nodes,
            gives=gives,
            sysv_hash=self._draw.likely(0.2),
        )
        return self._linked(elf)

    def _program(self) -> Elf:
        elf = Elf(
            architecture=self._architecture,
            interpreter=LOADERS[self._architecture.platform],
            needed=self._needed(self._draw.number(1, 4)),
            type=ElfType.EXECUTABLE if self._draw.likely(0.3) else ElfType.SHARED,
            soname=None if self._draw.likely(0.95) else self._draw.one(self._libraries).name,
            gives=self._gives(None) if self._draw.likely(0.3) else (),
        )
        linked = self._linked(elf)
        own = {give.name for give in elf.gives}
        copied: dict[str, Asks] = {}
        asked = []
        for ask in linked.asks:
            copy = ask.name in _DATA and ask.how is How.DATA and self._draw.likely(0.5)
            if copy and ask.name not in own and ask.name not in copied:
                copied[ask.name] = replace(ask, how=How.COPY, weak=False)
            else:
                asked.append(ask)
        mark = DF_1_PIE if elf.type is ElfType.SHARED else 0
        return replace(linked, asks=(*asked, *copied.values()), flags=linked.flags | mark)

    def _needed(self, number: int) -> tuple[str, ...]:
        names = [self._name(self._draw.one(self._libraries)) for _ in range(number)]
        if self._draw.likely(0.4):
            names.append("libc.so.6")
        if self._draw.likely(0.05):
            names.append(self._draw.one(["libm.so.6", "libstdc++.so.6", "libz.so.1"]))
        if self._draw.likely(0.05):
            # glibc 2.36 wants its malloc where the loader is needed by name.
            loader = LOADERS[self._architecture.platform]
            names += ["libc.so.6", self._draw.one([loader, loader.rpartition("/")[2]])]
        if self._draw.likely(0.02):
            names.append("libmissing.so")
        if names and self._draw.likely(0.1):
            names.append(self._draw.one(names))
        return tuple(self._draw.several(names, len(names)))

    def _name(self, library: _Library) -> str:
        return self._draw.weighted(
            [
                (library.name, 180),
                (library.file, 6),
                (f"lib{library.file}", 6),
                (f"{library.folders[0]}/{library.file}", 1),
                (f"$ORIGIN/{library.file}", 1),
                (f"./{library.file}", 1),
                (f"sub/{library.file}", 1),
                (f"{library.folders[0]}/$NOTHING/../{library.file}", 1),
                (f"{library.folders[0]}/$PLATFORM/../{library.file}", 1),
                (library.file.replace("lib", "$LIB/lib"), 1),
                (f"${{ORIGIN}}/../lib/{library.file}", 1),
            ]
        )

    def _linked(self, elf: Elf) -> Elf:
        """With paths to search, and with symbols that it asks of what it needs."""
        asks = {}
        for library in self._libraries:
            listed = library.name in elf.needed
            for give in self._draw.some(library.gives, 0.3 if listed else 0.01):
                ask = self._ask(give, library)
                if listed or not ask.node or self._draw.likely(0.1):
                    asks[ask.name, ask.node] = ask
        if "libc.so.6" in elf.needed and self._draw.likely(0.7):
            node = _OLDEST[self._architecture] if self._draw.likely(0.9) else self._draw.one(_NEWER)
            asks["puts", node] = Asks(
                name="puts", node=node, file="libc.so.6", how=self._draw.one([How.CALL, How.DATA])
            )
        own = {give.name for give in elf.gives}
        return replace(
            elf,
            rpath=self._path() if self._draw.likely(0.35) else None,
            runpath=self._path() if self._draw.likely(0.25) else None,
            flags=DF_1_NODEFLIB if self._draw.likely(0.1) else 0,
            asks=tuple(ask for ask in asks.values() if ask.name not in own),
            needs=self._needs(elf),
        )

    def _ask(self, give: Gives, library: _Library) -> Asks:
        name, node = give.name, give.node
        if self._draw.likely(0.03):
            name = self._draw.one(_FUNCTIONS)
        if self._draw.likely(0.15):
            node = self._draw.one(["", "", *_NODES])
        data = name in _DATA or self._draw.likely(0.2)
        return Asks(
            name=name,
            node=node,
            file=(library.name if self._draw.likely(0.98) else library.file) if node else "",
            weak=self._draw.likely(0.15),
            how=How.DATA if data else How.CALL,
        )

    def _needs(self, elf: Elf) -> tuple[Need, ...]:
        """Of versions that no symbol asks for."""
        needs = []
        if elf.needed and self._draw.likely(0.05):
            needs.append(
                Need(file=self._draw.one(elf.needed), node=self._draw.one(_NODES), weak=self._draw.likely(0.5))
            )
        if "libc.so.6" in elf.needed and self._draw.likely(0.04):
            needs.append(Need(file="libc.so.6", node=self._draw.one(_NEWER), weak=self._draw.likely(0.5)))
        if self._draw.likely(0.004):
            needs.append(Need(file=self._draw.one(["libunlisted.so", "libm.so.6"]), node="V1"))
        return tuple(needs)

    def _path(self) -> str:
        """Most of it leads to where libraries are."""
        folders = [folder for library in self._libraries for folder in library.folders]
        return ":".join(
            self._draw.one(_ELEMENTS) if self._draw.likely(0.5) else self._draw.one(folders)
            for _ in range(self._draw.weighted([(0, 1), (1, 10), (2, 20), (3, 20), (4, 5)]))
        )
