"""Version nodes that a runtime does not have: glibc, libstdc++, and any library."""

from lambdabuild.model.finding import Severity
from tests.corpus.catalogue.runtime import BUILT, DIST
from tests.corpus.catalogue.sources import (
    CALLS_F_C,
    F_C,
    HELLO_C,
    HELLO_CC,
    HELLO_CGO,
    HELLO_SH,
    RANDOM_C,
    RANDOM_CGO,
    WAIT_CC,
)
from tests.corpus.recipe import AMD64, ZIP, Recipe, loads, refused

_CGO = "CGO_ENABLED=1 GOARCH=$ARCH go build -o bootstrap main.go"
_RPATH = "-Wl,--disable-new-dtags,-rpath,'$ORIGIN/lib'"
_WITH_LIB = "zip -q -r function.zip bootstrap lib"
_ON_AL2 = "-nodefaultlibs $AL2/libc.so.6 -l:libgcc_s.so.1 -L $AL2 -Wl,--allow-shlib-undefined"
"""Link against the libraries of provided.al2, in place of this machine's."""

_FILESYSTEM_CC = """#include <filesystem>

int main() { return std::filesystem::path("/").is_absolute() ? 0 : 1; }
"""
_OPENSSL_C = """void *OSSL_ERR_STATE_new(void);

int main(void) { return OSSL_ERR_STATE_new() == 0; }
"""
_CRC_C = """unsigned long crc32_combine_gen(long length);

int main(void) { return crc32_combine_gen(6) == 0; }
"""
_ONE = "V1 { global: f; };\n"
_TWO = "V1 { global: f; };\nV2 { global: g; } V1;\n"
_G_C = "int g(void) { return 0; }\n"
_CALLS_G_C = "int g(void);\n\nint main(void) { return g(); }\n"
_LIBRARY = "$CC -shared -fPIC -Wl,-soname,libf.so.1"

_AHEAD_SPEC = """version: 1
go: "1.26.8"
runtime: provided.al2023
architectures: [amd64]
images:
  provided.al2023: public.ecr.aws/lambda/provided:al2023
  gcc: public.ecr.aws/sam/build-provided.al2023:1.150.0
functions:
  orders:
    package: .
    cgo: image
    build_image: gcc
    executor: docker
"""

