"""Which checkouts are warned of, in which words; the files stay as they are."""

import os
from pathlib import Path

import pytest

from lambdabuild.io.git import Held
from lambdabuild.model.events import Event, Warned
from lambdabuild.pipeline.checkouts import judged, warn_of_checkout
from tests.support.git import ALONE, repository

HOME = Path("/project")


def file(name: str = "page.html", *, stored: str = "lf", here: str = "crlf", attributes: str = "") -> Held:
    return Held(path=HOME / name, link=False, stored=stored, here=here, attributes=attributes)


def said(*tracked: Held, changed: bool = False) -> list[tuple[str, str]]:
    paths = frozenset(one.path for one in tracked if changed)
    return [(one.message, one.hint) for one in judged(tracked, paths, HOME)]


def test_other_line_ends_than_git_has_are_warned_of_with_the_line_that_mends_them() -> None:
    assert said(file()) == [
        (
            "`page.html`: the line ends are CRLF here and LF in git, so another machine packs other bytes",
            "write `*.html text eol=lf` into .gitattributes, then remove the file and `git checkout` it again",
        )
    ]


def test_files_that_are_alike_are_one_warning() -> None:
    ((message, hint),) = said(file("a.html"), file("b.txt"), file("web/c.html"), file("d.html"))

    assert message.startswith("`a.html` and 3 more: the line ends are CRLF here")
    assert hint.startswith("write `*.html text eol=lf`, `*.txt text eol=lf` into .gitattributes, then remove ")


@pytest.mark.parametrize("attributes", ["text", "text=auto"])
def test_what_attributes_leave_to_each_machine_is_warned_of_where_all_is_well(attributes: str) -> None:
    files = [file(name, here="lf", attributes=attributes) for name in ("a.html", "b.html", "run")]

    assert said(*files) == [
        (
            (
                "`a.html` and 2 more: .gitattributes leave the line ends to each machine,"
                " so another machine packs other bytes"
            ),
            "write `*.html text eol=lf`, `run text eol=lf` into .gitattributes",
        )
    ]


def test_a_file_of_both_line_ends_is_converted_where_it_is_said_to_be_text() -> None:
    assert len(said(file(stored="mixed", here="mixed", attributes="text"))) == 1
    assert said(file(stored="mixed", here="mixed", attributes="text=auto")) == []


@pytest.mark.parametrize(
    ("one", "hint"),
    [
        (file(), "write `*.html text eol=lf` into .gitattributes, then save the file with LF: "),
        (file(attributes="text eol=lf"), "save the file with LF: "),
        (file(stored="crlf", here="lf"), "write `*.html -text` into .gitattributes, then save the file with CRLF: "),
        (
            file(stored="mixed"),
            "write `*.html -text` into .gitattributes, then save the file with the line ends of git: ",
        ),
    ],
    ids=str,
)
def test_a_file_with_changes_is_not_to_be_checked_out(one: Held, hint: str) -> None:
    assert [found for _, found in said(one, changed=True)] == [
        f"{hint}it was changed here, and `git checkout` would undo that"
    ]


def test_a_file_that_stands_for_a_link_may_have_changes() -> None:
    link = Held(path=HOME / "current", link=True, stored="", here="none", attributes="")

    ((_, hint),) = said(link, changed=True)
    assert hint.startswith(
        "keep a copy of the file (it was changed here, and `git checkout` would undo that),"
        " run `git config core.symlinks true`, then remove "
    )


