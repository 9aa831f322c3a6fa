"""Go projects of every shape that people have, small enough to build many of them."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

MAIN = 'package main\n\nfunc main() { println("%s") }\n'
IMPORTING = 'package main\n\nimport "%s"\n\nfunc main() { println(%s) }\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Files by path; `packages` by function, relative to `project`; `prepare` is a go command run once in a folder."""

    files: Mapping[str, str]
    packages: Mapping[str, str]
    project: str = "."
    fields: Mapping[str, str] = field(default_factory=dict)
    prepare: tuple[tuple[str, ...], ...] = ()
    crlf: bool = False
    profiled: bool = False


def module(path: str, *lines: str) -> str:
    """A go.mod."""
    return "\n".join([f"module {path}", "", "go 1.24", *lines, ""])


GREETER = {"go.mod": module("example.com/Greeter"), "greeter.go": 'package greeter\n\nconst Word = "hello"\n'}
"""A module that the tests' proxy has; its path has an upper-case letter."""

REQUIRE = "require example.com/Greeter v1.0.0"
GREET = IMPORTING % ("example.com/Greeter", "greeter.Word")

CGO = """//go:build cgo

package c

// #cgo CFLAGS: -I${SRCDIR}/include
// #include "c.h"
import "C"

const Word = "cgo"
"""

ASSEMBLY = {
    "go.mod": module("example.com/asm"),
    "main.go": "package main\n\nfunc one() int\n\nfunc main() { println(one()) }\n",
    "one_amd64.s": '#include "textflag.h"\n#include "shared/one.h"\nTEXT ·one(SB), NOSPLIT, $0-8\n'
    "\tMOVQ $ONE, ret+0(FP)\n\tRET\n",
    "one_arm64.s": '#include "textflag.h"\n#include "shared/one.h"\nTEXT ·one(SB), NOSPLIT, $0-8\n'
    "\tMOVD $ONE, R0\n\tMOVD R0, ret+0(FP)\n\tRET\n",
    "shared/one.h": '#include "shared/value.h"\n#define ONE VALUE\n',
    "shared/value.h": "#define VALUE 1\n",
}

HOT = """package main

type adder interface{ add(int) int }

type one struct{ n int }

func (o *one) add(m int) int { o.n += m; return o.n }

func hot(a adder, times int) (sum int) {
	for i := range times {
		sum += a.add(i)
	}
	return sum
}

func main() { println(hot(&one{}, 3)) }
"""
PROFILE = Path(__file__).parents[1] / "data" / "default.pgo"
"""A CPU profile of HOT with more rounds, by runtime/pprof: with it the compiler writes other code."""