_BAD = (
    Recipe(
        name="glibc too new",
        about="`arc4random` came with glibc 2.36.",
        rule="LB311",
        files={"main.c": RANDOM_C},
        commands=("$CC -o bootstrap main.c", ZIP),
        image="provided.al2023",
        oracle=refused("version `GLIBC_2.36' not found"),
    ),
    Recipe(
        name="glibc too new for cgo",
        rule="LB311",
        files={"main.go": RANDOM_CGO},
        commands=(_CGO, ZIP),
        image="provided.al2023",
        oracle=refused("version `GLIBC_2.36' not found"),
    ),
    Recipe(
        name="anything of this machine on provided al2",
        about="Since glibc 2.34 the very start of a program has another version.",
        rule="LB311",
        files={"main.c": HELLO_C},
        commands=("$CC -o bootstrap main.c", ZIP),
        runtime="provided.al2",
        image="provided.al2",
        oracle=refused("version `GLIBC_2.34' not found"),
    ),
    Recipe(
        name="cgo of this machine on provided al2",
        rule="LB311",
        files={"main.go": HELLO_CGO},
        commands=(_CGO, ZIP),
        runtime="provided.al2",
        image="provided.al2",
        oracle=refused("not found"),
    ),
    Recipe(
        name="a tool that needs a newer glibc",
        rule="LB311",
        severity=Severity.WARNING,
        files={"bootstrap": HELLO_SH, "tool.c": RANDOM_C},
        commands=("chmod 755 bootstrap", "$CC -o tool tool.c", "zip -q function.zip bootstrap tool"),
        image="provided.al2023",
        by_arch=True,
        oracle=refused("version `GLIBC_2.36' not found", "/var/task/tool"),
    ),
    Recipe(
        name="a plugin that needs a newer glibc",
        rule="LB311",
        severity=Severity.WARNING,
        files={"f.c": RANDOM_C.replace("main", "f")},
        commands=("mkdir lib", "$CC -shared -fPIC -o lib/plugin.so f.c", "zip -q -r layer.zip lib"),
        artifact="layer.zip",
        image="provided.al2023",
    ),
    Recipe(
        name="libstdc++ too new",
        about="Compiled by g++ 12, for the image as it was before release 2023.7: it has the libstdc++ of GCC 11.",
        rule="LB312",
        files={"main.cc": WAIT_CC},
        commands=("$CXX -O2 -o bootstrap main.cc", ZIP),
        image="provided.al2023-2023.6",
        oracle=refused("version `GLIBCXX_3.4.30' not found"),
    ),
    Recipe(
        name="libstdc++ linked statically with a newer libgcc",
        about="The unwinder of GCC 12 asks glibc 2.35 for `_dl_find_object`.",
        rule="LB311",
        files={"main.cc": WAIT_CC},
        commands=("$CXX -static-libstdc++ -static-libgcc -Wl,--gc-sections -o bootstrap main.cc", ZIP),
        image="provided.al2023",
        oracle=refused("version `GLIBC_2.35' not found"),
    ),
    Recipe(
        name="assertions of libstdc++",
        rule="LB312",
        files={"main.cc": "#include <vector>\n\nint main(int i, char **) { return std::vector<int>(9)[i]; }\n"},
        commands=("$CXX -D_GLIBCXX_ASSERTIONS -o bootstrap main.cc", ZIP),
        image="provided.al2023-2023.6",
        oracle=refused("version `GLIBCXX_3.4.30' not found"),
    ),
    Recipe(
        name="std filesystem on provided al2",
        rule="LB312",
        files={"main.cc": _FILESYSTEM_CC},
        commands=(f"$CXX -o bootstrap main.cc $DEBIAN/libstdc++.so.6 {_ON_AL2}", ZIP),
        runtime="provided.al2",
        image="provided.al2",
        oracle=refused("version `GLIBCXX_3.4.26' not found"),
    ),
    Recipe(
        name="CXXABI too new",
        rule="LB312",
        files={"main.cc": "#include <typeinfo>\n\nint main() { return typeid(char8_t).name()[0] != 'D'; }\n"},
        commands=(f"$CXX -std=c++20 -o bootstrap main.cc $DEBIAN/libstdc++.so.6 {_ON_AL2}", ZIP),
        runtime="provided.al2",
        image="provided.al2",
        oracle=refused("version `CXXABI_1.3.12' not found"),
    ),
    Recipe(
        name="openssl too new",
        about="`$AL2023` is a folder with the libraries of today's image; the function runs on an older one.",
        rule="LB314",
        files={"main.c": _OPENSSL_C},
        commands=("$CC -o bootstrap main.c $AL2023/libcrypto.so.3 -Wl,--allow-shlib-undefined", ZIP),
        image="provided.al2023-2023.6",
        oracle=refused("version `OPENSSL_3.2.0' not found"),
    ),
    Recipe(
        name="a bundled library without the version",
        rule="LB314",
        files={"f.c": F_C, "g.c": _G_C, "one.map": _ONE, "two.map": _TWO, "main.c": _CALLS_G_C},
        commands=(
            "mkdir lib newer",
            f"{_LIBRARY} -Wl,--version-script=two.map -o newer/libf.so.1 f.c g.c",
            f"{_LIBRARY} -Wl,--version-script=one.map -o lib/libf.so.1 f.c",
            f"$CC -o bootstrap main.c newer/libf.so.1 {_RPATH}",
            _WITH_LIB,
        ),
        image="provided.al2023",
        oracle=refused("/var/task/lib/libf.so.1: version `V2' not found (required by /var/task/bootstrap)"),
    ),
    Recipe(
        name="the build image is ahead of the runtime",
        about="The build image has the libstdc++ of GCC 14, the runtime that of GCC 11: its lock is of before release"
        " 2023.7.",
        rule="LB315",
        files={"buildspec.yaml": _AHEAD_SPEC, "main.cc": WAIT_CC},
        given=BUILT,
        commands=("$CXX -O2 -o bootstrap main.cc", f"zip -q {DIST} bootstrap"),
        architectures=(AMD64,),
        artifact=DIST,
        image="provided.al2023-2023.6",
        project=True,
        locked=True,
        oracle=refused("version `GLIBCXX_3.4.30' not found"),
    ),
    Recipe(
        name="a bundled library that needs a newer glibc",
        rule="LB317",
        files={"f.c": RANDOM_C.replace("main", "f"), "main.c": CALLS_F_C},
        commands=(
            "mkdir lib",
            f"{_LIBRARY} -o lib/libf.so.1 f.c",
            "$CC -o bootstrap main.c lib/libf.so.1",
            _WITH_LIB,
        ),
        image="provided.al2023",
        oracle=refused("version `GLIBC_2.36' not found (required by /var/task/lib/libf.so.1)"),
    ),
    Recipe(
        name="libstdc++ of this machine bundled",
        rule="LB317",
        files={"main.cc": WAIT_CC},
        commands=(
            "mkdir lib",
            "cp $DEBIAN/libstdc++.so.6 lib",
            f"$CXX -o bootstrap main.cc {_RPATH}",
            _WITH_LIB,
        ),
        image="provided.al2023-2023.6",
        oracle=refused("version `GLIBC_2.36' not found (required by /var/task/lib/libstdc++.so.6)"),
    ),
    Recipe(
        name="another copy is found first by DT_RUNPATH",
        about="`$DEBIAN` is a folder with the libraries of Debian 12, zlib 1.2.13 among them; the image has an older"
        " zlib.",
        rule="LB318",
        files={"main.c": _CRC_C},
        commands=(
            "mkdir lib",
            "cp $DEBIAN/libz.so.1 lib",
            "$CC -o bootstrap main.c lib/libz.so.1 -Wl,--enable-new-dtags,-rpath,'$ORIGIN/lib'",
            _WITH_LIB,
        ),
        image="provided.al2023",
        oracle=refused("/lib64/libz.so.1: version `ZLIB_1.2.12' not found"),
    ),
    Recipe(
        name="another copy is found first by LD_LIBRARY_PATH",
        rule="LB318",
        files={"main.c": _CRC_C},
        commands=("mkdir lib", "cp $DEBIAN/libz.so.1 lib", "$CC -o bootstrap main.c lib/libz.so.1", _WITH_LIB),
        image="provided.al2023",
        oracle=refused("/lib64/libz.so.1: version `ZLIB_1.2.12' not found"),
    ),
    Recipe(
        name="a bundled library without versions",
        rule="LB325",
        files={
            "f.c": F_C,
            "plain.c": "#include <stdlib.h>\n\nint f(void) { return rand() < 0; }\n",
            "one.map": _ONE,
            "main.c": CALLS_F_C,
        },
        commands=(
            "mkdir lib versioned",
            f"{_LIBRARY} -Wl,--version-script=one.map -o versioned/libf.so.1 f.c",
            f"{_LIBRARY} -o lib/libf.so.1 plain.c",
            f"$CC -o bootstrap main.c versioned/libf.so.1 {_RPATH}",
            _WITH_LIB,
        ),
        image="provided.al2023",
        oracle=loads("no version information available (required by /var/task/bootstrap)"),
    ),
    Recipe(
        name="a bundled library without version tables",
        rule="LB329",
        files={"f.c": F_C, "one.map": _ONE, "main.c": CALLS_F_C},
        commands=(
            "mkdir lib versioned",
            f"{_LIBRARY} -Wl,--version-script=one.map -o versioned/libf.so.1 f.c",
            f"{_LIBRARY} -nostdlib -o lib/libf.so.1 f.c",
            f"$CC -o bootstrap main.c versioned/libf.so.1 {_RPATH}",
            _WITH_LIB,
        ),
        image="provided.al2023-2023.6",
        oracle=refused("Inconsistency detected by ld.so: dl-lookup.c"),
    ),
    Recipe(
        name="versions of a library that is not needed",
        about="What `patchelf --remove-needed` leaves; here it is done by hand.",
        rule="LB330",
        files={
            "f.c": F_C,
            "one.map": _ONE,
            "main.c": CALLS_F_C,
            "unneed.py": """import struct

content = bytearray(open("program", "rb").read())
headers, count = struct.unpack_from("<Q", content, 0x20)[0], struct.unpack_from("<H", content, 0x38)[0]
entries = [struct.unpack_from("<2I6Q", content, headers + 56 * number) for number in range(count)]
at = next(entry[2] for entry in entries if entry[0] == 2)  # p_offset of PT_DYNAMIC
while struct.unpack_from("<Q", content, at)[0] != 1:  # the first DT_NEEDED
    at += 16
struct.pack_into("<Q", content, at, 21)  # DT_DEBUG
open("bootstrap", "wb").write(content)
""",
        },
        commands=(
            "mkdir lib",
            f"{_LIBRARY} -Wl,--version-script=one.map -o lib/libf.so.1 f.c",
            f"$CC -o program main.c lib/libf.so.1 {_RPATH}",
            "python3 unneed.py",
            "chmod 755 bootstrap",
            _WITH_LIB,
        ),
        image="provided.al2023",
        oracle=refused("Inconsistency detected by ld.so: dl-version.c"),
    ),
    Recipe(
        name="a weak version",
        about="The mark of a weak version is set by hand here.",
        rule="LB326",
        files={
            "f.c": F_C,
            "g.c": _G_C,
            "one.map": _ONE,
            "two.map": _TWO,
            "main.c": """extern int f(void), g(void) __attribute__((weak));

int main(void) { return f() + (g ? g() : 0); }
""",
            "weaken.py": """import struct

content = bytearray(open("program", "rb").read())
at = content.index(struct.pack("<I2H", 0x592, 0, 3)[:6])  # the ELF hash of V2 in a Vernaux, and no flags
content[at + 4] = 2  # VER_FLG_WEAK
open("bootstrap", "wb").write(content)
""",
        },
        commands=(
            "mkdir lib newer",
            f"{_LIBRARY} -Wl,--version-script=two.map -o newer/libf.so.1 f.c g.c",
            f"{_LIBRARY} -Wl,--version-script=one.map -o lib/libf.so.1 f.c",
            f"$CC -o program main.c newer/libf.so.1 {_RPATH}",
            "python3 weaken.py",
            "chmod 755 bootstrap",
            _WITH_LIB,
        ),
        image="provided.al2023",
        oracle=loads("weak version `V2' not found (required by /var/task/bootstrap)"),
    ),
    Recipe(
        name="a bundled libgcc that is too old",
        rule="LB328",
        files={
            "gcc.c": "int __frame_state_for;\n",
            "gcc.map": "GCC_3.0 { global: __frame_state_for; };\n",
            "main.cc": HELLO_CC,
        },
        commands=(
            "mkdir lib",
            "$CC -shared -fPIC -Wl,-soname,libgcc_s.so.1,--version-script=gcc.map -o lib/libgcc_s.so.1 gcc.c",
            f"$CXX -o bootstrap main.cc {_RPATH}",
            _WITH_LIB,
        ),
        image="provided.al2023-libraries",
        oracle=refused("(required by /lib64/libstdc++.so.6)"),
    ),
)

