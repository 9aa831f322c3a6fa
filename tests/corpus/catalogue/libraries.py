"""Libraries and symbols that are not there, loaders, and what a file asks of the loader by marks of its own."""

from tests.corpus.catalogue.runtime import BUILT, DIST, SPEC
from tests.corpus.catalogue.sources import CALLS_F_C, F_C, HELLO_C, HELLO_CGO
from tests.corpus.recipe import AMD64, ZIP, Recipe, fails, loads, refused, runs

_LIBRARY = "$CC -shared -fPIC -Wl,-soname,libf.so.1"
_WITH_LIB = "zip -q -r function.zip bootstrap lib"
_RPATH = "-Wl,--disable-new-dtags,-rpath,'$ORIGIN/lib'"
_RUNPATH = "-Wl,--enable-new-dtags,-rpath,'$ORIGIN/libs'"
_INHERITED = "-Wl,--disable-new-dtags,-rpath,'$ORIGIN/libs'"
_ON_AL2 = "-nodefaultlibs $AL2/libc.so.6 -Wl,--allow-shlib-undefined"
_F = {"f.c": F_C, "main.c": CALLS_F_C}
_G_C = "int g(void) { return 0; }\n"
_CALLS_G_C = "int g(void);\n\nint main(void) { return g(); }\n"
_WEAK_C = """extern int f(void), g(void) __attribute__((weak));

int main(void) { return f() + (g ? g() : 0); }
"""
_NODES = "V1 { global: f; g; };\n"
_WHOLE_AND_PART = (
    "mkdir lib whole",
    f"{_LIBRARY} -Wl,--version-script=f.map -o whole/libf.so.1 f.c g.c",
    f"{_LIBRARY} -Wl,--version-script=f.map -o lib/libf.so.1 f.c",
)
_PARTLY = {"f.c": F_C, "g.c": _G_C, "f.map": _NODES}
_RELR_C = """static int x;
int *p = &x;

int main(void) { return *p; }
"""
_TEXT_C = """int x;
__asm__(".text\\n.quad x\\n");

int main(void) { return x; }
"""
_STACK_S = ".globl f\n.text\nf: ret\n"
_CGO_SPEC = SPEC + "    cgo: image\n    executor: docker\n    extra_needed: [libvips.so.42]\n"

