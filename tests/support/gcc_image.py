"""A build image with a real gcc: Debian's packages, unpacked. Made once."""

import gzip
import io
import shutil
import subprocess
import tarfile
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.gates import require
from tests.support.registry import OCI_LAYER, Image
from tests.support.standins.cache import fetched_once
from tests.support.standins.debian import download

SUITE = "bookworm"
MERGED = ("bin", "lib", "lib64", "sbin")
PACKAGES = (
    "binutils", "binutils-common", "binutils-x86-64-linux-gnu", "busybox-static", "cpp", "cpp-12", "g++", "g++-12",
    "gcc", "gcc-12", "gcc-12-base", "libbinutils", "libc6", "libc6-dev", "libcrypt-dev", "libcrypt1", "libctf-nobfd0",
    "libctf0", "libgcc-12-dev", "libgcc-s1", "libgmp10", "libgomp1", "libgprofng0", "libisl23", "libitm1",
    "libjansson4", "libmpc3", "libmpfr6", "libstdc++-12-dev", "libstdc++6", "libzstd1", "linux-libc-dev", "zlib1g",
)  # fmt: skip


def gcc_image() -> Image:
    """GCC 12 and glibc 2.36 for amd64."""
    names = sha256(f"{PACKAGES} {Path(__file__).read_text()}".encode()).hexdigest()[:8]
    folder = fetched_once(f"gcc/{SUITE}-{names}", _make)
    return Image(
        architecture="amd64",
        layers=(((folder / "layer.tar.gz").read_bytes(), OCI_LAYER),),
        diff_ids=((folder / "diff_id").read_text(),),
        env=("PATH=/usr/bin:/bin",),
    )


def _make(folder: Path) -> None:
    with TemporaryDirectory(prefix="gcc-") as temporary:
        work, root = Path(temporary) / "work", Path(temporary) / "root"
        work.mkdir()
        for name in MERGED:
            (root / "usr" / name).mkdir(parents=True)
            (root / name).symlink_to(f"usr/{name}")
        download(SUITE, [f"{package}:amd64" for package in PACKAGES], work)
        for package in sorted(work.glob("*.deb")):
            # dpkg-deb would put a folder in the place of a link, where tar keeps it
            content = subprocess.run([require("dpkg-deb"), "--fsys-tarfile", package], check=True, capture_output=True)
            with tarfile.open(fileobj=io.BytesIO(content.stdout)) as archive:
                archive.extractall(root, members=_merged(archive), filter="tar")
        (root / "usr/bin/sh").symlink_to("busybox")
        for unused in ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/lib/x86_64-linux-gnu/gconv"):
            shutil.rmtree(root / unused, ignore_errors=True)
        layer = io.BytesIO()
        with tarfile.open(fileobj=layer, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for path in sorted(root.rglob("*")):
                archive.add(path, path.relative_to(root).as_posix(), recursive=False, filter=_same_for_all)
        (folder / "layer.tar.gz").write_bytes(gzip.compress(layer.getvalue(), 1, mtime=0))
        (folder / "diff_id").write_text(f"sha256:{sha256(layer.getvalue()).hexdigest()}")


def _merged(archive: tarfile.TarFile) -> list[tarfile.TarInfo]:
    """Every entry but the folders that are links in a merged system, at its place below usr."""
    entries = []
    for entry in archive.getmembers():
        parts = Path(entry.name).parts
        if parts and parts[0] in MERGED:
            entry.name = str(Path("usr", *parts))
        if not (entry.isdir() and len(Path(entry.name).parts) <= 2):
            entries.append(entry)
    return entries


def _same_for_all(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    entry.mtime = 0
    return entry
