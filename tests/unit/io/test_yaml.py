"""YAML 1.2, its places, and its bounds."""

import itertools
import math
from pathlib import Path

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from lambdabuild.errors import LambdabuildError, LockError, SpecError
from lambdabuild.io import yaml
from lambdabuild.io.document import Document, brief, dotted

FILE = Path("images.lock")


def read(content: bytes | str) -> Document:
    return yaml.load(content.encode() if isinstance(content, str) else content, file=FILE, error=LockError)


def refusal(content: bytes | str) -> LambdabuildError:
    with pytest.raises(LockError) as caught:
        read(content)
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(
            (word, word)
            for word in ("off", "no", "on", "yes", "Off", "y", "1_000", "1:30", "0b1", "tRUE", "2026-02-27")
        ),
        *((word, True) for word in ("true", "True", "TRUE")),
        *((word, False) for word in ("false", "False", "FALSE")),
        *((word, None) for word in ("null", "Null", "NULL", "~", "")),
        *(("0644", 644), ("0o644", 420), ("0x1F", 31), ("-7", -7), ("+7", 7)),
        *(("1.26", 1.26), ("1.", 1.0), (".5", 0.5), ("1e3", 1000.0), ("-.inf", -math.inf), ("+.INF", math.inf)),
        *(("1.26.8", "1.26.8"), ("0o8", "0o8"), (".", "."), ("-", "-"), ("inf", "inf"), ("٣", "٣")),
    ],
)
def test_plain_scalars_follow_the_core_schema(text: str, value: object) -> None:
    scalar = yaml.scalar(text)

    assert scalar == value
    assert type(scalar) is type(value)


def test_not_a_number_is_a_number() -> None:
    scalar = yaml.scalar(".NaN")

    assert isinstance(scalar, float)
    assert math.isnan(scalar)


def test_quoted_and_block_scalars_are_text() -> None:
    assert read("a: '1'\nb: \"true\"\nc: |\n  1\nd: >\n  2\n").data == {"a": "1", "b": "true", "c": "1\n", "d": "2\n"}


@pytest.mark.parametrize("content", ["", "# nothing\n", "---\n", "~\n", "\ufeff"])
def test_a_file_with_nothing_in_it_has_no_root(content: str) -> None:
    document = read(content)

    assert document.root is None
    assert document.data is None
    assert document.where(("a",)) == "`images.lock:1:1`"


@pytest.mark.parametrize("content", ["\ufeffa: 1\nb: é\n", "a: 1\r\nb: é\r\n", "---\na: 1\nb: é\n...\n"])
def test_what_windows_writes_is_fine(content: str) -> None:
    assert read(content).data == {"a": 1, "b": "é"}


def test_positions_are_of_values_and_of_keys() -> None:
    document = read("a:\n  - é: x\n    bc: 0644\n")

    assert document.position(("a", 0, "bc")) == (3, 9)
    assert document.position(("a", 0, "bc"), key=True) == (3, 5)
    assert document.position(("a", 0)) == (2, 5)
    assert document.text(("a", 0, "bc")) == "0644"
    assert document.text(("a", 0)) is None
    assert document.text(("a", 5, "x")) is None


def test_what_is_not_there_lies_at_what_it_should_be_in() -> None:
    document = read("a:\n  b: {}\n")

    assert document.position(("a", "b", "c", "d"), key=True) == (2, 3)
    assert document.position(("x",)) == (1, 1)


def test_an_aliased_value_lies_where_it_is_written() -> None:
    document = read("a: &x [1]\nb: *x\n")

    assert document.data == {"a": [1], "b": [1]}
    assert document.where(("b", 0)) == "`images.lock:1:8`"