_GOOD = (
    Recipe(
        name="a C program",
        files={"main.c": HELLO_C},
        commands=("$CC -o bootstrap main.c", ZIP),
        image="provided.al2023",
        oracle=loads("hello"),
    ),
    Recipe(
        name="cgo on a runtime that has its glibc",
        files={"main.go": HELLO_CGO},
        commands=(_CGO, ZIP),
        image="provided.al2023-2023.6",
        oracle=loads("6"),
    ),
    Recipe(
        name="C++ on the newer release",
        files={"main.cc": WAIT_CC},
        commands=("$CXX -O2 -o bootstrap main.cc", ZIP),
        image="provided.al2023",
        oracle=loads(),
    ),
    Recipe(
        name="C++ of old versions on the older release",
        files={"main.cc": HELLO_CC},
        commands=("$CXX -O2 -o bootstrap main.cc", ZIP),
        image="provided.al2023-2023.6",
        oracle=loads("hello"),
    ),
    Recipe(
        name="libstdc++ linked statically",
        about="Without --gc-sections there would be arc4random of glibc 2.36, by a class that no one uses.",
        files={"main.cc": WAIT_CC},
        commands=("$CXX -static-libstdc++ -Wl,--gc-sections -o bootstrap main.cc", ZIP),
        image="provided.al2023",
        oracle=loads(),
    ),
    Recipe(
        name="C linked against the libraries of provided al2",
        files={"main.c": HELLO_C},
        commands=(f"$CC -o bootstrap main.c {_ON_AL2}", ZIP),
        runtime="provided.al2",
        image="provided.al2",
        oracle=loads("hello"),
    ),
    Recipe(
        name="a newer libstdc++ bundled and found by DT_RPATH",
        about="The libstdc++ of GCC 10 needs no glibc newer than 2.18.",
        files={"main.cc": _FILESYSTEM_CC},
        commands=(
            "mkdir lib",
            "cp $BULLSEYE/libstdc++.so.6 lib",
            f"$CXX -o bootstrap main.cc lib/libstdc++.so.6 {_ON_AL2} {_RPATH}",
            _WITH_LIB,
        ),
        runtime="provided.al2",
        image="provided.al2",
        oracle=loads(),
    ),
    Recipe(
        name="a newer zlib bundled and found by DT_RPATH",
        files={"main.c": _CRC_C},
        commands=(
            "mkdir lib",
            "cp $DEBIAN/libz.so.1 lib",
            f"$CC -o bootstrap main.c lib/libz.so.1 {_RPATH}",
            _WITH_LIB,
        ),
        image="provided.al2023",
        oracle=loads(),
    ),
    Recipe(
        name="openssl as the image has it",
        files={
            "main.c": "const char *OpenSSL_version(int type);\n\nint main(void) { return OpenSSL_version(0) == 0; }\n"
        },
        commands=("$CC -o bootstrap main.c $AL2023/libcrypto.so.3 -Wl,--allow-shlib-undefined", ZIP),
        image="provided.al2023-2023.6",
        oracle=loads(),
    ),
    Recipe(
        name="libraries that run are judged as the stubs are",
        files={"main.cc": WAIT_CC},
        commands=("$CXX -O2 -o bootstrap main.cc", ZIP),
        image="provided.al2023-libraries",
        oracle=loads(),
    ),
)

RECIPES = (*_BAD, *_GOOD)
