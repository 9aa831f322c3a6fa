"""The host's paths, permissions and line ends do not get into a zip; what a checkout changed is warned of."""

import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import ROOT, Cli
from tests.support.git import ALONE, Checkout, repository
from tests.support.project import sha256

SPEC = """version: 1
go: "1.26.8"
runtime: provided.al2023
architectures: [amd64]
images:
  provided.al2023: public.ecr.aws/lambda/provided:al2023
functions:
  shop:
    package: ./cmd/shop
    include:
      - templates/**/*.html
      - {source: scripts, target: scripts, mode: "0755"}
"""
FILES = {
    "buildspec.yaml": SPEC,
    "go.mod": "module example.com/shop\n\ngo 1.24\n",
    ".gitignore": "dist/\n",
    "cmd/shop/main.go": (
        'package main\n\nimport _ "embed"\n\n//go:embed words.txt\nvar words string\n\n'
        "func main() { println(words, `raw\nstring`) }\n"
    ),
    "cmd/shop/words.txt": "hello\nagain\n",
    "templates/a.html": "<p>\n</p>\n",
    "templates/deep/b.html": "<b>\n</b>\n",
    "scripts/run": "#!/bin/sh\nexec true\n",
}
PACKED = ("templates/a.html", "templates/deep/b.html", "scripts/run")
ZIP = "dist/shop-amd64.zip"
CLI = Cli(environ=ALONE)


def written(folder: Path) -> Path:
    for name, content in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode())
    shutil.copy(ROOT / "images.lock", folder)
    return folder


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """The project as it is in git, built."""
    made = repository(written(tmp_path_factory.mktemp("source")))
    CLI.done("build", cwd=made.folder)
    return made


@pytest.fixture(scope="module")
def digest(source: Checkout) -> str:
    return sha256(source.folder / ZIP)


def built(project: Path, *prefix: str) -> str:
    said = CLI.run("build", "-q", cwd=project, prefix=prefix)
    assert said.returncode == 0, said.stderr
    return said.stderr


def include(project: Path, line: str) -> None:
    spec = project / "buildspec.yaml"
    spec.write_text(spec.read_text() + f"      - {line}\n")


def test_a_checkout_with_crlf_is_warned_of_until_gitattributes_mend_it(
    source: Checkout, digest: str, tmp_path: Path
) -> None:
    there = source.clone(tmp_path / "windows", "core.autocrlf=true")
    assert (there.folder / "templates" / "a.html").read_bytes() == b"<p>\r\n</p>\r\n"

    said = built(there.folder)

    assert said == (
        "warning: `cmd/shop/words.txt` and 3 more: the line ends are CRLF here and LF in git,"
        " so another machine packs other bytes\n"
        "hint: write `*.txt text eol=lf`, `run text eol=lf`, `*.html text eol=lf` into .gitattributes,"
        " then remove the file and `git checkout` it again\n"
    )
    assert sha256(there.folder / ZIP) != digest
    assert (there.folder / "templates" / "a.html").read_bytes() == b"<p>\r\n</p>\r\n"

    (there.folder / ".gitattributes").write_text("*.html text eol=lf\n*.txt text eol=lf\nrun text eol=lf\n")
    stale = built(there.folder)
    there.again(*PACKED, "cmd/shop/words.txt")
    mended = built(there.folder)

    assert "hint: remove the file and `git checkout` it again\n" in stale
    assert mended == ""
    assert sha256(there.folder / ZIP) == digest


def test_sources_and_specs_may_have_crlf(source: Checkout, digest: str, tmp_path: Path) -> None:
    there = source.clone(tmp_path / "windows", "core.autocrlf=true")
    for name in (*PACKED, "cmd/shop/words.txt"):
        shutil.copy(source.folder / name, there.folder / name)

    assert built(there.folder) == ""
    assert b"\r\n" in (there.folder / "cmd" / "shop" / "main.go").read_bytes()
    assert b"\r\n" in (there.folder / "buildspec.yaml").read_bytes()
    assert sha256(there.folder / ZIP) == digest


def test_a_link_that_the_checkout_could_not_make_is_warned_of(tmp_path: Path) -> None:
    home = written(tmp_path / "source")
    (home / "templates" / "current.html").symlink_to("a.html")
    there = repository(home).clone(tmp_path / "there", "core.symlinks=false")

    said = built(there.folder)

    assert said.startswith(
        "warning: `templates/current.html`: a symbolic link in git, and here a file that holds its target,"
        " so another machine packs other bytes\nhint: run `git config core.symlinks true`, then "
    )
    assert built(home) == ""


