"""The files of an artifact: what Lambda starts, permissions, scripts."""

from tests.corpus.catalogue.sources import HELLO_C, HELLO_GO, HELLO_SH
from tests.corpus.recipe import AMD64, ZIP, Recipe, fails, go, runs

_SCRIPT = {"bootstrap": HELLO_SH}
_EXECUTABLE = "chmod 755 bootstrap"

_BAD = (
    Recipe(
        name="the program has Go's own name",
        rule="LB101",
        files={"main.go": HELLO_GO},
        commands=(go("main"), "zip -q function.zip main"),
        oracle=fails("No such file or directory"),
    ),
    Recipe(
        name="the bootstrap is in other letters",
        rule="LB101",
        files={"Bootstrap": HELLO_SH},
        commands=("chmod 755 Bootstrap", "zip -q function.zip Bootstrap"),
        architectures=(AMD64,),
        oracle=fails("No such file or directory"),
    ),
    Recipe(
        name="the bootstrap is in a folder",
        rule="LB101",
        files={"main.go": HELLO_GO},
        commands=(go("build/bootstrap"), "zip -q -r function.zip build"),
        architectures=(AMD64,),
        oracle=fails("No such file or directory"),
    ),
    Recipe(
        name="no program at all",
        rule="LB101",
        files={"config.yaml": "stage: test\n"},
        commands=("zip -q function.zip config.yaml",),
        architectures=(AMD64,),
    ),
    Recipe(
        name="not executable",
        rule="LB103",
        files={"main.go": HELLO_GO},
        commands=(go(), "chmod 644 bootstrap", ZIP),
        oracle=fails("Permission denied"),
    ),
    Recipe(
        name="executable for its owner alone",
        rule="LB103",
        files=_SCRIPT,
        commands=("chmod 700 bootstrap", ZIP),
        architectures=(AMD64,),
        oracle=fails("Permission denied", user=True),
    ),
    Recipe(
        name="a file that only its owner may read",
        rule="LB104",
        files={**_SCRIPT, "config.yaml": "stage: test\n"},
        commands=(_EXECUTABLE, "chmod 600 config.yaml", "zip -q function.zip bootstrap config.yaml"),
        architectures=(AMD64,),
    ),
    Recipe(
        name="a tool that may not be executed",
        rule="LB105",
        files={"bootstrap": "#!/bin/sh\nexec bin/tool\n", "tool.c": HELLO_C},
        commands=(
            _EXECUTABLE,
            "mkdir bin",
            "$CC -static -o bin/tool tool.c",
            "chmod 644 bin/tool",
            "zip -q function.zip bootstrap bin/tool",
        ),
        by_arch=True,
        oracle=fails("Permission denied", "/var/task/bin/tool"),
    ),
    Recipe(
        name="a handler that is no file of the zip",
        rule="LB106",
        files={"main.go": HELLO_GO},
        commands=(go(), go("orders"), "zip -q function.zip bootstrap orders"),
        architectures=(AMD64,),
        handler="order",
    ),
    Recipe(
        name="a handler with a folder",
        rule="LB106",
        files=_SCRIPT,
        commands=(_EXECUTABLE, ZIP),
        architectures=(AMD64,),
        handler="bin/orders",
    ),
    Recipe(
        name="a zip without permissions",
        about="As many tools on Windows write it.",
        rule="LB107",
        files={
            "main.go": HELLO_GO,
            "pack.py": """import zipfile

with zipfile.ZipFile("function.zip", "w") as bundle:
    entry = zipfile.ZipInfo("bootstrap")
    entry.create_system = 0  # FAT; Unix is 3
    bundle.writestr(entry, open("bootstrap", "rb").read())
""",
        },
        commands=(go(), "python3 pack.py"),
        oracle=fails("Permission denied"),
    ),
    Recipe(
        name="the bootstrap is a link to the program",
        rule="LB108",
        files={"main.go": HELLO_GO},
        commands=(go("orders"), "ln -s orders bootstrap", "zip -q --symlinks function.zip bootstrap orders"),
        oracle=runs("hello"),
    ),
    Recipe(
        name="the bootstrap is a folder",
        rule="LB109",
        files={"main.go": HELLO_GO},
        commands=(go("bootstrap/main"), "zip -q -r function.zip bootstrap"),
        architectures=(AMD64,),
        oracle=fails(""),
    ),
    Recipe(
        name="the bootstrap is a link to a folder",
        rule="LB109",
        files={"main.go": HELLO_GO},
        commands=(go("orders/main"), "ln -s orders bootstrap", "zip -q -r --symlinks function.zip bootstrap orders"),
        architectures=(AMD64,),
        oracle=fails("Permission denied"),
    ),
    Recipe(
        name="a script without a shebang",
        rule="LB111",
        files={"bootstrap": "echo hello\n"},
        commands=(_EXECUTABLE, ZIP),
        architectures=(AMD64,),
        oracle=fails("Exec format error"),
    ),
    Recipe(
        name="a script behind a byte order mark",
        rule="LB111",
        files={"bootstrap": f"\ufeff{HELLO_SH}"},
        commands=(_EXECUTABLE, ZIP),
        architectures=(AMD64,),
        oracle=fails("Exec format error"),
    ),
    Recipe(
        name="a script with Windows line ends",
        rule="LB112",
        files={"script.sh": HELLO_SH},
        commands=("sed 's/$/\\r/' script.sh > bootstrap", _EXECUTABLE, ZIP),
        architectures=(AMD64,),
        oracle=fails("No such file or directory"),
    ),
    Recipe(
        name="a script for python3",
        rule="LB113",
        files={"bootstrap": "#!/usr/bin/python3\nprint('hello')\n"},
        commands=(_EXECUTABLE, ZIP),
        architectures=(AMD64,),
        image="provided.al2023",
        oracle=fails("No such file or directory"),
    ),
    Recipe(
        name="a script for an arm64 function that env looks up",
        rule="LB113",
        files={"bootstrap": "#!/usr/bin/env node\nconsole.log('hello')\n"},
        commands=(_EXECUTABLE, ZIP),
        image="provided.al2023",
        by_arch=True,
    ),
    Recipe(
        name="env with an option that it takes for a name",
        rule="LB113",
        files={"bootstrap": "#!/usr/bin/env bash -e\necho hello\n"},
        commands=(_EXECUTABLE, ZIP),
        architectures=(AMD64,),
        image="provided.al2023",
        oracle=fails("bash -e"),
    ),
)

