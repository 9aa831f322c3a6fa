"""A project that cannot be built as it is: one exit code, one line, one hint; dist/ stays as it was."""

from pathlib import Path

import pytest

from tests.support.bad import bad, edit, expect, folder, include, link, remove, spec, write
from tests.support.goproxy import ModuleProxy
from tests.support.registry import free_port

REQUIRING = "module example.com/shop\n\ngo 1.24\n\nrequire example.com/Greeter v1.0.0\n"
GREETING = 'package main\n\nimport "example.com/Greeter"\n\nfunc main() { println(greeter.Word) }\n'
ORDERS = "cmd/orders/main.go"
MODULE_HASH = "h1:" + 43 * "A" + "="

PROJECTS = {
    "no package": bad(
        2,
        "`functions.orders.package`: there is no folder `./cmd/orders`",
        "the folder that holds `package main`",
        remove("cmd/orders"),
    ),
    "no go.mod": bad(2, "no `go.mod` in `./cmd/orders` or above it", "run `go mod init", remove("go.mod")),
    "not main": bad(
        2,
        "`./cmd/orders` is package `orders`, not `main`",
        "name the folder that holds `package main`",
        write(ORDERS, "package orders\n"),
    ),
    "no Go files": bad(2, "there is nothing that go can build", "build constraints", remove(ORDERS)),
    "cgo alone": bad(
        2,
        "build constraints exclude all Go files",
        "the spec's `tags` and `cgo`",
        write(ORDERS, 'package main\n\nimport "C"\n\nfunc main() {}\n'),
    ),
    "another module's package": bad(
        2,
        "`./cmd/orders` is not in the module `lib`",
        "write the folder of the go.mod above the package",
        write("lib/go.mod", "module example.com/lib\n"),
        spec("cmd/orders\n", "cmd/orders\n    module: lib\n"),
    ),
    "a go.mod that needs a newer Go": bad(
        2,
        "the project needs Go 1.99, the spec says 1.26.8",
        "of 1.99 or newer in the spec and run `lambdabuild lock`",
        edit("go.mod", "go 1.24", "go 1.99"),
    ),
    "a damaged go.mod": bad(
        2, "Go 1.26.8 cannot read `", "a newer Go may know what stands there", edit("go.mod", "module", "modul")
    ),
    "a module that go.mod lacks": bad(
        2, "go.mod lacks a module that the code imports", "run `go mod tidy`", write(ORDERS, GREETING)
    ),
    "no go.sum": bad(
        2,
        "go.sum is incomplete: ",
        "run `go get example.com/shop/cmd/orders` and commit go.sum",
        write(ORDERS, GREETING),
        write("go.mod", REQUIRING),
    ),
    "a damaged go.sum": bad(
        2,
        "go.sum cannot be read: ",
        "restore it from version control, or remove it and run `go mod tidy`",
        write(ORDERS, GREETING),
        write("go.mod", REQUIRING),
        write("go.sum", "example.com/Greeter v1.0.0\n"),
    ),
    "another hash in go.sum": bad(
        4,
        "a module is not what go.sum says: ",
        "do not use it until you know why it changed",
        write(ORDERS, GREETING),
        write("go.mod", REQUIRING),
        write("go.sum", "".join(f"example.com/Greeter v1.0.0{of} {MODULE_HASH}\n" for of in ("", "/go.mod"))),
    ),
    "a module that no proxy has": bad(
        4,
        "a module cannot be fetched: ",
        "check the network, GOPROXY",
        write(ORDERS, GREETING.replace("Greeter", "absent")),
        write("go.mod", REQUIRING.replace("Greeter", "absent")),
        write("go.sum", "".join(f"example.com/absent v1.0.0{of} {MODULE_HASH}\n" for of in ("", "/go.mod"))),
        environ={"GOPROXY": f"http://127.0.0.1:{free_port()}"},
    ),
    "a vendor folder that does not fit": bad(
        2,
        "vendor/ does not fit go.mod",
        "run `go mod vendor`",
        write(ORDERS, GREETING),
        write("go.mod", REQUIRING),
        write("vendor/modules.txt", ""),
    ),
    "a workspace without the module": bad(
        2,
        "go.work does not hold the module",
        "run `go work use`",
        write("lib/go.mod", "module example.com/lib\n"),
        write("go.work", "go 1.24\n\nuse ./lib\n"),
    ),
    "a workspace whose module is gone": bad(
        2,
        "cannot load module lib listed in go.work file",
        "run `go work use`",
        write("go.work", "go 1.24\n\nuse (\n\t.\n\t./lib\n)\n"),
    ),
    "an absolute replace": bad(
        2,
        "names the absolute path `/srv/greeter`",
        "write it relative to the file",
        write("go.mod", f"{REQUIRING}\nreplace example.com/Greeter => /srv/greeter\n"),
    ),
    "a replace to nowhere": bad(
        2,
        "replacement directory ./greeter does not exist",
        "look at the files",
        write(ORDERS, GREETING),
        write("go.mod", f"{REQUIRING}\nreplace example.com/Greeter => ./greeter\n"),
    ),
    "a syntax error": bad(
        1, "orders-amd64, users-amd64: the compile failed", None, write(ORDERS, "package main\n\nfunc main() {\n")
    ),
    "a type error": bad(
        1,
        "orders-amd64, users-amd64: the compile failed",
        None,
        write(ORDERS, "package main\n\nfunc main() { absent() }\n"),
    ),
    "no func main": bad(1, "orders-amd64, users-amd64: the compile failed", None, write(ORDERS, "package main\n")),
    "an import of a program": bad(
        1,
        "the compile failed",
        None,
        write(ORDERS, 'package main\n\nimport _ "example.com/shop/cmd/users"\n\nfunc main() {}\n'),
    ),
}

