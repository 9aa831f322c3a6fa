"""What an ELF file is, and is for."""

from tests.corpus.catalogue.sources import CALLS_F_C, F_C, HELLO_C, HELLO_CC, HELLO_GO
from tests.corpus.recipe import AMD64, ARM64, ZIP, Recipe, fails, go, loads, runs

_WITH_TOOL = "zip -q function.zip bootstrap tool"
_STATIC_C = "$CC -static -o bootstrap main.c"

_BAD = (
    Recipe(
        name="a program for macOS",
        rule="LB201",
        files={"main.go": HELLO_GO},
        commands=(go(goos="darwin"), ZIP),
        architectures=(ARM64,),
        by_arch=True,
        oracle=fails("Exec format error"),
    ),
    Recipe(
        name="a program for Windows",
        rule="LB201",
        files={"main.go": HELLO_GO},
        commands=(go(goos="windows"), ZIP),
        architectures=(AMD64,),
        by_arch=True,
        oracle=fails("Exec format error"),
    ),
    Recipe(
        name="a package that is not main",
        rule="LB201",
        files={"orders.go": "package orders\n\nconst Name = 1\n"},
        commands=(go(source="orders.go"), "chmod 755 bootstrap", ZIP),
        architectures=(AMD64,),
        oracle=fails("Exec format error"),
    ),
    Recipe(
        name="source in the place of the program",
        rule="LB201",
        files={"bootstrap": HELLO_GO},
        commands=("chmod 755 bootstrap", ZIP),
        architectures=(AMD64,),
        oracle=fails("Exec format error"),
    ),
    Recipe(
        name="a program for the other CPU",
        rule="LB202",
        files={"main.go": HELLO_GO},
        commands=(go(goarch="$OTHER"), ZIP),
        by_arch=True,
    ),
    Recipe(
        name="an extension for the other CPU",
        rule="LB202",
        files={"main.go": HELLO_GO},
        commands=("mkdir extensions", go("extensions/agent", goarch="$OTHER"), "zip -q -r layer.zip extensions"),
        artifact="layer.zip",
        by_arch=True,
    ),
    Recipe(
        name="a tool for the other CPU",
        rule="LB203",
        files={"main.go": HELLO_GO},
        commands=(go(), go("tool", goarch="$OTHER"), _WITH_TOOL),
    ),
    Recipe(
        name="a tool for FreeBSD",
        rule="LB203",
        files={"main.go": HELLO_GO},
        commands=(go(), go("tool", goos="freebsd"), _WITH_TOOL),
        architectures=(AMD64,),
    ),
    Recipe(
        name="a program that was cut off",
        rule="LB204",
        files={"main.go": HELLO_GO},
        commands=(go("orders"), "head -c 5000 orders > bootstrap", "chmod 755 bootstrap", ZIP),
        oracle=fails(""),
    ),
    Recipe(
        name="a library that was cut off",
        rule="LB205",
        files={"main.go": HELLO_GO, "f.c": F_C},
        commands=(
            go(),
            "$CC -shared -fPIC -Wl,-soname,libf.so.1 -o libf.so.1 f.c",
            "mkdir lib",
            "head -c 5000 libf.so.1 > lib/libf.so.1",
            "zip -q -r function.zip bootstrap lib",
        ),
        oracle=runs("hello"),
    ),
    Recipe(
        name="a library in the place of the program",
        rule="LB206",
        files={"f.c": F_C},
        commands=("$CC -shared -fPIC -o bootstrap f.c", ZIP),
        oracle=fails(""),
    ),
    Recipe(
        name="an object file in the place of the program",
        rule="LB206",
        files={"main.c": HELLO_C},
        commands=("$CC -c -o bootstrap main.c", "chmod 755 bootstrap", ZIP),
        oracle=fails(""),
    ),
    Recipe(
        name="a program for FreeBSD",
        rule="LB207",
        files={"main.go": HELLO_GO},
        commands=(go(goos="freebsd"), ZIP),
        architectures=(AMD64,),
        oracle=fails(""),
    ),
    Recipe(
        name="sources",
        rule="LB208",
        files={"main.go": HELLO_GO, "go.mod": "module example.com/orders\n\ngo 1.24\n"},
        commands=("zip -q function.zip main.go go.mod",),
        architectures=(AMD64,),
    ),
)

