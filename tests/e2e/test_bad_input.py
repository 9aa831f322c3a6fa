"""A spec, a lock or a command line that is wrong: one exit code, one line, one hint; dist/ stays as it was."""

from pathlib import Path

import pytest

from tests.support.bad import bad, expect, folder, lock, remove, spec, write
from tests.support.goproxy import ModuleProxy

SPECS = {
    "no spec": bad(2, "`buildspec.yaml` does not exist", "run `lambdabuild init`", remove("buildspec.yaml")),
    "another name": bad(
        2,
        "`buildspec.yaml` does not exist",
        "there is `buildspec.yml`: name it with `--file buildspec.yml`",
        lambda project: (project / "buildspec.yaml").rename(project / "buildspec.yml"),
    ),
    "a folder": bad(2, "File 'cmd' is a directory", "run `lambdabuild build --help`", run=("build", "--file", "cmd")),
    "empty": bad(2, "`buildspec.yaml` is empty", "begin with `version: 1`", write("buildspec.yaml", "# nothing\n")),
    "not YAML": bad(
        2,
        "`buildspec.yaml:3:1`: not YAML",
        "check the indentation, brackets and quotes",
        write("buildspec.yaml", "version: 1\nfunctions: [\n"),
    ),
    "not text": bad(
        2,
        "`buildspec.yaml:2:5`: byte 0xff is not UTF-8",
        "save the file as UTF-8",
        write("buildspec.yaml", b"version: 1\ngo: \xff\xfe\n"),
    ),
    "AWS CodeBuild's": bad(
        2,
        "is a buildspec of AWS CodeBuild",
        "write ours to another file",
        write("buildspec.yaml", "version: 0.2\nphases: {build: {commands: [make]}}\n"),
    ),
    "another version": bad(
        2, "`buildspec.yaml:1:10`: `version` is the number `2`", "write `version: 1`", spec("version: 1", "version: 2")
    ),
    "a key twice": bad(
        2,
        "`buildspec.yaml:2:1`: `version` is written twice, first on line 1",
        "keep one of them",
        spec("version: 1", "version: 1\nversion: 1"),
    ),
    "an unknown key": bad(
        2,
        "`functions.users.packege` is not a known key",
        "did you mean `package`?",
        spec("package: ./cmd/users", "packege: ./cmd/users"),
    ),
    "Go as a number": bad(2, "`go` is the number `1.26`", '`go: "1.26.0"`', spec('"1.26.8"', "1.26")),
    "a tag that moves": bad(
        2,
        "with the tag `latest`, which moves",
        "write the one that you mean",
        spec("provided:al2023", "provided:latest"),
    ),
    "a runtime without image": bad(
        2,
        "`runtime` is `provided.al2`, which is not in `images`",
        "provided.al2023",
        spec("runtime: provided.al2023", "runtime: provided.al2"),
    ),
    "a variable without value": bad(
        2,
        "`defaults.ldflags[0]` uses `${release}`, which is not in `variables`",
        "known variables: `version`",
        spec("${version}", "${release}"),
    ),
    "an executor to come": bad(
        2,
        "this version cannot build `remote` yet",
        "write `executor: host`",
        spec("defaults:\n", "defaults:\n  executor: remote\n"),
    ),
}