def test_errors_are_of_the_callers_class() -> None:
    with pytest.raises(SpecError, match=r"^`images\.lock:1:1`: "):
        yaml.load(b"]", file=FILE, error=SpecError)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: 1\nb: \xe9\n", "`images.lock:2:4`: byte 0xe9 is not UTF-8"),
        (b"\xff\xfea\x00", "`images.lock` is UTF-16, expected UTF-8"),
        (b"\xfe\xff\x00a", "`images.lock` is UTF-16, expected UTF-8"),
        (b"a\x00", "`images.lock:1:2`: the character U+0000 is not allowed in YAML"),
        (b"a: \xef\xbb\xbf", "`images.lock:1:4`: the character U+FEFF is not allowed in YAML"),
        (b" " * (yaml.MAX_BYTES + 1), "`images.lock` is longer than 1048576 bytes"),
        ("a: " + "9" * 5000, "`images.lock:1:4`: a number of 5000 characters"),
        ("[" * 100_000, "`images.lock:1:52`: nested more than 50 deep"),
        ("- " * 100_000, "`images.lock:1:103`: nested more than 50 deep"),
        ("? [a]\n: b\n", "`images.lock:1:3`: a key must be text"),
        ("a: &x 1\n*x : 2\n", "`images.lock:2:1`: a key must be text"),
        ("true: 1\n", "`images.lock:1:1`: the key `true` is not text"),
        ("?\n: 1\n", "`images.lock:1:2`: a key is missing"),
        ('{a: 1, "a": 2}', "`images.lock:1:8`: `a` is written twice, first on line 1"),
        ("a: !!str 1\n", "`images.lock:1:4`: the tag `!!str` is not understood"),
        ("a: !Ref b\n", "`images.lock:1:4`: the tag `!Ref` is not understood"),
        ("a: {b:\n\t- 1}\n", "`images.lock:2:2`: a tab, expected spaces"),
        ("%YAML 2.0\n---\na: 1\n", "`images.lock:1:1`: not YAML: found incompatible YAML document"),
    ],
)
def test_what_is_not_yaml_as_we_read_it_is_refused(content: bytes | str, message: str) -> None:
    assert refusal(content).message == message


def test_aliases_that_multiply_are_refused_at_once() -> None:
    letters = "abcdefghij"
    lines = [f"a: &a [{', '.join(['x'] * 9)}]"]
    lines += [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in itertools.pairwise(letters)]

    error = refusal("\n".join(lines))

    assert error.message == "`images.lock:5:36`: `*d`: the aliases of this file expand to more than 1048576 bytes"
    assert error.hint == "write the values out"


def test_a_long_text_that_is_aliased_often_is_refused() -> None:
    assert "expand to more than" in refusal(f"a: &a {'x' * 500_000}\nb: [*a, *a, *a]\n").message


def test_aliases_that_nest_are_as_deep_as_what_they_stand_for() -> None:
    lines = ["a0: &a0 [x]", *(f"a{number}: &a{number} [*a{number - 1}]" for number in range(1, 60))]

    assert refusal("\n".join(lines)).message == "`images.lock:50:12`: `*a48` nests more than 50 deep"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('a: "\\UFFFFFFFF"', "`images.lock` has an escape that is not a character: "),
        ('a: "\\ud800"', "`images.lock:1:4`: an escape that is not a character"),
        ("a: b: c", "`images.lock:1:5`: `: ` is not expected here"),
        ("a:\n\tb: 1", "`images.lock:2:1`: a tab, expected spaces"),
        ("a: @x", "`images.lock:1:4`: a value cannot begin with `@`"),
        ('a: "x', "`images.lock:1:4`: the quote that opens here is never closed"),
    ],
)
def test_without_the_c_loader_the_words_are_the_same(
    content: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(pyyaml, "CSafeLoader")

    assert refusal(content).message.startswith(message)


@given(st.one_of(st.binary(), st.text(), st.text("ab:-[]{}&*!|>'\"#%@`?,\\ \n\t01.~<", max_size=40)))
def test_any_bytes_are_a_document_or_refused(content: bytes | str) -> None:
    data = content if isinstance(content, bytes) else content.encode(errors="surrogatepass")
    try:
        document = read(data)
    except LockError as error:
        assert error.message.startswith("`images.lock")
        error.message.encode()
    else:
        assert document.position(()) >= (1, 1)


def test_a_path_is_shown_as_it_would_be_written() -> None:
    assert dotted(("images", "provided.al2023", 0, "a b", "`")) == 'images.provided.al2023[0]["a b"]["\'"]'


def test_a_long_text_is_shown_by_its_beginning() -> None:
    assert brief("x" * 61) == "x" * 59 + "…"
    assert brief("a\n`b`\x1b") == "a\\n'b'\\x1b"