INCLUDES = {
    "a link that leaves the project": bad(
        2,
        "include `hostname`: `hostname` leads out of the project, to `/etc/hostname`",
        "copy what it points to into the project",
        link("hostname", "/etc/hostname"),
        include("hostname"),
    ),
    "a link that ends nowhere": bad(
        2,
        "`config` is a symbolic link that cannot be followed",
        "remove the link, or make what it points to",
        link("config", "absent"),
        include("config"),
    ),
    "a link to a folder above it": bad(
        2, "leads back to a folder above it", "remove the link", folder("data"), link("data/up", ".."), include("data")
    ),
    "an absolute source": bad(2, "is `/etc/hostname`, an absolute path", "relative", include("/etc/hostname")),
    "a source that climbs": bad(2, "is `../secret`, which leaves the project", "move it into", include("../secret")),
    "an absolute target": bad(
        2, "is `/go.mod`, an absolute path", "relative", include("{source: go.mod, target: /go.mod}")
    ),
    "nothing": bad(
        2,
        "include `templates/**/*.html` matches no file",
        "a pattern is relative to the project",
        include("templates/**/*.html"),
    ),
    "two names that differ by case": bad(
        2,
        "`data/A.txt` and `data/a.txt` cannot lie in one zip: they are one name where case does not count",
        "give one of them another `target`",
        write("data/A.txt", ""),
        write("data/a.txt", ""),
        include("data"),
    ),
    "two files with one target": bad(
        2,
        "both would be `x`",
        "give one of them another `target`",
        include("{source: go.mod, target: x}", "{source: images.lock, target: x}"),
    ),
    "a file and a folder of one name": bad(
        2,
        "`x` is a file, and so cannot be a folder",
        "give one of them another `target`",
        include("{source: go.mod, target: x}", "{source: images.lock, target: x/y}"),
    ),
    "a file named bootstrap": bad(
        2,
        "include `bootstrap` would overwrite `bootstrap`, the compiled program",
        "give the include another `target`",
        write("bootstrap", "#!/bin/sh\n"),
        include("bootstrap"),
    ),
    "a name with a backslash": bad(2, "`data/a\\b` has a backslash", "rename", write("data/a\\b", ""), include("data")),
}

CASES = {
    **{f"project: {name}": case for name, case in PROJECTS.items()},
    **{f"include: {name}": case for name, case in INCLUDES.items()},
}


@pytest.mark.parametrize("name", CASES)
def test_a_bad_project_is_told_and_changes_nothing(name: str, project: Path, proxy: ModuleProxy) -> None:
    expect(CASES[name], project, proxy.environ)
