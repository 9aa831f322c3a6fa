"""What an include matches, what it becomes in the zip, and what is refused."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from lambdabuild.errors import ProjectError
from lambdabuild.model.artifact import Entry
from lambdabuild.model.spec import Include
from lambdabuild.package.entries import collect
from lambdabuild.package.patterns import match


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder `project` beside which other things can lie."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def touch(project: Path, *names: str) -> None:
    for name in names:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def names(project: Path, *sources: str | Include) -> list[str]:
    return [entry.name for entry in collected(project, sources)]


def collected(project: Path, sources: Sequence[str | Include]) -> tuple[Entry, ...]:
    includes = [Include(source=each) if isinstance(each, str) else each for each in sources]
    return collect(project, {}, includes)


def refusal(project: Path, *sources: str | Include) -> ProjectError:
    with pytest.raises(ProjectError) as raised:
        collected(project, sources)
    assert raised.value.exit_code == 2
    return raised.value


def test_a_binary_is_an_entry_that_may_be_run(project: Path) -> None:
    binary = project / "out"

    assert collect(project, {"bootstrap": binary}, []) == (Entry(name="bootstrap", mode=0o755, source=binary),)


def test_a_file_keeps_its_path_and_gets_the_declared_mode(project: Path) -> None:
    touch(project, "config/prod.yaml")
    (project / "config/prod.yaml").chmod(0o700)

    (entry,) = collected(project, ["config/prod.yaml"])

    assert entry == Entry(name="config/prod.yaml", mode=0o644, source=project / "config/prod.yaml")


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("config.yaml", "config.yaml"),
        ("./a//config.yaml", "a/config.yaml"),
        ("conf/", "conf/prod.yaml"),
        ("./", "prod.yaml"),
        (".", "prod.yaml"),
    ],
)
def test_a_file_goes_to_its_target(project: Path, target: str, name: str) -> None:
    touch(project, "config/prod.yaml")

    assert names(project, Include(source="config/prod.yaml", target=target)) == [name]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("t/*.html", ["t/a.html"]),
        ("t/**/*.html", ["t/a.html", "t/x/b.html", "t/x/y/c.html"]),
        ("**/*.html", ["t/a.html", "t/x/b.html", "t/x/y/c.html"]),
        ("**/y/**/*.html", ["t/x/y/c.html"]),
        ("**/**/c.html", ["t/x/y/c.html"]),
        ("t/?.html", ["t/a.html"]),
        ("t/x/y/[!c].*", ["t/x/y/d.txt"]),
        ("t/*/y/d.txt", ["t/x/y/d.txt"]),
        ("./t/x/**", ["t/x/b.html", "t/x/y/c.html", "t/x/y/d.txt"]),
        ("t/**/.hide", ["t/x/.hide"]),
        ("t/**/.*", ["t/x/.hide"]),
        ("t/.git/*", ["t/.git/config.html"]),
        ("t/x", ["t/x/.hide", "t/x/b.html", "t/x/y/c.html", "t/x/y/d.txt"]),
        ("t/.git/", ["t/.git/config.html"]),
        ("[[]id].js", ["[id].js"]),
        (
            ".",
            ["[id].js", "t/a.html", "t/x/.hide", "t/x/b.html", "t/x/y/c.html", "t/x/y/d.txt"],
        ),
        ("t", ["t/a.html", "t/x/.hide", "t/x/b.html", "t/x/y/c.html", "t/x/y/d.txt"]),
        ("**/.git/*", ["t/.git/config.html"]),
    ],
)
def test_a_source_matches_as_in_a_shell(project: Path, source: str, found: list[str]) -> None:
    touch(project, "[id].js", "t/a.html", "t/x/b.html", "t/x/y/c.html", "t/x/y/d.txt")
    touch(project, "t/.git/config.html", "t/x/.hide")

    assert names(project, source) == found


@pytest.mark.parametrize(
    ("source", "target", "found"),
    [
        ("web/static/**/*.css", "assets", ["assets/a.css", "assets/deep/b.css"]),
        ("web/static/**/*.css", "assets/", ["assets/a.css", "assets/deep/b.css"]),
        ("web/*/*.css", "assets", ["assets/static/a.css"]),
        ("web/static", "assets", ["assets/a.css", "assets/deep/b.css"]),
        ("web/static", "./", ["a.css", "deep/b.css"]),
        ("web/static", ".", ["a.css", "deep/b.css"]),
    ],
)
def test_the_target_takes_the_place_of_the_fixed_part(
    project: Path, source: str, target: str, found: list[str]
) -> None:
    touch(project, "web/static/a.css", "web/static/deep/b.css")

    assert names(project, Include(source=source, target=target)) == found


def test_entries_come_in_the_order_of_their_bytes(project: Path) -> None:
    touch(project, "b", "B1", "a/b", "a-b", "é", "\U0001f600", "\uffee")

    assert names(project, "**/*") == ["B1", "a-b", "a/b", "b", "é", "\uffee", "\U0001f600"]


def test_a_file_matched_twice_in_the_same_way_is_one_entry(project: Path) -> None:
    touch(project, "t/a.html")

    assert names(project, "t/*.html", "t/a.html", "t") == ["t/a.html"]


def test_only_regular_files_are_matched(project: Path) -> None:
    touch(project, "t/a.html/inner")
    os.mkfifo(project / "t/b.html")
    touch(project, "t/c.html")

    assert names(project, "t/*.html") == ["t/c.html"]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("**/*.json", ["a.json", "web/dist/c.json"]),
        ("*/*.json", []),
        ("d*/**", []),
        ("*/dist/*", ["web/dist/c.json"]),
        (".", ["a.json", "web/dist/c.json"]),
        ("web", ["web/dist/c.json"]),
    ],
)
def test_what_a_build_wrote_is_not_found_by_the_next(project: Path, source: str, found: list[str]) -> None:
    touch(project, "a.json", "dist/build.json", "dist/.staging/x/b.json", "web/dist/c.json")
    (project / "out").symlink_to("dist")
    (project / "last.json").symlink_to("dist/build.json")

    assert [str(one.relative) for one in match(project, source).files] == found


def test_a_dist_that_lies_elsewhere_is_left_out_too(project: Path, tmp_path: Path) -> None:
    touch(project, "a.json")
    touch(tmp_path, "elsewhere/build.json")
    (project / "dist").symlink_to(tmp_path / "elsewhere")

    assert names(project, "**/*.json") == names(project, ".") == ["a.json"]


@pytest.mark.parametrize(
    "source", ["dist", "dist/", "./dist/build.json", "dist/*.json", "dist/missing", "out", "out/*", "last.json"]
)
def test_what_a_build_writes_is_no_source(project: Path, source: str) -> None:
    touch(project, "dist/build.json")
    (project / "out").symlink_to("dist")
    (project / "last.json").symlink_to("dist/build.json")

    error = refusal(project, source)

    assert error.message == f"include `{source}`: the source is in `dist/`, which every build writes anew"
    assert error.hint == "move the file out of `dist/`: one build would go into the next"


@pytest.mark.parametrize("source", [".*", "**/.*", ".g*", "."])
def test_the_git_of_a_worktree_is_not_found(project: Path, source: str) -> None:
    touch(project, ".git", ".gitignore")

    assert names(project, source) == [".gitignore"]


def test_links_are_followed_inside_of_the_project(project: Path) -> None:
    touch(project, "shared/a.html", "real.txt")
    (project / "t").mkdir()
    (project / "t/link").symlink_to("../shared")
    (project / "t/file").symlink_to(project / "real.txt")

    entries = collected(project, ["t"])

    assert [(entry.name, entry.source) for entry in entries] == [
        ("t/file", project / "real.txt"),
        ("t/link/a.html", project / "shared/a.html"),
    ]
    assert names(project, "t/**/*.html") == ["t/link/a.html"]


def test_a_project_may_itself_be_reached_by_a_link(project: Path, tmp_path: Path) -> None:
    touch(project, "t/a.html")
    (tmp_path / "alias").symlink_to(project)

    assert names(tmp_path / "alias", "t/*") == ["t/a.html"]


@pytest.mark.parametrize("source", ["t/out", "t/*", "t", "**/*"])
def test_a_link_out_of_the_project_is_refused(project: Path, tmp_path: Path, source: str) -> None:
    (tmp_path / "secret").write_text("")
    (project / "t").mkdir()
    (project / "t/out").symlink_to("../../secret")

    error = refusal(project, source)

    assert error.message == f"include `{source}`: `t/out` leads out of the project, to `{tmp_path / 'secret'}`"
    assert error.hint == "copy what it points to into the project; another machine does not have it"


@pytest.mark.parametrize("source", ["out/a", "out", "out/*", "**/a"])
def test_a_folder_out_of_the_project_is_refused(project: Path, tmp_path: Path, source: str) -> None:
    touch(tmp_path, "other/a")
    (project / "out").symlink_to(tmp_path / "other")

    assert "leads out of the project" in refusal(project, source).message


def test_a_folder_whose_name_begins_like_the_project_is_not_in_it(project: Path, tmp_path: Path) -> None:
    touch(tmp_path, "project-2/a")
    (project / "out").symlink_to(tmp_path / "project-2")

    assert "leads out of the project" in refusal(project, "out").message


@pytest.mark.parametrize(
    ("goal", "reason"),
    [("nowhere", "No such file or directory"), ("broken", "Too many levels of symbolic links")],
)
def test_a_link_that_ends_nowhere_is_refused(project: Path, goal: str, reason: str) -> None:
    (project / "broken").symlink_to(goal)

    error = refusal(project, "*")

    assert error.message == f"include `*`: `broken` is a symbolic link that cannot be followed: {reason}"
    assert error.hint == "remove the link, or make what it points to"


@pytest.mark.parametrize("source", ["t", "**/*.html"])
def test_a_link_to_a_folder_above_is_refused(project: Path, source: str) -> None:
    touch(project, "t/a.html")
    (project / "t/x").mkdir()
    (project / "t/x/up").symlink_to("..")

    error = refusal(project, source)

    assert error.message == f"include `{source}`: `t/x/up` leads back to a folder above it"
    assert error.hint == "remove the link, or write a pattern that does not cross it"


def test_what_is_not_matched_is_not_judged(project: Path) -> None:
    touch(project, "a.html")
    (project / "broken").symlink_to("nowhere")

    assert names(project, "*.html") == ["a.html"]


@pytest.mark.parametrize("mode", [0o000, 0o400])
def test_a_folder_that_cannot_be_read_is_refused(mode: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        touch(project, "t/x/a.html")
        project.chmod(0o755)
        (project / "t").chmod(mode)
        user = os.geteuid()
        try:
            if user == 0:
                os.seteuid(65534)
            error = refusal(project, "**/*.html")
        finally:
            os.seteuid(user)
            (project / "t").chmod(0o755)

    assert error.message == "include `**/*.html`: the folder `t` cannot be read: Permission denied"
    assert error.hint == "give yourself the right to read it, or write a pattern that does not cross it"


@pytest.mark.parametrize("source", ["missing.txt", "t/*.xml", "missing/**", "t/b.html/x", "t/b.html/*", "pipe"])
def test_an_include_that_matches_nothing_is_refused(project: Path, source: str) -> None:
    touch(project, "t/b.html")
    os.mkfifo(project / "pipe")

    error = refusal(project, source)

    assert error.message == f"include `{source}` matches no file in `{project}`"
    assert error.hint is not None
    assert error.hint.startswith("a pattern is relative to the project; `*`, `?` and `[…]` stay inside a folder")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "is empty"),
        ("/etc/passwd", "is an absolute path"),
        ("../other/*", "climbs with `..`"),
        ("t/../x", "climbs with `..`"),
    ],
)
def test_a_source_lies_below_the_project(project: Path, source: str, reason: str) -> None:
    error = refusal(project, source)

    assert error.message == f"include `{source}`: the source {reason}"
    assert error.hint == "write a path or a pattern relative to the project, like `templates/**/*.html`"


def test_a_source_has_no_nul(project: Path) -> None:
    assert refusal(project, "a\0b").message == r"include `a\0b`: the source has a NUL character"


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("/etc/x", "is an absolute path"),
        ("../x", "climbs with `..`"),
        ("a/../x", "climbs with `..`"),
        ("", "is empty"),
    ],
)
def test_a_target_lies_in_the_zip(project: Path, target: str, reason: str) -> None:
    touch(project, "a")

    error = refusal(project, Include(source="a", target=target))

    assert error.message == f"include `a`: the target `{target}` {reason}"
    assert error.hint == "write a path inside the zip, like `config.yaml`, or a folder, like `static/`"


@pytest.mark.parametrize("source", ["bootstrap", "*"])
def test_an_include_does_not_overwrite_the_program(project: Path, source: str) -> None:
    touch(project, "bootstrap")

    with pytest.raises(ProjectError) as raised:
        collect(project, {"bootstrap": project / "dist/x"}, [Include(source=source)])

    assert raised.value.message == f"include `{source}` would overwrite `bootstrap`, the compiled program"
    assert raised.value.hint == "give the include another `target`, or a pattern that does not match it"


def test_two_files_do_not_share_a_name(project: Path) -> None:
    touch(project, "a/x", "b/x")

    error = refusal(project, Include(source="a/x", target="x"), Include(source="b/x", target="x"))

    assert error.message == (f"`{project}/a/x` and `{project}/b/x` cannot lie in one zip: both would be `x`")
    assert error.hint == "give one of them another `target`, or leave it out"


def test_one_file_does_not_have_two_modes(project: Path) -> None:
    touch(project, "x")

    error = refusal(project, "x", Include(source="x", mode=0o755))

    assert error.message.endswith("cannot lie in one zip: `x` would have the modes 0644 and 0755")


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("A.txt", "a.txt", "they are one name where case does not count"),
        ("STRASSE", "straße", "they are one name where case does not count"),
        ("e\u0301", "\u00e9", "they are one name where Unicode is normalized"),
        ("a", "A/b", "`a` is a file, and so cannot be a folder"),
    ],
)
def test_two_names_are_not_one_somewhere_else(project: Path, first: str, second: str, reason: str) -> None:
    touch(project, "x", "y")

    error = refusal(project, Include(source="x", target=first), Include(source="y", target=second))

    assert error.message == f"`{first}` and `{second}` cannot lie in one zip: {reason}"


def test_an_include_named_like_the_program_but_for_case_is_refused(project: Path) -> None:
    touch(project, "Bootstrap")

    with pytest.raises(ProjectError, match="`bootstrap` and `Bootstrap` cannot lie in one zip"):
        collect(project, {"bootstrap": project / "x"}, [Include(source="Bootstrap")])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a\\b", r"`a\b` has a backslash, which is a folder's end on Windows"),
        ("a\nb", r"`a\nb` has a control character"),
        ("x" * 5000, f"`{'x' * 60}…` is longer than 4095 bytes"),
    ],
)
def test_a_name_is_plain(project: Path, name: str, message: str) -> None:
    touch(project, "a")

    error = refusal(project, Include(source="a", target=name))

    assert error.message == message
    assert error.hint == "rename the file, or give its include a `target`"


def test_a_name_on_disk_that_is_not_utf8_is_refused(project: Path) -> None:
    Path(os.fsdecode(os.fsencode(project) + b"/caf\xe9")).write_text("")

    assert refusal(project, "*").message == r"`caf\udce9` is not a name in UTF-8"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "is an empty name"),
        ("/bootstrap", "is an absolute path"),
        ("../bootstrap", "has an empty, `.` or `..` part"),
        ("a//b", "has an empty, `.` or `..` part"),
        ("\ud800", "is not a name in UTF-8"),
    ],
)
def test_a_binary_has_a_plain_name_too(project: Path, name: str, reason: str) -> None:
    with pytest.raises(ProjectError, match=reason):
        collect(project, {name: project / "x"}, [])
