"""The runtime images that are stood in for, and the Debian releases whose libraries are cut to theirs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lambdabuild.model.platform import Architecture
from tests.support.standins.library import Cuts

LOADERS = {Architecture.AMD64: "/lib64/ld-linux-x86-64.so.2", Architecture.ARM64: "/lib/ld-linux-aarch64.so.1"}
"""PT_INTERP of every dynamic program."""

MULTIARCH = {Architecture.AMD64: "x86_64-linux-gnu", Architecture.ARM64: "aarch64-linux-gnu"}
"""Debian's name for the CPU in paths and programs."""

LIBRARY_PATH = "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"
"""LD_LIBRARY_PATH of the images."""

ENVIRON = {
    "LANG": "en_US.UTF-8",
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
    "LAMBDA_TASK_ROOT": "/var/task",
    "LD_LIBRARY_PATH": LIBRARY_PATH,
    "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    "TZ": ":/etc/localtime",
}
"""`Env` of the images."""

_GLIBC = (
    "libBrokenLocale.so.1",
    "libanl.so.1",
    "libc.so.6",
    "libdl.so.2",
    "libm.so.6",
    "libmvec.so.1",
    "libnss_dns.so.2",
    "libnss_files.so.2",
    "libpthread.so.0",
    "libresolv.so.2",
    "librt.so.1",
    "libutil.so.1",
)
_GCC = ("libgcc_s.so.1", "libstdc++.so.6")
_OPENSSL = ("libcrypto.so.3", "libssl.so.3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """An image. `cuts` are the versions of the packages that it has, by Amazon's release notes for AL2 and AL2023.

    `suite` and `packages` are Debian's; `libraries` are sonames, of which arm64 has no libmvec.
    `files` tells the libraries that lie under another name than their soname, with a link; the loader's is under
    `ld.so`. `created` is for the image's config.
    """

    name: str
    version: str
    suite: str
    packages: tuple[str, ...]
    libraries: tuple[str, ...]
    cuts: Cuts = field(hash=False)
    files: Mapping[str, str] = field(hash=False)
    created: str


AL2 = Release(
    name="al2",
    version="2",
    suite="bullseye",
    packages=("libc6", "libgcc-s1", "libstdc++6", "zlib1g", "busybox-static"),
    libraries=(*_GLIBC, *_GCC, "libz.so.1"),
    cuts={"GLIBC": (2, 26), "GLIBCXX": (3, 4, 24), "CXXABI": (1, 3, 11), "GCC": (7, 0, 0), "ZLIB": (1, 2, 7)},
    files={
        **{name: f"{name.partition('.so')[0]}-2.26.so" for name in _GLIBC},
        "ld.so": "ld-2.26.so",
        "libgcc_s.so.1": "libgcc_s-7-20180712.so.1",
        "libstdc++.so.6": "libstdc++.so.6.0.24",
        "libz.so.1": "libz.so.1.2.7",
    },
    created="2025-03-11T09:12:44.103311245Z",
)
AL2023_2023_6 = Release(
    name="al2023-2023.6",
    version="2023",
    suite="bookworm",
    packages=("libc6", "libgcc-s1", "libssl3", "libstdc++6", "libzstd1", "zlib1g", "busybox-static"),
    libraries=(*_GLIBC, *_GCC, *_OPENSSL, "libz.so.1", "libzstd.so.1"),
    cuts={
        "GLIBC": (2, 34),
        "GLIBCXX": (3, 4, 29),
        "CXXABI": (1, 3, 13),
        "GCC": (11, 0, 0),
        "ZLIB": (1, 2, 11),
        "OPENSSL": (3, 0, 8),
    },
    files={
        "libcrypto.so.3": "libcrypto.so.3.0.8",
        "libgcc_s.so.1": "libgcc_s-11-20240219.so.1",
        "libssl.so.3": "libssl.so.3.0.8",
        "libstdc++.so.6": "libstdc++.so.6.0.29",
        "libz.so.1": "libz.so.1.2.11",
        "libzstd.so.1": "libzstd.so.1.5.5",
    },
    created="2025-02-18T17:40:02.551900311Z",
)
AL2023 = Release(
    name="al2023",
    version="2023",
    suite="trixie",
    packages=("libc6", "libgcc-s1", "libssl3t64", "libstdc++6", "libzstd1", "zlib1g", "busybox-static"),
    libraries=AL2023_2023_6.libraries,
    cuts={"GLIBC": (2, 34), "ZLIB": (1, 2, 11), "OPENSSL": (3, 2, 2)},
    files={
        **AL2023_2023_6.files,
        "libcrypto.so.3": "libcrypto.so.3.2.2",
        "libgcc_s.so.1": "libgcc_s-14-20250110.so.1",
        "libssl.so.3": "libssl.so.3.2.2",
        "libstdc++.so.6": "libstdc++.so.6.0.33",
    },
    created="2026-02-27T21:04:11.123456789Z",
)
RELEASES = (AL2, AL2023_2023_6, AL2023)