SHAPES: Mapping[str, Shape] = {
    "main at the root": Shape(
        files={"go.mod": module("example.com/app"), "main.go": MAIN % "root"}, packages={"app": "."}
    ),
    "cmd monorepo": Shape(
        files={
            "go.mod": module("example.com/mono"),
            "cmd/a/main.go": IMPORTING % ("example.com/mono/internal/w", 'w.Word + "a"'),
            "cmd/b/main.go": IMPORTING % ("example.com/mono/internal/w", 'w.Word + "b"'),
            "internal/w/w.go": 'package w\n\nconst Word = "mono"\n',
            "internal/w/w_test.go": "package w\n",
        },
        packages={"a": "./cmd/a", "b": "./cmd/b"},
    ),
    "two modules": Shape(
        files={
            "one/go.mod": module("example.com/one"),
            "one/main.go": MAIN % "one",
            "two/go.mod": module("example.com/two"),
            "two/main.go": MAIN % "two",
        },
        packages={"one": "./one", "two": "./two"},
    ),
    "go.work": Shape(
        files={
            "go.work": "go 1.24\n\nuse (\n\t./app\n\t./lib\n)\n",
            "app/go.mod": module("example.com/app", "require example.com/lib v0.0.0"),
            "app/main.go": IMPORTING % ("example.com/lib", "lib.Word"),
            "lib/go.mod": module("example.com/lib"),
            "lib/lib.go": 'package lib\n\nconst Word = "work"\n',
        },
        packages={"app": "./app"},
    ),
    "go.work with a fetched module": Shape(
        files={
            "go.work": "go 1.24\n\nuse (\n\t./app\n\t./lib\n)\n",
            "app/go.mod": module("example.com/app"),
            "app/main.go": MAIN % "app",
            "lib/go.mod": module("example.com/lib", REQUIRE),
            "lib/cmd/main.go": GREET,
        },
        packages={"app": "./app", "lib": "./lib/cmd"},
        prepare=(("lib", "mod", "tidy"),),
    ),
    "replace to a folder outside": Shape(
        files={
            "project/go.mod": module(
                "example.com/app", "require example.com/lib v0.0.0", "replace example.com/lib => ../lib"
            ),
            "project/main.go": IMPORTING % ("example.com/lib", "lib.Word"),
            "lib/go.mod": module("example.com/lib"),
            "lib/lib.go": 'package lib\n\nconst Word = "outside"\n',
        },
        packages={"app": "."},
        project="project",
    ),
    "a fetched module": Shape(
        files={"go.mod": module("example.com/app", REQUIRE), "main.go": GREET},
        packages={"app": "."},
        prepare=((".", "mod", "tidy"),),
    ),
    "a module replaced by another version": Shape(
        files={
            "go.mod": module("example.com/app", REQUIRE, "replace example.com/Greeter => example.com/Greeter v1.1.0"),
            "main.go": GREET,
        },
        packages={"app": "."},
        prepare=((".", "mod", "tidy"),),
    ),
    "an unpruned module graph": Shape(
        files={
            "go.mod": "module example.com/app\n\ngo 1.16\n\nrequire example.com/chain v1.0.0\n",
            "main.go": IMPORTING % ("example.com/chain", "chain.Word"),
        },
        packages={"app": "."},
        prepare=((".", "mod", "tidy"),),
    ),
    "vendor": Shape(
        files={"go.mod": module("example.com/app", REQUIRE), "main.go": GREET},
        packages={"app": "."},
        prepare=((".", "mod", "tidy"), (".", "mod", "vendor")),
    ),
    "vendored workspace": Shape(
        files={
            "go.work": "go 1.24\n\nuse ./app\n",
            "app/go.mod": module("example.com/app", REQUIRE),
            "app/main.go": GREET,
        },
        packages={"app": "./app"},
        prepare=(("app", "mod", "tidy"), (".", "work", "vendor")),
    ),
    "embed": Shape(
        files={
            "go.mod": module("example.com/app"),
            "main.go": 'package main\n\nimport "embed"\n\n//go:embed pages all:hidden *.txt\nvar files embed.FS\n\n'
            'func main() {\n\tb, _ := files.ReadFile("pages/a/index.html")\n\tprintln(string(b))\n}\n',
            "pages/a/index.html": "<p>a</p>\n",
            "pages/_draft.html": "left out\n",
            "hidden/.keep": "kept\n",
            "one.txt": "1\n",
        },
        packages={"app": "."},
    ),
    "build tags": Shape(
        files={
            "go.mod": module("example.com/app"),
            "main.go": "package main\n\nfunc main() { println(word) }\n",
            "on.go": '//go:build special\n\npackage main\n\nconst word = "on"\n',
            "off.go": '//go:build !special\n\npackage main\n\nconst word = "off"\n',
        },
        packages={"app": "."},
        fields={"tags": "[special]"},
    ),
    "generated code": Shape(
        files={
            "go.mod": module("example.com/app"),
            "main.go": "package main\n\n//go:generate false\n\nfunc main() { println(word) }\n",
            "zz_generated.go": "// Code generated by hand. DO NOT EDIT.\n\n//line word.tmpl:1\n"
            'package main\n\nconst word = "g"\n',
        },
        packages={"app": "."},
    ),
    "cgo beside it": Shape(
        files={
            "go.mod": module("example.com/app"),
            "main.go": IMPORTING % ("example.com/app/c", "c.Word"),
            "c/cgo.go": CGO,
            "c/pure.go": '//go:build !cgo\n\npackage c\n\nconst Word = "pure"\n',
            "c/include/c.h": "int c(void);\n",
        },
        packages={"app": "."},
    ),
    "CRLF checkout": Shape(
        files={
            "go.mod": module("example.com/app"),
            "main.go": "package main\n\nvar text = `two\nlines`\n\nfunc main() { println(text) }\n",
        },
        packages={"app": "."},
        crlf=True,
    ),
    "a module called main": Shape(files={"go.mod": module("main"), "main.go": MAIN % "main"}, packages={"app": "."}),
    "two mains of one name": Shape(
        files={
            "go.mod": module("example.com/app"),
            "x/fn/main.go": MAIN % "x",
            "y/fn/main.go": MAIN % "y",
        },
        packages={"x": "./x/fn", "y": "./y/fn"},
    ),
    "a folder with spaces and letters of any kind": Shape(
        files={
            "dienste/größe und 数/go.mod": module("example.com/app"),
            "dienste/größe und 数/main.go": 'package main\n\nimport _ "embed"\n\n//go:embed "a ü.txt"\n'
            "var text string\n\nfunc main() { println(text) }\n",
            "dienste/größe und 数/a ü.txt": "ü\n",
        },
        packages={"app": '"./dienste/größe und 数"'},
    ),
    "a profile": Shape(
        files={"go.mod": module("example.com/app"), "main.go": HOT}, packages={"app": "."}, profiled=True
    ),
    "assembly with headers": Shape(files=ASSEMBLY, packages={"app": "."}),
    "other levels of the CPU": Shape(
        files={"go.mod": module("example.com/app"), "main.go": MAIN % "levels"},
        packages={"app": "."},
        fields={"goamd64": "v2", "goarm64": "v8.2", "strip": "false", "ldflags": "[-X main.unused=1]"},
    ),
}

SPEC = """version: 1
go: "1.26.8"
runtime: provided.al2023
architectures: [arm64, amd64]
images:
  provided.al2023: public.ecr.aws/lambda/provided:al2023
functions:
"""


def spec_of(shape: Shape) -> str:
    """The buildspec.yaml of a shape."""
    lines = []
    for name, package in shape.packages.items():
        lines.append(f"  {name}:\n    package: {package}\n")
        lines.extend(f"    {key}: {value}\n" for key, value in shape.fields.items())
    return SPEC + "".join(lines)


def write(shape: Shape, folder: Path, go: Callable[[tuple[str, ...], Path], None]) -> Path:
    """Write a shape below `folder`; the folder of its spec. `go` runs a go command as a user would."""
    for name, content in shape.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content.replace("\n", "\r\n") if shape.crlf else content
        path.write_bytes(text.encode())
    if shape.profiled:
        shutil.copy(PROFILE, folder / "default.pgo")
    for where, *arguments in shape.prepare:
        go(tuple(arguments), folder / where)
    project = folder / shape.project
    (project / "buildspec.yaml").write_text(spec_of(shape))
    return project