LOCKS = {
    "no lock": bad(
        3, "`images.lock` does not exist", "run `lambdabuild lock` and commit the file", remove("images.lock")
    ),
    "an image that is not locked": bad(
        3,
        "`images.lock` does not pin `public.ecr.aws/lambda/provided:al2`",
        "run `lambdabuild lock`",
        spec("provided:al2023", "provided:al2"),
    ),
    "a Go that is not locked": bad(
        3, "does not pin `go@1.26.7 linux/", "run `lambdabuild lock`", spec("1.26.8", "1.26.7")
    ),
    "stale, asked for by --check": bad(
        3,
        "does not pin `go@1.26.7 darwin/arm64`",
        "run `lambdabuild lock`",
        spec("1.26.8", "1.26.7"),
        run=("lock", "--check"),
    ),
    "a pin moved by hand": bad(
        3,
        "the seal of `public.ecr.aws/lambda/provided:al2023` does not match its pin",
        "it reads the platforms of the new pin",
        lock("@sha256:2", "@sha256:3"),
    ),
    "a merge conflict": bad(
        3,
        "`images.lock:7`: a merge conflict is not resolved",
        "take either side whole",
        lock("toolchains:", "<<<<<<< HEAD\n=======\n>>>>>>> theirs\ntoolchains:"),
    ),
    "an unknown fact": bad(
        3,
        "expected one of created, pin, platforms, seal",
        "restore it from version control",
        lock("    seal:", "    size: 1\n    seal:"),
    ),
    "a cut digest": bad(
        3, "expected sha256:…/size", "restore it from version control", lock("tree: sha256:a", "tree: sha256:")
    ),
    "of a newer lambdabuild": bad(
        3, "`images.lock:2:10`: `version`: expected 1", "update lambdabuild", lock("version: 1", "version: 2")
    ),
    "a lock that is not YAML": bad(
        3, "`images.lock:2:1`: not YAML", "check the indentation, brackets and quotes", write("images.lock", "{")
    ),
    "a lock that is a folder": bad(
        3,
        "`images.lock` cannot be read: Is a directory",
        "check its permissions",
        remove("images.lock"),
        folder("images.lock"),
    ),
}

COMMANDS = {
    "an unknown command": bad(2, "did you mean `build`?", "run `lambdabuild --help`", run=("biuld",)),
    "an unknown option": bad(
        2, "No such option '--functoin'", "run `lambdabuild build --help`", run=("build", "--functoin", "orders")
    ),
    "an option without value": bad(2, "requires an argument", "run `lambdabuild --help`", run=("build", "--function")),
    "an argument too many": bad(
        2, "unexpected extra argument (orders)", "run `lambdabuild plan --help`", run=("plan", "orders")
    ),
    "an unknown function": bad(
        2, "`buildspec.yaml` has no function `order`", "it has orders, users", run=("build", "--function", "order")
    ),
    "an unknown architecture": bad(
        2, "'riscv64' is not one of", "run `lambdabuild build --help`", run=("build", "--arch", "riscv64")
    ),
    "an architecture that is not built": bad(
        2,
        "no chosen function of `buildspec.yaml` is built for arm64",
        "look at `architectures` in the spec",
        run=("plan", "--arch", "arm64"),
    ),
    "a variable without a value": bad(
        2, "'version' is not NAME=VALUE", "run `lambdabuild build --help`", run=("build", "--set", "version")
    ),
    "an unknown variable": bad(
        2, "has no variable `verison`", "did you mean `version`?", run=("build", "--set", "verison=1")
    ),
    "a value of two lines": bad(
        2,
        "`--set version=…`: the value is not one line of text",
        "leave out line breaks",
        run=("build", "--set", "version=1\n2"),
    ),
    "an unknown severity": bad(
        2, "'never' is not one of", "run `lambdabuild check --help`", run=("check", "--fail-on", "never")
    ),
    "an unknown shell": bad(
        2, "'tcsh' is not one of", "run `lambdabuild completion --help`", run=("completion", "tcsh")
    ),
    "a bad value in the environment": bad(
        2, "'purple' is not one of", "run `lambdabuild build --help`", environ={"LAMBDABUILD_COLOR": "purple"}
    ),
}

CASES = {
    **{f"spec: {name}": case for name, case in SPECS.items()},
    **{f"lock: {name}": case for name, case in LOCKS.items()},
    **{f"command: {name}": case for name, case in COMMANDS.items()},
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_told_and_changes_nothing(name: str, project: Path, proxy: ModuleProxy) -> None:
    expect(CASES[name], project, proxy.environ)
