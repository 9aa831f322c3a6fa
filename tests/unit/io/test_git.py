"""What git says of files, asked once, and that no answer is an answer."""

import os
from pathlib import Path

import pytest

from lambdabuild.io.git import Held, edited, held
from tests.support.git import ALONE, Checkout, repository

ENVIRON = {**os.environ, **ALONE}


@pytest.fixture
def source(tmp_path: Path) -> Checkout:
    """A page, a picture, and a link to the page."""
    home = tmp_path / "source"
    (home / "web").mkdir(parents=True)
    (home / "web" / "page.html").write_bytes(b"<p>\n</p>\n")
    (home / "picture").write_bytes(b"\0\1\2")
    (home / "link.html").symlink_to("web/page.html")
    return repository(home)


def test_line_ends_links_and_attributes_are_told(source: Checkout, tmp_path: Path) -> None:
    (source.folder / ".gitattributes").write_text("picture -text\n")
    source.commit()
    there = source.clone(tmp_path / "there", "core.autocrlf=true", "core.symlinks=false").folder
    files = [there / name for name in ("web/page.html", "picture", "link.html")]

    assert held(there, files, ENVIRON) == (
        Held(path=there / "link.html", link=True, stored="", here="none", attributes=""),
        Held(path=there / "picture", link=False, stored="-text", here="-text", attributes="-text"),
        Held(path=there / "web/page.html", link=False, stored="lf", here="crlf", attributes=""),
    )


def test_names_are_taken_as_they_are(source: Checkout) -> None:
    names = ["a b.html", "[ab]*.html", ":(top)x", "ünï\tcode", '"quoted"', "-s"]
    for name in names:
        (source.folder / name).write_bytes(b"x\n")
    source.commit()

    found = held(source.folder, [source.folder / name for name in names], ENVIRON)

    assert sorted(one.path.name for one in found) == sorted(names)


def test_many_files_are_asked_for_by_their_folder(source: Checkout) -> None:
    folder = source.folder / "web" / ("long" * 40)
    folder.mkdir()
    files = [folder / f"{number}.txt" for number in range(1000)]
    for file in files:
        file.write_bytes(b"x\n")
    source.commit()

    assert len(held(source.folder, files, ENVIRON)) == 1000


def test_a_project_in_a_folder_of_a_repository_is_found_through_links(source: Checkout, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(source.folder)
    page = source.folder / "web" / "page.html"

    (found,) = held(tmp_path / "link" / "web", [page], ENVIRON)

    assert found.path == page


def test_what_is_not_tracked_or_lies_elsewhere_is_passed_over(source: Checkout, tmp_path: Path) -> None:
    new, elsewhere = source.folder / "new", tmp_path / "elsewhere"
    new.write_bytes(b"x\n")
    elsewhere.write_bytes(b"x\n")

    assert held(source.folder, [new, elsewhere], ENVIRON) == ()


def test_a_submodule_is_another_repository(source: Checkout, tmp_path: Path) -> None:
    outer = repository(tmp_path / "outer")
    (outer.folder / "own.html").write_bytes(b"x\n")
    outer.git("submodule", "--quiet", "add", str(source.folder), "inner")
    outer.commit()
    own, inner = outer.folder / "own.html", outer.folder / "inner" / "web" / "page.html"

    assert [one.path for one in held(outer.folder, [own, inner], ENVIRON)] == [own]
    assert [one.path for one in held(outer.folder / "inner", [own, inner], ENVIRON)] == [inner]


def test_a_worktree_is_asked_as_any_other(source: Checkout, tmp_path: Path) -> None:
    source.git("worktree", "add", "--quiet", str(tmp_path / "tree"))
    page = tmp_path / "tree" / "web" / "page.html"

    assert [one.path for one in held(tmp_path / "tree", [page], ENVIRON)] == [page]


def test_what_a_hook_has_set_does_not_count(source: Checkout, tmp_path: Path) -> None:
    other = repository(tmp_path / "other")
    page = source.folder / "web" / "page.html"
    hook = {"GIT_DIR": str(other.folder / ".git"), "GIT_INDEX_FILE": str(tmp_path / "index"), "GIT_PREFIX": "web/"}

    assert [one.path for one in held(source.folder, [page], {**ENVIRON, **hook})] == [page]


def test_files_are_edited_where_more_than_line_ends_differs(source: Checkout) -> None:
    page, picture, link = (source.folder / name for name in ("web/page.html", "picture", "link.html"))
    every = [page, picture, link]
    assert edited(source.folder, every, ENVIRON) == frozenset()

    page.write_bytes(b"<p>\r\n</p>\r\n")
    assert edited(source.folder, every, ENVIRON) == frozenset()

    page.write_bytes(b"<p>\r\nmine</p>\r\n")
    picture.write_bytes(b"\0\1\2\3")
    assert edited(source.folder, every, ENVIRON) == {page, picture}
    assert edited(source.folder, [link], ENVIRON) == frozenset()


def test_where_git_does_not_say_what_was_edited_all_was(source: Checkout, tmp_path: Path) -> None:
    page = source.folder / "web" / "page.html"

    assert edited(source.folder, [page], {**ENVIRON, "PATH": str(tmp_path)}) == {page}


@pytest.mark.parametrize("how", ["no repository", "no git", "a git that cannot run", "a bare one", "a damaged one"])
def test_no_answer_is_an_answer(how: str, source: Checkout, tmp_path: Path) -> None:
    page, environ = source.folder / "web" / "page.html", dict(ENVIRON)
    match how:
        case "no repository":
            (source.folder / ".git").rename(tmp_path / "gone")
        case "no git":
            environ["PATH"] = str(tmp_path)
        case "a git that cannot run":
            (tmp_path / "git").write_text("#!/nonexistent\n")
            (tmp_path / "git").chmod(0o755)
            environ["PATH"] = str(tmp_path)
        case "a bare one":
            source.git("config", "core.bare", "true")
            (source.folder / ".git" / "index").unlink()
        case "a damaged one":
            (source.folder / ".git" / "index").write_bytes(b"damaged")

    assert held(source.folder, [page], environ) == ()