_GOOD = (
    Recipe(
        name="a static Go program",
        files={"main.go": HELLO_GO},
        commands=(go(), ZIP),
        oracle=runs("hello"),
    ),
    Recipe(
        name="a static Go program without symbols",
        files={"main.go": HELLO_GO},
        commands=(
            "CGO_ENABLED=0 GOOS=linux GOARCH=$ARCH go build -trimpath=false -ldflags='-s -w' -o bootstrap main.go",
            ZIP,
        ),
        oracle=runs("hello"),
    ),
    Recipe(
        name="a static C program",
        files={"main.c": HELLO_C},
        commands=(_STATIC_C, ZIP),
        oracle=runs("hello"),
    ),
    Recipe(
        name="a static C++ program",
        files={"main.cc": HELLO_CC},
        commands=("$CXX -static -o bootstrap main.cc", ZIP),
        oracle=runs("hello"),
    ),
    Recipe(
        name="a static program at any address",
        files={"main.c": HELLO_C},
        commands=("$CC -static-pie -o bootstrap main.c", ZIP),
        oracle=runs("hello"),
    ),
    Recipe(
        name="a static program that was stripped",
        files={"main.c": HELLO_C},
        commands=("$CC -static -s -o bootstrap main.c", ZIP),
        oracle=runs("hello"),
    ),
    Recipe(
        name="a program of no C library",
        files={
            "main.c": """static const char hello[] = "hello\\n";

void _start(void)
{
#ifdef __aarch64__
    register long number __asm__("x8") = 64, stream __asm__("x0") = 1, size __asm__("x2") = sizeof hello - 1;
    register const char *text __asm__("x1") = hello;
    __asm__ volatile("svc 0" : "+r"(stream) : "r"(number), "r"(text), "r"(size) : "memory");
    __asm__ volatile("mov x0, 0\\nmov x8, 93\\nsvc 0");
#else
    long done;
    __asm__ volatile("syscall"
                     : "=a"(done)
                     : "a"(1), "D"(1), "S"(hello), "d"(sizeof hello - 1)
                     : "rcx", "r11", "memory");
    __asm__ volatile("syscall" : : "a"(60), "D"(0));
#endif
    __builtin_unreachable();
}
""",
        },
        commands=("$CC -static -nostdlib -o bootstrap main.c", ZIP),
        oracle=runs("hello"),
    ),
    Recipe(
        name="a layer with an extension",
        files={"main.go": HELLO_GO},
        commands=("mkdir extensions", go("extensions/agent"), "zip -q -r layer.zip extensions"),
        artifact="layer.zip",
        oracle=runs("hello", "/opt/extensions/agent"),
    ),
    Recipe(
        name="a layer with libraries alone",
        files={"f.c": F_C},
        commands=(
            "mkdir lib",
            "$CC -shared -fPIC -Wl,-soname,libf.so.1 -o lib/libf.so.1 f.c",
            "zip -q -r layer.zip lib",
        ),
        artifact="layer.zip",
        image="provided.al2023",
    ),
    Recipe(
        name="a library by itself",
        files={"f.c": F_C},
        commands=("$CC -shared -fPIC -Wl,-soname,libf.so.1 -o libf.so.1 f.c",),
        artifact="libf.so.1",
        image="provided.al2023",
    ),
    Recipe(
        name="object files and archives among the files",
        files={"main.go": HELLO_GO, "f.c": F_C},
        commands=(go(), "$CC -c f.c", "ar rc libf.a f.o", "zip -q function.zip bootstrap f.o libf.a"),
        oracle=runs("hello"),
    ),
    Recipe(
        name="an extension module of Python in a layer",
        about="The interpreter brings the symbols that it lacks.",
        files={"module.c": "int Py_IsInitialized(void);\n\nint PyInit_module(void) { return Py_IsInitialized(); }\n"},
        commands=(
            "mkdir python",
            "$CC -shared -fPIC -o python/module.abi3.so module.c",
            "zip -q -r layer.zip python",
        ),
        artifact="layer.zip",
        runtime="python3.13",
        image="provided.al2023",
    ),
    Recipe(
        name="a program without sections",
        about="Sections are for linkers and debuggers: nothing that starts a program reads them.",
        files={
            "main.c": CALLS_F_C,
            "f.c": F_C,
            "strip.py": """import struct

content = bytearray(open("program", "rb").read())
struct.pack_into("<Q", content, 0x28, 0)  # e_shoff
struct.pack_into("<2H", content, 0x3C, 0, 0)  # e_shnum, e_shstrndx
open("bootstrap", "wb").write(content)
""",
        },
        commands=("$CC -o program main.c f.c", "python3 strip.py", "chmod 755 bootstrap", ZIP),
        image="provided.al2023",
        oracle=loads(),
    ),
)

RECIPES = (*_BAD, *_GOOD)
