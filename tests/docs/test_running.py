"""The test of the pages is no test that cannot fail: what it refuses, and what it lets through."""

from pathlib import Path

import pytest

from tests.docs.pages import BadPageError, Block, read_page
from tests.docs.running import FailedBlockError, run_page

HEAD = "<!-- project: examples/cmd/orders -->\n\n# A page\n\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "page.md"
    path.write_text(text)
    return path


def ran(folder: Path, text: str) -> int:
    return run_page(read_page(written(folder, HEAD + text)), folder, {})


def test_blocks_are_run_in_order_in_one_copy_of_the_project(tmp_path: Path) -> None:
    text = "```sh\nls main.go\necho one > here\n```\n\n- in a list:\n\n  ```sh\n  test -s here\n  ```\n"

    assert ran(tmp_path, text) == 2
    assert (tmp_path / "examples" / "cmd" / "orders" / "here").read_text() == "one\n"


def test_lambdabuild_is_the_one_of_this_tree(tmp_path: Path) -> None:
    assert ran(tmp_path, '```sh\nlambdabuild --version | grep "^lambdabuild "\n```\n') == 1


@pytest.mark.parametrize("text", ["false", "false\ntrue", "false | true", 'echo "$UNSET_ANYWHERE"', "exit 5"])
def test_a_block_that_fails_fails_the_page(text: str, tmp_path: Path) -> None:
    with pytest.raises(FailedBlockError, match=r"page\.md:5: exit \d+, expected 0"):
        ran(tmp_path, f"```sh\necho said\n{text}\n```\n")


def test_a_block_may_be_expected_to_fail_with_one_code(tmp_path: Path) -> None:
    assert ran(tmp_path, "```sh exit=5\nexit 5\n```\n") == 1
    with pytest.raises(FailedBlockError, match="exit 0, expected 5"):
        run_page(read_page(written(tmp_path, f"{HEAD}```sh exit=5\ntrue\n```\n")), _fresh(tmp_path), {})


def _fresh(folder: Path) -> Path:
    fresh = folder / "fresh"
    fresh.mkdir()
    return fresh


def test_what_a_block_said_is_shown(tmp_path: Path) -> None:
    with pytest.raises(FailedBlockError, match="the reason"):
        ran(tmp_path, "```sh\necho the reason >&2\nfalse\n```\n")


def test_a_block_that_is_not_run_says_why(tmp_path: Path) -> None:
    assert ran(tmp_path, '```sh not-run="it needs an account"\nlambdabuild deployed orders\n```\n') == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("```bash\nls\n```\n", "5: a block of `bash`; it may be console, "),
        ("```\nls\n```\n", "5: a block of ``; it may be console, "),
        ("```sh exit\nls\n```\n", "5: `sh exit` is not `sh`, "),
        ("```sh not-run\nls\n```\n", "5: `sh not-run` is not `sh`, "),
        ('```sh not-run=""\nls\n```\n', '5: `sh not-run=""` is not `sh`, '),
        ("```yaml x\n```\n", "5: `yaml x` says more than a language"),
        ("```sh\nls\n", "5: a block that does not end"),
        ("```console\n$ lambdabuild build\n```\n", "5: a command in a `console` block: use ```sh"),
        ("```text\nLAMBDABUILD_ARCH=arm64 lambdabuild build\n```\n", "5: a command in a `text` block: use ```sh"),
        ("    lambdabuild build   # indented\n", "5: a command in an indented block: use ```sh"),
        ("\t$ lambdabuild lock\n", "5: a command in an indented block: use ```sh"),
        ("<!-- project: examples -->\n", "1: it names two projects"),
    ],
)
def test_what_would_go_unrun_is_refused(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadPageError) as caught:
        read_page(written(tmp_path, HEAD + text))

    assert f"page.md:{said}" in str(caught.value)


def test_a_page_that_names_no_project_runs_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadPageError, match=r"page\.md:1: a block that is run, and no `<!-- project: examples/… -->`"):
        read_page(written(tmp_path, "```sh\nls\n```\n"))


def test_a_fence_ends_at_one_that_is_as_long(tmp_path: Path) -> None:
    page = read_page(written(tmp_path, "````text\n```sh\nfalse\n```\n````\n~~~json\n{}\n~~~\n"))

    assert page.blocks == (
        Block(line=1, language="text", text="```sh\nfalse\n```\n"),
        Block(line=6, language="json", text="{}\n"),
    )


def test_anchors_are_those_of_github(tmp_path: Path) -> None:
    titles = ("# `lambdabuild lock`", "## C and C++, without tears", "## [A link](x.md): so", "## Same", "## Same")
    text = "\n".join([*titles, '```sh not-run="x"', "# no", "```", ""])
    assert read_page(written(tmp_path, text)).anchors == {
        "lambdabuild-lock", "c-and-c-without-tears", "a-link-so", "same", "same-1",
    }  # fmt: skip


def test_links_in_code_are_none(tmp_path: Path) -> None:
    text = 'a [b](c.md) `[d](e.md)` [f](g.md#h "title")\n\n[i]: j.md\n'

    assert list(read_page(written(tmp_path, text)).links) == ["c.md", "g.md#h", "j.md"]