_GOOD = (
    Recipe(
        name="a script for sh",
        files=_SCRIPT,
        commands=(_EXECUTABLE, ZIP),
        by_arch=True,
    ),
    Recipe(
        name="a script for sh that runs",
        files=_SCRIPT,
        commands=(_EXECUTABLE, ZIP),
        architectures=(AMD64,),
        oracle=runs("hello"),
    ),
    Recipe(
        name="a script that env looks bash up for",
        files={"bootstrap": "#!/usr/bin/env bash\necho hello\n"},
        commands=(_EXECUTABLE, ZIP),
        architectures=(AMD64,),
        oracle=runs("hello"),
    ),
    Recipe(
        name="a script with its interpreter in the zip",
        files={"bootstrap": "#!/var/task/bin/interpreter\nhello\n", "interpreter.c": HELLO_C},
        commands=(
            _EXECUTABLE,
            "mkdir bin",
            "$CC -static -o bin/interpreter interpreter.c",
            "zip -q function.zip bootstrap bin/interpreter",
        ),
        architectures=(AMD64,),
        oracle=runs("hello"),
    ),
    Recipe(
        name="a script that starts a program for the CPU",
        files={"bootstrap": "#!/bin/sh\nexec ./orders\n", "main.go": HELLO_GO},
        commands=(_EXECUTABLE, go("orders"), "zip -q function.zip bootstrap orders"),
        oracle=runs("hello", "/var/task/orders"),
    ),
    Recipe(
        name="a handler that is a program of the zip",
        files={"bootstrap": '#!/bin/sh\nexec "./$_HANDLER"\n', "main.go": HELLO_GO},
        commands=(_EXECUTABLE, go("orders"), "zip -q function.zip bootstrap orders"),
        architectures=(AMD64,),
        handler="orders",
    ),
    Recipe(
        name="files of every kind beside the program",
        files={"main.go": HELLO_GO, "config.yaml": "stage: test\n", "page.html": "<p>hello</p>\n", "empty": ""},
        commands=(go(), "zip -q function.zip bootstrap main.go config.yaml page.html empty"),
        architectures=(AMD64,),
        oracle=runs("hello"),
    ),
    Recipe(
        name="a folder as SAM leaves it",
        files={"main.go": HELLO_GO, "Orders/config.yaml": "stage: test\n"},
        commands=(go("Orders/bootstrap"),),
        artifact="Orders",
        oracle=runs("hello"),
    ),
    Recipe(
        name="a program by itself",
        files={"main.go": HELLO_GO},
        commands=(go("orders"),),
        artifact="orders",
        oracle=runs("hello", "/var/task/orders"),
    ),
)

RECIPES = (*_BAD, *_GOOD)
