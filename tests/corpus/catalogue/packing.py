"""How a zip is made: what another tool takes differently, or not at all."""

from lambdabuild.model.finding import Severity
from tests.corpus.catalogue.sources import F_C, HELLO_GO, HELLO_SH
from tests.corpus.recipe import AMD64, ZIP, Recipe, fails, go, runs

_SCRIPT = {"bootstrap": HELLO_SH}
_EXECUTABLE = "chmod 755 bootstrap"
_PACK = (_EXECUTABLE, "python3 pack.py")
_WITH = """import zipfile

with zipfile.ZipFile("function.zip", "w") as bundle:
    bundle.write("bootstrap")
"""


def _packed(name: str, rule: str, line: str, *, about: str = "", severity: Severity | None = None) -> Recipe:
    """A bootstrap that is well, and one entry more, as Python's zipfile writes it."""
    pack = line if line.startswith("import") else f"{_WITH}    {line}\n"
    files = {**_SCRIPT, "pack.py": pack}
    return Recipe(
        name=name,
        about=about,
        rule=rule,
        severity=severity,
        files=files,
        commands=_PACK,
        architectures=(AMD64,),
    )


_BAD = (
    _packed("a name that climbs out", "LB121", 'bundle.writestr("../etc/cron.d/job", "")'),
    _packed("a name that begins at the root", "LB122", 'bundle.writestr("/etc/cron.d/job", "")'),
    _packed("a name with a tab", "LB123", 'bundle.writestr("notes\\tof june", "")'),
    _packed("a name that is too long", "LB123", 'bundle.writestr(256 * "x", "")'),
    _packed("the bootstrap is there twice", "LB124", 'bundle.write("bootstrap")'),
    _packed(
        "a file that is a folder too",
        "LB124",
        'bundle.write("pack.py", "lib")\n    bundle.write("pack.py", "lib/x")',
        severity=Severity.WARNING,
    ),
    Recipe(
        name="a link to what was left out",
        rule="LB125",
        files={"main.go": HELLO_GO},
        commands=(go("orders"), "ln -s orders bootstrap", "zip -q --symlinks function.zip bootstrap"),
        architectures=(AMD64,),
        by_arch=True,
        oracle=fails("No such file or directory"),
    ),
    Recipe(
        name="a link out of the zip",
        rule="LB125",
        severity=Severity.WARNING,
        files=_SCRIPT,
        commands=(
            _EXECUTABLE,
            "ln -s ../../orders/config.yaml .",
            "zip -q --symlinks function.zip bootstrap config.yaml",
        ),
        architectures=(AMD64,),
    ),
    Recipe(
        name="a link to itself",
        rule="LB125",
        severity=Severity.WARNING,
        files=_SCRIPT,
        commands=(_EXECUTABLE, "ln -s config.yaml config.yaml", "zip -q --symlinks function.zip bootstrap config.yaml"),
        architectures=(AMD64,),
    ),
    _packed(
        "a pipe",
        "LB102",
        """import stat
import zipfile

with zipfile.ZipFile("function.zip", "w") as bundle:
    bundle.write("bootstrap")
    entry = zipfile.ZipInfo("queue")
    entry.external_attr = (stat.S_IFIFO | 0o644) << 16
    bundle.writestr(entry, "")
""",
    ),
    _packed("names with backslashes", "LB128", 'bundle.write("pack.py", "lib\\\\pack.py")'),
    Recipe(
        name="an encrypted bootstrap",
        rule="LB131",
        files=_SCRIPT,
        commands=(_EXECUTABLE, "zip -q -P secret function.zip bootstrap"),
        architectures=(AMD64,),
    ),
    Recipe(
        name="compressed with bzip2",
        rule="LB132",
        files=_SCRIPT,
        commands=(_EXECUTABLE, "seq 1000 >> bootstrap", "zip -q -Z bzip2 function.zip bootstrap"),
        architectures=(AMD64,),
    ),
    Recipe(
        name="a zip that was cut off",
        rule="LB133",
        files={"main.go": HELLO_GO},
        commands=(go(), "zip -q whole.zip bootstrap", "head -c 100000 whole.zip > function.zip"),
        architectures=(AMD64,),
        by_arch=True,
    ),
    Recipe(
        name="a zip with other bytes",
        rule="LB133",
        files={"main.go": HELLO_GO},
        commands=(go(), ZIP, "printf damaged | dd of=function.zip bs=1 seek=50000 conv=notrunc status=none"),
        architectures=(AMD64,),
        by_arch=True,
    ),
    Recipe(
        name="no zip but a page",
        about="What a download leaves that ended at a login.",
        rule="LB133",
        files={"function.zip": "<!DOCTYPE html>\n<title>Sign in</title>\n"},
        architectures=(AMD64,),
    ),
    _packed(
        "two names for one entry",
        "LB134",
        """import zipfile

with zipfile.ZipFile("function.zip", "w") as bundle:
    bundle.write("bootstrap")
content = open("function.zip", "rb").read()
open("function.zip", "wb").write(content.replace(b"bootstrap", b"otherwise", 1))
""",
    ),
    _packed(
        "entries that share their bytes",
        "LB135",
        """import zipfile

with zipfile.ZipFile("function.zip", "w") as bundle:
    bundle.write("bootstrap")
    bundle.writestr("a", "hello")
    other = zipfile.ZipInfo("b")
    bundle.writestr(other, "hello")
    other.header_offset = bundle.getinfo("a").header_offset
""",
    ),
    Recipe(
        name="more entries than can be looked at",
        rule="LB136",
        files={
            "pack.py": """import zipfile

with zipfile.ZipFile("function.zip", "w") as bundle:
    for number in range(100_001):
        bundle.writestr(str(number), "")
"""
        },
        commands=("python3 pack.py",),
        architectures=(AMD64,),
    ),
    Recipe(
        name="a zip without files",
        rule="LB139",
        files={"pack.py": 'import zipfile\n\nzipfile.ZipFile("function.zip", "w").close()\n'},
        commands=("python3 pack.py",),
        architectures=(AMD64,),
    ),
)

