"""Images in a registry on loopback: one with the shape of a Lambda runtime, one as large as one, one of huge files."""

import gzip
import io
import tarfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import zstandard

from benchmarks.measuring import Environ
from lambdabuild.model.platform import Architecture
from tests.support.registry import OCI_LAYER, OCI_LAYER_ZSTD, Image, RunningRegistry, running_registry, sha256
from tests.support.standins import AL2023, image_of
from tests.support.standins.release import ENVIRON, LOADERS

LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")
MOST_LIBRARIES, LARGEST_LIBRARY = 300, 3 << 20
FILES, WORDS = 7_700, 1_300
HUGE_LAYER, HUGE_LIBRARY = 1 << 30, 400 << 20

Pack = Callable[[bytes], bytes]
Files = Iterable[tuple[str, bytes]]


@contextmanager
def hub(folder: Path) -> Iterator[tuple[RunningRegistry, Environ]]:
    """A registry, and the environment of a user who takes its plain HTTP, with a cache of their own."""
    with running_registry(folder / "registry") as registry:
        conf = folder / "registries.conf"
        conf.write_text(f'[[registry]]\nlocation = "{registry.host}"\ninsecure = true\n')
        yield registry, {"CONTAINERS_REGISTRIES_CONF": str(conf), "LAMBDABUILD_CACHE_DIR": str(folder / "cache")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """An image in a registry, by digest."""

    host: str
    repository: str
    digest: str

    @property
    def reference(self) -> str:
        """As one writes it."""
        return f"{self.host}/{self.repository}@{self.digest}"


def standin(registry: RunningRegistry) -> Pushed:
    """The stub of provided.al2023: 19 libraries, and hardly anything beside them."""
    return _pushed(registry, "standin", image_of(AL2023, Architecture.AMD64))


def realistic(registry: RunningRegistry, *, zstd: bool = False) -> Pushed:
    """300 libraries of this machine and 7,700 other files, 150 MB in three layers."""
    names = [f"usr/share/{number % 97}/{number}.txt" for number in range(FILES)]
    half = len(names) // 2
    layers = (_tar(_libraries()), _tar(_texts(names[:half])), _tar(_texts(names[half:])))
    pack: Pack = zstandard.ZstdCompressor(level=3).compress if zstd else lambda layer: gzip.compress(layer, 6)
    return _pushed(registry, "realistic-zstd" if zstd else "realistic", _image(layers, pack, zstd=zstd))


def huge(registry: RunningRegistry) -> Pushed:
    """A layer of 1 GB with a library of 400 MB, most of both zeros."""
    library = (LIBRARIES / "libstdc++.so.6").read_bytes()
    files = [("usr/lib64/libhuge.so", HUGE_LIBRARY, library), ("var/data", HUGE_LAYER - HUGE_LIBRARY, b"data")]
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name, size, start in files:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = size, 0o755
            archive.addfile(entry, io.BytesIO(start + bytes(size - len(start))))
    return _pushed(registry, "huge", _image((written.getvalue(),), lambda layer: gzip.compress(layer, 1)))


def _pushed(registry: RunningRegistry, repository: str, image: Image) -> Pushed:
    return Pushed(
        host=registry.host, repository=repository, digest=str(registry.push_image(repository, image)["digest"])
    )


def _image(layers: Sequence[bytes], pack: Pack, *, zstd: bool = False) -> Image:
    return Image(
        layers=tuple((pack(layer), OCI_LAYER_ZSTD if zstd else OCI_LAYER) for layer in layers),
        diff_ids=tuple(map(sha256, layers)),
        env=tuple(f"{name}={value}" for name, value in ENVIRON.items()),
    )


def _tar(files: Files) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            archive.addfile(entry, io.BytesIO(content))
    return written.getvalue()


def _libraries() -> Iterator[tuple[str, bytes]]:
    """Those of this machine, the loader where programs look for it."""
    found = [path for path in sorted(LIBRARIES.glob("*.so*")) if path.is_file() and not path.is_symlink()]
    small = [path for path in found if path.stat().st_size < LARGEST_LIBRARY]
    for path in small[:MOST_LIBRARIES]:
        yield f"usr/lib64/{path.name}", path.read_bytes()
    for name in ("libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1"):
        yield f"usr/lib64/{name}", (LIBRARIES / name).read_bytes()
    loader = LOADERS[Architecture.AMD64]
    yield loader.lstrip("/"), Path(loader).read_bytes()


def _texts(names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """As compressible as source code is."""
    chance = Random(1)
    words = [bytes(chance.choices(b"abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 9))) for _ in range(5000)]
    for name in names:
        yield name, b" ".join(chance.choices(words, k=WORDS))
