"""zig as go's C compiler: words that go splits as they are meant, whatever a cache folder is called."""

from pathlib import Path

import pytest

from lambdabuild.execute.native import compilers

TOLD = {"ZIG_FLAGS": "-target x86_64-linux-gnu.2.34"}


@pytest.mark.parametrize(
    ("root", "word"), [("/a b/zig", "'/a b/zig/zig'"), ("/o'neil/zig", '"/o\'neil/zig/zig"'), ('/"x"', "'/\"x\"/zig'")]
)
def test_a_path_is_one_word(root: str, word: str) -> None:
    env = compilers(Path(root) / "zig", TOLD, Path("/a b/cache"))

    assert env == {
        "CC": f"{word} cc -target x86_64-linux-gnu.2.34",
        "CXX": f"{word} c++ -target x86_64-linux-gnu.2.34",
        "ZIG_GLOBAL_CACHE_DIR": "/a b/cache",
        "ZIG_LOCAL_CACHE_DIR": "/a b/cache",
    }


def test_where_nothing_is_told_to_zig_there_is_no_compiler_of_c() -> None:
    assert compilers(Path("/zig"), {}, Path("/cache")) == {}