_BAD = (
    Recipe(
        name="a library is missing",
        rule="LB313",
        files=_F,
        commands=(f"{_LIBRARY} -o libf.so.1 f.c", "$CC -o bootstrap main.c ./libf.so.1", ZIP),
        image="provided.al2023",
        oracle=refused("libf.so.1: cannot open shared object file: No such file or directory"),
    ),
    Recipe(
        name="OpenMP is missing",
        about="provided.al2023 has no libgomp.",
        rule="LB313",
        files={
            "main.c": """#include <omp.h>

int main(void) { return omp_get_max_threads() < 1; }
"""
        },
        commands=("$CC -fopenmp -o bootstrap main.c", ZIP),
        image="provided.al2023",
        oracle=refused("libgomp.so.1: cannot open shared object file"),
    ),
    Recipe(
        name="a library in a folder where no one looks",
        rule="LB313",
        files=_F,
        commands=(
            "mkdir libs",
            f"{_LIBRARY} -o libs/libf.so.1 f.c",
            "$CC -o bootstrap main.c libs/libf.so.1",
            "zip -q -r function.zip bootstrap libs",
        ),
        image="provided.al2023",
        oracle=refused("libf.so.1: cannot open shared object file"),
    ),
    Recipe(
        name="the link of a soname was lost",
        rule="LB313",
        files=_F,
        commands=(
            "mkdir lib",
            f"{_LIBRARY} -o lib/libf.so.1.2.3 f.c",
            "$CC -o bootstrap main.c lib/libf.so.1.2.3",
            _WITH_LIB,
        ),
        image="provided.al2023",
        oracle=refused("libf.so.1: cannot open shared object file"),
    ),
    Recipe(
        name="DT_RUNPATH of the program is not for what its libraries need",
        rule="LB313",
        files={"f.c": F_C, "g.c": "int f(void);\n\nint g(void) { return f(); }\n", "main.c": _CALLS_G_C},
        commands=(
            "mkdir libs",
            f"{_LIBRARY} -o libs/libf.so.1 f.c",
            "$CC -shared -fPIC -Wl,-soname,libg.so.1 -o libs/libg.so.1 g.c libs/libf.so.1",
            f"$CC -o bootstrap main.c libs/libg.so.1 -Wl,--allow-shlib-undefined {_RUNPATH}",
            "zip -q -r function.zip bootstrap libs",
        ),
        image="provided.al2023",
        oracle=refused("libf.so.1: cannot open shared object file"),
    ),
    Recipe(
        name="a library that is opened while it runs",
        rule="LB313",
        files={"buildspec.yaml": _CGO_SPEC, "main.go": HELLO_CGO},
        given=BUILT,
        commands=("CGO_ENABLED=1 go build -o bootstrap main.go", f"zip -q {DIST} bootstrap"),
        architectures=(AMD64,),
        artifact=DIST,
        image="provided.al2023",
        project=True,
        oracle=loads("6"),
    ),
    Recipe(
        name="an extension whose library is missing",
        rule="LB313",
        files=_F,
        commands=(
            "mkdir extensions",
            f"{_LIBRARY} -o libf.so.1 f.c",
            "$CC -o extensions/agent main.c ./libf.so.1",
            "zip -q -r layer.zip extensions",
        ),
        artifact="layer.zip",
        image="provided.al2023",
        oracle=refused("libf.so.1: cannot open shared object file", "/opt/extensions/agent"),
    ),
    Recipe(
        name="a symbol that is looked up at the first call",
        rule="LB316",
        files={**_PARTLY, "main.c": _CALLS_G_C},
        commands=(*_WHOLE_AND_PART, f"$CC -o bootstrap main.c whole/libf.so.1 -Wl,-z,lazy {_RPATH}", _WITH_LIB),
        image="provided.al2023",
        oracle=refused("symbol lookup error: /var/task/bootstrap: undefined symbol: g, version V1"),
    ),
    Recipe(
        name="a symbol that is looked up at the start",
        rule="LB316",
        files={**_PARTLY, "main.c": _CALLS_G_C},
        commands=(*_WHOLE_AND_PART, f"$CC -o bootstrap main.c whole/libf.so.1 -Wl,-z,now {_RPATH}", _WITH_LIB),
        image="provided.al2023",
        oracle=refused("symbol lookup error: /var/task/bootstrap: undefined symbol: g, version V1"),
    ),
    Recipe(
        name="a symbol of no version",
        rule="LB316",
        files={"f.c": F_C, "g.c": _G_C, "main.c": _CALLS_G_C},
        commands=(
            "mkdir lib whole",
            f"{_LIBRARY} -o whole/libf.so.1 f.c g.c",
            f"{_LIBRARY} -o lib/libf.so.1 f.c",
            f"$CC -o bootstrap main.c whole/libf.so.1 -Wl,-z,now {_RPATH}",
            _WITH_LIB,
        ),
        image="provided.al2023",
        oracle=refused("symbol lookup error: /var/task/bootstrap: undefined symbol: g"),
    ),
    Recipe(
        name="a variable that is gone",
        rule="LB316",
        files={
            "f.c": F_C,
            "v.c": "int v = 0;\n",
            "main.c": "int f(void);\nextern int v;\n\nint main(void) { return f() + v; }\n",
        },
        commands=(
            "mkdir lib whole",
            f"{_LIBRARY} -o whole/libf.so.1 f.c v.c",
            f"{_LIBRARY} -o lib/libf.so.1 f.c",
            f"$CC -fPIC -pie -o bootstrap main.c whole/libf.so.1 {_RPATH}",
            _WITH_LIB,
        ),
        image="provided.al2023",
        oracle=refused("undefined symbol: v"),
    ),
    Recipe(
        name="a loader of musl",
        about="Linked as Alpine's gcc links.",
        rule="LB319",
        files={"main.c": HELLO_C},
        commands=("$CC -Wl,--dynamic-linker=/lib/ld-musl-$MACHINE.so.1 -o bootstrap main.c", ZIP),
        image="provided.al2023",
        oracle=fails("No such file or directory"),
    ),
    Recipe(
        name="a loader of Nix",
        rule="LB319",
        files={"main.c": HELLO_C},
        commands=(
            "$CC -Wl,--dynamic-linker=/nix/store/c0ffee-glibc-2.40/lib/ld-linux.so.2 -o bootstrap main.c",
            ZIP,
        ),
        image="provided.al2023",
        oracle=fails("No such file or directory"),
    ),
    Recipe(
        name="a linker script in a library's place",
        about="A script for the linker, as development packages have them, was copied for the library.",
        rule="LB320",
        files={**_F, "script": "/* GNU ld script */\nINPUT(libf.so.1.2.3 AS_NEEDED(libg.so.1) libf_nonshared.a)\n"},
        commands=(
            "mkdir lib",
            f"{_LIBRARY} -o libf.so.1 f.c",
            f"$CC -o bootstrap main.c ./libf.so.1 {_RPATH}",
            "cp script lib/libf.so.1",
            _WITH_LIB,
        ),
        image="provided.al2023",
        oracle=refused("/var/task/lib/libf.so.1: invalid ELF header"),
    ),
    Recipe(
        name="an empty file in a library's place",
        rule="LB320",
        files=_F,
        commands=(
            "mkdir lib",
            f"{_LIBRARY} -o libf.so.1 f.c",
            f"$CC -o bootstrap main.c ./libf.so.1 {_RPATH}",
            ": > lib/libf.so.1",
            _WITH_LIB,
        ),
        image="provided.al2023",
        oracle=refused("/var/task/lib/libf.so.1: file too short"),
    ),
    Recipe(
        name="packed relocations",
        about="The linker of Debian 12 writes them where it is told to, those of some distributions always.",
        rule="LB321",
        files={"main.c": _RELR_C},
        commands=("$CC -pie -fPIE -Wl,-z,pack-relative-relocs -o bootstrap main.c", ZIP),
        architectures=(AMD64,),
        image="provided.al2023",
    ),
    Recipe(
        name="packed relocations without a mark",
        about="Linked against a glibc that has no GLIBC_ABI_DT_RELR (`$AL2`), the linker cannot ask for it.",
        rule="LB321",
        files={"main.c": _RELR_C},
        commands=(
            f"$CC -pie -fPIE -Wl,-z,pack-relative-relocs -o bootstrap main.c {_ON_AL2}",
            ZIP,
        ),
        architectures=(AMD64,),
        image="provided.al2023",
    ),
    Recipe(
        name="packed relocations in a bundled library",
        rule="LB321",
        files={"f.c": "static int x;\nint *p = &x;\n\nint f(void) { return *p; }\n", "main.c": CALLS_F_C},
        commands=(
            "mkdir lib",
            f"{_LIBRARY} -Wl,-z,pack-relative-relocs -o lib/libf.so.1 f.c -lc",
            "$CC -o bootstrap main.c lib/libf.so.1 -Wl,--allow-shlib-undefined",
            _WITH_LIB,
        ),
        architectures=(AMD64,),
        image="provided.al2023",
    ),
    Recipe(
        name="an executable stack",
        rule="LB322",
        files={"main.c": CALLS_F_C.replace("return f()", "f(); return 0"), "f.s": _STACK_S},
        commands=("$CC -o bootstrap main.c f.s", ZIP),
        architectures=(AMD64,),
        image="provided.al2023",
        oracle=loads(),
    ),
    Recipe(
        name="a bundled library that asks for an executable stack",
        rule="LB322",
        files={"f.s": _STACK_S, "main.c": CALLS_F_C.replace("return f()", "f(); return 0")},
        commands=(
            "mkdir lib",
            f"{_LIBRARY} -Wl,-z,execstack -o lib/libf.so.1 f.s",
            "$CC -o bootstrap main.c lib/libf.so.1",
            _WITH_LIB,
        ),
        image="provided.al2023-2023.6",
        oracle=loads(),
    ),
    Recipe(
        name="text relocations",
        rule="LB323",
        files={"main.c": _TEXT_C},
        commands=("$CC -pie -fPIE -Wl,-z,notext -o bootstrap main.c", ZIP),
        image="provided.al2023",
        oracle=loads(),
    ),
    Recipe(
        name="a static program that looks up hosts",
        rule="LB324",
        files={
            "main.c": """#include <netdb.h>

int main(void) { return gethostbyname("localhost") == 0; }
"""
        },
        commands=("$CC -static -o bootstrap main.c", ZIP),
    ),
    Recipe(
        name="a static program that looks up users",
        rule="LB324",
        files={
            "main.c": """#include <pwd.h>

int main(void) { return getpwnam("root") == 0; }
"""
        },
        commands=("$CC -static -o bootstrap main.c", ZIP),
    ),
)

