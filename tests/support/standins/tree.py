"""The folders, links and small files of a runtime image, and where its libraries go."""

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.support.standins.library import Library, cut, read_library
from tests.support.standins.release import Release

Put = Callable[[Library, Path, Path], None]
"""Writes a library: as it is cut, the file of Debian, where it goes."""

OF_LAMBDA = ("lambda-entrypoint.sh", "var/runtime", "var/task")
"""What Lambda adds to the operating system."""

_FOLDERS = ("dev", "etc", "opt", "proc", "root", "tmp", "usr/lib", "usr/lib64", "usr/local/bin", "usr/sbin", "var/tmp")
_MERGED = ("bin", "lib", "lib64", "sbin")
_STICKY = ("tmp", "var/tmp")
_ENTRYPOINT = """\
#!/bin/sh
# The first argument is the handler.
export _HANDLER="$1"
exec /var/runtime/bootstrap
"""


def write_tree(release: Release, libraries: Path, loader: str, root: Path, put: Put) -> None:
    """Fill `root`. `libraries` are Debian's by soname, `loader` is the path of PT_INTERP."""
    for folder in (*_FOLDERS, "usr/bin", *OF_LAMBDA[1:]):
        (root / folder).mkdir(parents=True)
    for name in _MERGED:
        (root / name).symlink_to(f"usr/{name}")
    _write_programs(libraries / "busybox", root)
    _write_texts(release, root)
    for real in (libraries / soname for soname in release.libraries):
        if real.exists() and _is_there(library := read_library(real), release):
            target = root / "usr/lib64" / release.files.get(real.name, real.name)
            put(cut(library, release.cuts), real, target)
            _link(root / "usr/lib64" / real.name, target)
    _put_loader(release, libraries, loader, root, put)
    _set_modes(root)


def _is_there(library: Library, release: Release) -> bool:
    """A library whose nodes are all newer came later: libmvec on arm64, with glibc 2.38."""
    return not library.nodes or bool(cut(library, release.cuts).nodes)


def _put_loader(release: Release, libraries: Path, loader: str, root: Path, put: Put) -> None:
    """With glibc 2.26 it is a link to ld-2.26.so beside the libraries; with 2.34 the loader itself."""
    place = root / "usr" / loader.lstrip("/")
    target = root / "usr/lib64" / release.files["ld.so"] if "ld.so" in release.files else place
    real = libraries / place.name
    put(cut(read_library(real), release.cuts), real, target)
    _link(place, target)


def _link(path: Path, target: Path) -> None:
    if path != target:
        same = path.parent == target.parent
        path.symlink_to(target.name if same else f"../{target.parent.name}/{target.name}")


def _write_programs(busybox: Path, root: Path) -> None:
    """A static shell, which runs in a container of either flavour. Busybox is no bash by name, so a script is."""
    shutil.copyfile(busybox, root / "usr/bin/busybox")
    (root / "usr/bin/busybox").chmod(0o755)
    for name in ("cat", "env", "ls", "sh"):
        (root / "usr/bin" / name).symlink_to("busybox")
    _script(root / "usr/bin/bash", '#!/bin/sh\nexec /usr/bin/busybox sh "$@"\n')
    _script(root / "lambda-entrypoint.sh", _ENTRYPOINT)


def _set_modes(root: Path) -> None:
    """Whatever the umask was."""
    for path in root.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    for folder in _STICKY:
        (root / folder).chmod(0o1777)


def _script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def _write_texts(release: Release, root: Path) -> None:
    name = f"Amazon Linux {release.version}"
    lines = {"NAME": "Amazon Linux", "ID": "amzn", "VERSION_ID": release.version, "PRETTY_NAME": name}
    (root / "etc/os-release").write_text("".join(f'{field}="{value}"\n' for field, value in lines.items()))
    (root / "etc/passwd").write_text(
        "root:x:0:0:root:/root:/bin/bash\nsbx_user1051:x:993:990::/home/sbx_user1051:/sbin/nologin\n"
    )
    (root / "etc/group").write_text("root:x:0:\n")