_NOTED = (
    Recipe(
        name="libraries with links for their sonames",
        note="LB126",
        files={"main.go": HELLO_GO, "f.c": F_C},
        commands=(
            go(),
            "mkdir lib",
            "$CC -shared -fPIC -Wl,-soname,libf.so.1 -o lib/libf.so.1.2.3 f.c",
            "ln -s libf.so.1.2.3 lib/libf.so.1",
            "zip -q -r --symlinks function.zip bootstrap lib",
        ),
        image="provided.al2023",
        oracle=runs("hello"),
    ),
    Recipe(
        name="a handler that is a link",
        note="LB126",
        files={"bootstrap": '#!/bin/sh\nexec "./$_HANDLER"\n', "main.go": HELLO_GO},
        commands=(
            _EXECUTABLE,
            go("main"),
            "ln -s main orders",
            "zip -q --symlinks function.zip bootstrap main orders",
        ),
        architectures=(AMD64,),
        handler="orders",
    ),
    Recipe(
        name="names that begin with a dot",
        note="LB129",
        files={
            **_SCRIPT,
            "pack.py": """import zipfile

with zipfile.ZipFile("function.zip", "w") as bundle:
    entry = zipfile.ZipInfo("./bootstrap")
    entry.external_attr = 0o755 << 16
    bundle.writestr(entry, open("bootstrap").read())
""",
        },
        commands=_PACK,
        architectures=(AMD64,),
    ),
    Recipe(
        name="fields for large files",
        note="LB137",
        files=_SCRIPT,
        commands=(_EXECUTABLE, "zip -q -fz function.zip bootstrap"),
        architectures=(AMD64,),
        oracle=runs("hello"),
    ),
    Recipe(
        name="a zip that was written to a pipe",
        note="LB138",
        files={"main.go": HELLO_GO},
        commands=(go(), "zip -q - bootstrap | cat > function.zip"),
        oracle=runs("hello"),
    ),
    Recipe(
        name="a zip of Go's archive zip",
        about="`build-lambda-zip` of aws-lambda-go writes so.",
        note="LB138",
        files={
            "main.go": HELLO_GO,
            "pack/main.go": """package main

import (
	"archive/zip"
	"os"
)

func main() {
	content, err := os.ReadFile("bootstrap")
	if err != nil {
		panic(err)
	}
	bundle := zip.NewWriter(os.Stdout)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate}
	header.SetMode(0o755)
	entry, err := bundle.CreateHeader(header)
	if err != nil {
		panic(err)
	}
	if _, err := entry.Write(content); err != nil {
		panic(err)
	}
	if err := bundle.Close(); err != nil {
		panic(err)
	}
}
""",
        },
        commands=(go(), "go run pack/main.go > function.zip"),
        architectures=(AMD64,),
        oracle=runs("hello"),
    ),
)

_GOOD = (
    Recipe(
        name="a zip of Python's zipfile",
        files={"main.go": HELLO_GO},
        commands=(go(), "python3 -m zipfile -c function.zip bootstrap"),
        architectures=(AMD64,),
        oracle=runs("hello"),
    ),
    Recipe(
        name="a zip that stores",
        files={"main.go": HELLO_GO},
        commands=(go(), "zip -q -0 function.zip bootstrap"),
        architectures=(AMD64,),
        oracle=runs("hello"),
    ),
    Recipe(
        name="a zip with a comment behind another file",
        about="As a program that unpacks itself is made.",
        files={"main.go": HELLO_GO, "start.sh": HELLO_SH},
        commands=(
            go(),
            "zip -q orders.zip bootstrap",
            "cat start.sh orders.zip > function.zip",
            "zip -q -A function.zip",
        ),
        architectures=(AMD64,),
    ),
    Recipe(
        name="names in other alphabets",
        files={**_SCRIPT, "pages/größe.html": "", "pages/大小.html": ""},
        commands=(_EXECUTABLE, "zip -q -r function.zip bootstrap pages"),
        architectures=(AMD64,),
    ),
)

RECIPES = (*_BAD, *_NOTED, *_GOOD)