def test_work_in_a_checkout_with_crlf_is_told_from_the_checkout(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for name in ("page.html", "words.txt"):
        (home / name).write_bytes(b"one\ntwo\n")
    there = repository(home).clone(tmp_path / "there", "core.autocrlf=true").folder
    (there / "words.txt").write_bytes(b"one\r\ntwo and more\r\n")
    events: list[Event] = []

    files = [there / name for name in ("page.html", "words.txt")]
    warn_of_checkout(there, files, environ={**os.environ, **ALONE}, emit=events.append)

    assert [one.hint for one in events if isinstance(one, Warned)] == [
        "write `*.html text eol=lf` into .gitattributes, then remove the file and `git checkout` it again",
        (
            "write `*.txt text eol=lf` into .gitattributes, then save the file with LF:"
            " it was changed here, and `git checkout` would undo that"
        ),
    ]
    assert (there / "words.txt").read_bytes() == b"one\r\ntwo and more\r\n"


AWKWARD = (
    *("Makefile", "a b", "a*b", "a?b", "[ab]", "a\\b", '"a"', 'a"b', "#a", "!a", "# a", "[attr]a", "tab\tb", "line\nb"),
    *("größe", " a ", "a\u00a0b", "\x7f", "a.b c", "\\*", "a.*"),
)


def test_git_reads_the_line_as_it_is_meant(tmp_path: Path) -> None:
    home = repository(tmp_path)
    for name in AWKWARD:
        ((_, hint),) = said(Held(path=tmp_path / name, link=False, stored="lf", here="crlf", attributes=""))
        line = hint.removeprefix("write `").rpartition("` into .gitattributes")[0]
        assert "\n" not in line
        (tmp_path / ".gitattributes").write_bytes(os.fsencode(f"{line}\n"))
        others = ["ab", "axb", "b", "attr", *(other for other in AWKWARD if other != name)]
        told = home.git("check-attr", "-z", "eol", "--", name, f"deep/{name}", *others).split("\0")

        assert told[2::3] == ["lf", "lf", *["unspecified"] * len(others)], line


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("web/a.tmpl.html", "*.html text eol=lf"),
        ("Makefile", "Makefile text eol=lf"),
        (".env", ".env text eol=lf"),
        ("a b", '"a b" text eol=lf'),
        ("notes.v 1", '"notes.v 1" text eol=lf'),
        ("\udcff", r'"\377" text eol=lf'),
    ],
)
def test_the_pattern_is_its_suffix_or_its_name(name: str, line: str) -> None:
    assert f"write `{line}` into .gitattributes" in said(file(name))[0][1]


def test_crlf_that_is_in_git_is_kept_as_it_is() -> None:
    assert said(file("a.bat", stored="crlf", here="lf")) == [
        (
            "`a.bat`: the line ends are LF here and CRLF in git, so another machine packs other bytes",
            "write `*.bat -text` into .gitattributes, then remove the file and `git checkout` it again",
        )
    ]
    assert "of both kinds here and LF in git" in said(file(here="mixed"))[0][0]


def test_a_checkout_that_is_older_than_its_attributes_is_made_again() -> None:
    assert [hint for _, hint in said(file(attributes="text eol=lf"))] == ["remove the file and `git checkout` it again"]


@pytest.mark.parametrize(
    "fine",
    [
        file(here="lf"),
        file(here="lf", attributes="text=auto eol=lf"),
        file(here="lf", attributes="text eol=crlf"),
        file(here="lf", attributes="-text"),
        file(stored="crlf", here="crlf", attributes="text"),
        file(stored="crlf", here="crlf"),
        file(attributes="text eol=crlf"),
        file(attributes="-text"),
        file(stored="none", here="crlf"),
        file(stored="-text", here="-text"),
        file(stored="lf", here="-text"),
    ],
    ids=str,
)
def test_what_is_the_same_everywhere_or_a_change_is_not_warned_of(fine: Held) -> None:
    assert said(fine) == []


def test_a_link_that_became_a_file_is_warned_of() -> None:
    link = Held(path=HOME / "current", link=True, stored="", here="none", attributes="")

    ((message, hint),) = said(link)
    assert message == (
        "`current`: a symbolic link in git, and here a file that holds its target, so another machine packs other bytes"
    )
    assert hint == (
        "run `git config core.symlinks true`, then remove the file and `git checkout` it again;"
        " or have a copy of its target in git"
    )


def test_a_pointer_of_git_lfs_is_warned_of_without_any_git(tmp_path: Path) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 4\n"
    (tmp_path / "model.bin").write_bytes(pointer)
    (tmp_path / "text").write_bytes(pointer + bytes(1024))
    (tmp_path / "short").write_bytes(b"version")
    events: list[Event] = []

    every = [tmp_path / name for name in ("model.bin", "text", "short", "gone")]
    warn_of_checkout(tmp_path, every, environ={}, emit=events.append)

    assert events == [
        Warned(
            message="`model.bin`: a pointer of git-lfs is packed, and not its content",
            hint="run `git lfs pull`; in CI let the checkout fetch it",
        )
    ]
    assert (tmp_path / "model.bin").read_bytes() == pointer