_NOTED = (
    Recipe(
        name="a script with a search path of its own",
        note="LB331",
        files={**_F, "bootstrap": "#!/bin/sh\nLD_LIBRARY_PATH=/var/task/libs exec ./orders\n"},
        commands=(
            "chmod 755 bootstrap",
            "mkdir libs",
            f"{_LIBRARY} -o libs/libf.so.1 f.c",
            "$CC -o orders main.c libs/libf.so.1",
            "zip -q -r function.zip bootstrap orders libs",
        ),
        architectures=(AMD64,),
        image="provided.al2023",
        oracle=runs(),
    ),
    Recipe(
        name="a weak symbol of a version",
        note="LB327",
        files={**_PARTLY, "main.c": _WEAK_C},
        commands=(*_WHOLE_AND_PART, f"$CC -o bootstrap main.c whole/libf.so.1 {_RPATH}", _WITH_LIB),
        image="provided.al2023",
        oracle=loads(),
    ),
)

_GOOD = (
    Recipe(
        name="a weak symbol that no one has",
        files={"main.c": "extern int g(void) __attribute__((weak));\n\nint main(void) { return g ? g() : 0; }\n"},
        commands=("$CC -o bootstrap main.c", ZIP),
        image="provided.al2023",
        oracle=loads(),
    ),
    Recipe(
        name="a library in lib that LD_LIBRARY_PATH names",
        files=_F,
        commands=(
            "mkdir lib",
            f"{_LIBRARY} -o lib/libf.so.1 f.c",
            "$CC -o bootstrap main.c lib/libf.so.1",
            _WITH_LIB,
        ),
        image="provided.al2023",
        oracle=loads(),
    ),
    Recipe(
        name="a library that is found by DT_RUNPATH",
        files=_F,
        commands=(
            "mkdir libs",
            f"{_LIBRARY} -o libs/libf.so.1 f.c",
            f"$CC -o bootstrap main.c libs/libf.so.1 {_RUNPATH}",
            "zip -q -r function.zip bootstrap libs",
        ),
        image="provided.al2023",
        oracle=loads(),
    ),
    Recipe(
        name="DT_RPATH of the program is for what its libraries need too",
        files={"f.c": F_C, "g.c": "int f(void);\n\nint g(void) { return f(); }\n", "main.c": _CALLS_G_C},
        commands=(
            "mkdir libs",
            f"{_LIBRARY} -o libs/libf.so.1 f.c",
            "$CC -shared -fPIC -Wl,-soname,libg.so.1 -o libs/libg.so.1 g.c libs/libf.so.1",
            f"$CC -o bootstrap main.c libs/libg.so.1 -Wl,--allow-shlib-undefined {_INHERITED}",
            "zip -q -r function.zip bootstrap libs",
        ),
        image="provided.al2023",
        oracle=loads(),
    ),
    Recipe(
        name="a library of a layer",
        files=_F,
        commands=(
            "mkdir lib",
            f"{_LIBRARY} -o lib/libf.so.1 f.c",
            "zip -q -r layer.zip lib",
            "$CC -o bootstrap main.c lib/libf.so.1",
            ZIP,
        ),
        layers=("layer.zip",),
        image="provided.al2023",
        oracle=loads(),
    ),
    Recipe(
        name="both tables of hashes",
        files=_F,
        commands=(
            "mkdir lib",
            f"{_LIBRARY} -Wl,--hash-style=both -o lib/libf.so.1 f.c",
            "$CC -Wl,--hash-style=both -o bootstrap main.c lib/libf.so.1",
            _WITH_LIB,
        ),
        image="provided.al2023",
        oracle=loads(),
    ),
    Recipe(
        name="the old table of hashes alone",
        files=_F,
        commands=(
            "mkdir lib",
            f"{_LIBRARY} -Wl,--hash-style=sysv -o lib/libf.so.1 f.c",
            "$CC -Wl,--hash-style=sysv -o bootstrap main.c lib/libf.so.1",
            _WITH_LIB,
        ),
        image="provided.al2023",
        oracle=loads(),
    ),
    Recipe(
        name="everything stripped",
        files=_F,
        commands=(
            "mkdir lib",
            f"{_LIBRARY} -s -o lib/libf.so.1 f.c",
            "$CC -s -o bootstrap main.c lib/libf.so.1",
            _WITH_LIB,
        ),
        image="provided.al2023",
        oracle=loads(),
    ),
    Recipe(
        name="a library of the other CPU is passed over",
        rule="LB203",
        files=_F,
        commands=(
            "mkdir lib libs",
            f"{_LIBRARY} -o libs/libf.so.1 f.c",
            "$CC -o bootstrap main.c libs/libf.so.1 -Wl,--disable-new-dtags,-rpath,'$ORIGIN/lib:$ORIGIN/libs'",
            "$OTHER_CC -shared -fPIC -Wl,-soname,libf.so.1 -o lib/libf.so.1 f.c",
            "zip -q -r function.zip bootstrap lib libs",
        ),
        image="provided.al2023",
        oracle=loads(),
    ),
)

RECIPES = (*_BAD, *_NOTED, *_GOOD)
