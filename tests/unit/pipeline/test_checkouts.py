"""Which checkouts are warned of, in which words; the files stay as they are."""

from pathlib import Path

import pytest

from lambdabuild.io.git import Held
from lambdabuild.model.events import Event, Warned
from lambdabuild.pipeline.checkouts import judged, warn_of_checkout

HOME = Path("/project")


def file(name: str = "page.html", *, stored: str = "lf", here: str = "crlf", attributes: str = "") -> Held:
    return Held(path=HOME / name, link=False, stored=stored, here=here, attributes=attributes)


def said(*tracked: Held) -> list[tuple[str, str]]:
    return [(one.message, one.hint) for one in judged(tracked, HOME)]


def test_other_line_ends_than_git_has_are_warned_of_with_the_line_that_mends_them() -> None:
    assert said(file()) == [
        (
            "`page.html`: the line ends are CRLF here and LF in git, so another machine packs other bytes",
            "write `*.html text eol=lf` into .gitattributes, then remove the file and `git checkout` it again",
        )
    ]


def test_files_that_one_line_mends_are_one_warning() -> None:
    messages = [message for message, _ in said(file("a.html"), file("b.txt"), file("web/c.html"), file("d.html"))]

    assert [message.partition(":")[0] for message in messages] == ["`a.html` and 2 more", "`b.txt`"]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("web/a.tmpl.html", "*.html text eol=lf"),
        ("Makefile", "Makefile text eol=lf"),
        (".env", ".env text eol=lf"),
        ("a b", '"a b" text eol=lf'),
        ("notes.v 1", '"notes.v 1" text eol=lf'),
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
        file(here="lf", attributes="text=auto"),
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
