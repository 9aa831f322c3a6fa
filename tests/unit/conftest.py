"""Programs that are judged: built once, by real compilers."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.support.elf import Programs, gcc, go_build


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    """Real programs by name, each built when it is first asked for."""
    folder = tmp_path_factory.mktemp("programs")
    library = "int answer(void) { return 42; }\n"

    @cache
    def program(name: str) -> bytes:
        return recipes[name](folder / name.replace("/", "-"))

    recipes: dict[str, Callable[[Path], bytes]] = {
        "go": go_build,
        "go/arm64": lambda to: go_build(to, goarch="arm64"),
        "go/cgo": lambda to: go_build(to, cgo=True),
        "go/darwin": lambda to: go_build(to, goos="darwin", goarch="arm64"),
        "go/windows": lambda to: go_build(to, goos="windows"),
        "gcc": gcc,
        "gcc/static-pie": lambda to: gcc(to, "-static-pie"),
        "gcc/static": lambda to: gcc(to, "-static"),
        "gcc/shared": lambda to: gcc(to, "-shared", "-fPIC", "-Wl,-soname,libanswer.so.1", source=library),
        "gcc/shared-nameless": lambda to: gcc(to, "-shared", "-fPIC", source=library),
        "gcc/object": lambda to: gcc(to, "-c", source=library),
    }
    return program