def test_a_pointer_of_git_lfs_is_warned_of(tmp_path: Path) -> None:
    home = written(tmp_path / "source")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 7\n"
    (home / "cmd" / "shop" / "words.txt").write_text(pointer)

    assert built(home) == (
        "warning: `cmd/shop/words.txt`: a pointer of git-lfs is packed, and not its content\n"
        "hint: run `git lfs pull`; in CI let the checkout fetch it\n"
    )


@pytest.mark.parametrize(
    ("files", "folders"),
    [(0o600, 0o700), (0o777, 0o777), (0o444, 0o555), (0o666, 0o777)],
    ids=["of one user", "as on exFAT", "read-only", "without the executable bit"],
)
@pytest.mark.parametrize("umask", ["0077", "0000"])
def test_permissions_of_the_host_change_nothing(
    files: int, folders: int, umask: str, source: Checkout, digest: str, tmp_path: Path
) -> None:
    project = source.clone(tmp_path / "there").folder
    for path in _below(project):
        path.chmod(folders if path.is_dir() else files)

    assert built(project, "sh", "-c", f'umask {umask}; exec "$@"', "sh") == ""

    assert sha256(project / ZIP) == digest
    with zipfile.ZipFile(project / ZIP) as bundle:
        modes = {one.filename: one.external_attr >> 16 & 0o777 for one in bundle.infolist()}
    assert modes == {
        "bootstrap": 0o755, "scripts/run": 0o755, "templates/a.html": 0o644, "templates/deep/b.html": 0o644,
    }  # fmt: skip


def _below(project: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(project, topdown=False):
        if ".git" not in Path(folder).relative_to(project).parts:
            yield from (Path(folder) / name for name in (*names, *files) if name != ".git")


@pytest.mark.parametrize("name", ["my shop", "Läden, süß", "店"])
def test_the_path_of_the_project_changes_nothing(name: str, source: Checkout, digest: str, tmp_path: Path) -> None:
    project = source.clone(tmp_path / name).folder

    assert built(project) == ""
    assert sha256(project / ZIP) == digest


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ("Logo.html", "logo.html", "they are one name where case does not count"),
        ("caf\u00e9.html", "cafe\u0301.html", "they are one name where Unicode is normalized"),
    ],
    ids=["case", "NFC and NFD"],
)
def test_names_that_are_one_elsewhere_are_refused(first: str, second: str, why: str, tmp_path: Path) -> None:
    project = written(tmp_path)
    for name in (first, second):
        (project / "templates" / name).write_text(name)

    said = CLI.run("build", cwd=project)

    assert said.returncode == 2
    one, other = sorted((f"templates/{first}", f"templates/{second}"))
    assert said.stderr.endswith(
        f"error: `{one}` and `{other}` cannot lie in one zip: {why}\n\n"
        "hint: give one of them another `target`, or leave it out\n"
    )
    assert not (project / "dist").exists()


@pytest.mark.parametrize("name", ["caf\u00e9.html", "cafe\u0301.html"], ids=["NFC", "NFD"])
def test_a_name_stays_in_the_form_that_git_has(name: str, tmp_path: Path) -> None:
    project = written(tmp_path / "source")
    (project / "templates" / name).write_text("x")
    there = repository(project).clone(tmp_path / "there").folder

    assert built(there) == ""

    with zipfile.ZipFile(there / ZIP) as bundle:
        assert f"templates/{name}" in bundle.namelist()


@pytest.mark.parametrize("line", [r"templates\**\*.html", r"'{source: templates\a.html}'"])
def test_a_backslash_in_an_include_is_told_to_be_a_slash(line: str, tmp_path: Path) -> None:
    project = written(tmp_path)
    include(project, line.strip("'"))

    said = CLI.run("build", cwd=project)

    wrong = line.strip("'").removeprefix("{source: ").removesuffix("}")
    assert said.returncode == 2
    assert f"is `{wrong}`, with a backslash" in said.stderr
    assert f"hint: write `{wrong.replace(chr(92), '/')}`, on Windows too\n" in said.stderr


def test_no_git_is_asked_where_nothing_is_packed_as_it_is(tmp_path: Path) -> None:
    project = written(tmp_path / "source")
    asked = tmp_path / "asked"
    (tmp_path / "git").write_text(f'#!/bin/sh\necho "$@" >> {asked}\n')
    (tmp_path / "git").chmod(0o755)
    cli = Cli(environ={**ALONE, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    repository(project)

    cli.done("build", cwd=project)
    once = asked.read_text().splitlines()
    spec = project / "buildspec.yaml"
    spec.write_text(spec.read_text().partition("    include:")[0])
    (project / "cmd" / "shop" / "main.go").write_text("package main\n\nfunc main() {}\n")
    cli.done("build", cwd=project)

    assert len(once) == 1
    assert asked.read_text().splitlines() == once
