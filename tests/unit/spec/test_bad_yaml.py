"""What is not YAML as we read it: the place, and what to write."""

from pathlib import Path

import pytest

from tests.support.spec import FUNCTION, Bad, expect

TABLE = [
    Bad(
        FUNCTION + "    package: ./x\n",
        "9:5",
        "`functions.orders.package` is written twice, first on line 8",
        "keep one of them",
    ),
    Bad(FUNCTION + "    x: &x [*x]\n", "9:12", "`*x` lies inside its own anchor", "write the value out"),
    Bad(FUNCTION + "functions: {}\n", "9:1", "`functions` is written twice, first on line 6", "keep one of them"),
    Bad('a: "x\n', "1:4", "the quote that opens here is never closed", "close it"),
    Bad(FUNCTION + "\ttags: [x]\n", "9:1", "a tab, expected spaces", "YAML is indented with spaces"),
    Bad(FUNCTION + "    tags: [*x]\n", "9:12", "`*x` names no anchor", "write `&x` at a value above it, or quote it"),
    Bad(
        FUNCTION + '    module: !!python/name:os.system ""\n',
        "9:13",
        "the tag `!!python/name:os.system` is not understood",
        "write plain text, a list or a map",
    ),
    Bad(
        FUNCTION + "    <<: {cgo: off}\n",
        "9:5",
        "`<<`, the merge key of YAML 1.1, is not understood",
        "write the keys out, or alias a whole value",
    ),
    Bad(FUNCTION + "---\nversion: 1\n", "9:1", "a second document begins here, expected one", "remove the `---`"),
    Bad("1: x\n", "1:1", "the key `1` is not text", 'quote it: `"1"`'),
    Bad(FUNCTION + "    tags: @x\n", "9:11", "a value cannot begin with `@`", "quote the value"),
    Bad(
        FUNCTION + "    module: a: b\n",
        "9:14",
        "`: ` is not expected here",
        "check the indentation, and quote a value that has `: ` in it",
    ),
]


@pytest.mark.parametrize("bad", TABLE, ids=[bad.message for bad in TABLE])
def test_bad_yaml_is_refused_at_its_place(bad: Bad, tmp_path: Path) -> None:
    expect(bad, tmp_path)
