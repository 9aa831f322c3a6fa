"""What a lock command did, and two images side by side: as text, as Markdown, as one document."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lambdabuild.diff import losses
from lambdabuild.model.comparison import ImageMove, PlatformMove, Side
from lambdabuild.model.contents import Packages
from lambdabuild.model.report import Change, Copy, LockReport, ToolchainMove
from lambdabuild.report.comparison import show_comparison
from lambdabuild.report.lock import show_lock, show_outdated
from lambdabuild.report.style import Style
from tests.unit.diff.support import CONTENTS, GCC_11, GCC_14, NAME, NEW, OLD, changed, image, move, packages

Capture = pytest.CaptureFixture[str]

PLAIN = Style(color="never")
LOCK = Path("images.lock")
CHANGES = (Change(verb="added", subject="go@1.26.8 linux/amd64"), Change(verb="dropped", subject="x:1"))

BEFORE = image(
    {
        "libc.so.6": ["GLIBC_2.26"],
        "libstdc++.so.6": GCC_11,
        "libssl.so.10": None,
        "libgone.so.1": None,
        "libm.so.6": [],
    },
    packages=packages(glibc="2.26-64.amzn2.x86_64", gone="1-1.noarch"),
)
AFTER = image(
    {
        "libc.so.6": ["GLIBC_2.26", "GLIBC_2.27", "GLIBC_2.34"],
        "libstdc++.so.6": GCC_14,
        "libssl.so.3": None,
        "libnew.so.1": None,
        "libm.so.6": ["GLIBC_2.35"],
    },
    packages=packages(**{"glibc": "2.34-117.amzn2023.0.1.x86_64", "new|er": "2-1.noarch"}),
    entrypoint=("/init",),
    layers=(*CONTENTS.layers[1:], replace(CONTENTS.layers[0], diff_id=NEW)),
)
AFTER = replace(AFTER, inventory=replace(AFTER.inventory, environment={"LANG": "C", "`X`": "a|b"}))
ARM64 = PlatformMove(platform="linux/arm64", old=OLD, new=OLD, functions=("orders",))
S390X = PlatformMove(platform="linux/s390x", old=OLD, new=NEW)
RISCV = PlatformMove(platform="linux/riscv64", old=None, new=NEW)
GONE = PlatformMove(platform="linux/ppc64le", old=OLD, new=None)
MOVED = move(changed(BEFORE, AFTER, functions="orders audio"), ARM64, GONE, RISCV, S390X)
REPORT = LockReport(
    lock=LOCK,
    changes=CHANGES,
    toolchains=(
        ToolchainMove(tool="go", old="1.26.7", new="1.26.8"),
        ToolchainMove(tool="zig", old="0.16.0", new="1.0.0"),
    ),
    images=(MOVED,),
    losses=losses(MOVED),
    written=True,
)

LINES = f"""\
{NAME}: sha256:aaaaaaaaaaaa (2025-02-18T17:40:02Z) → sha256:bbbbbbbbbbbb (2026-02-27T21:04:11Z)
  linux/amd64: changed, for orders, audio
    glibc 2.26 → 2.34: GLIBC_2.27, GLIBC_2.34 gained
    libm.so.6: GLIBC_2.35 gained
    libstdc++ of GCC 11 → GCC 14: GLIBCXX_3.4.30 … 3.4.33, CXXABI_1.3.14, CXXABI_1.3.15 gained
    libraries: libnew.so.1 added; libgone.so.1 removed
    another soname: libssl.so.10 → libssl.so.3
    environment: LANG en_US.UTF-8 → C; `X` a|b added
    entrypoint: /lambda-entrypoint.sh → /init
    layers: 2 → 2, 1 the same; 38.2 MB → 38.2 MB as stored
    audio relies on what is lost
    3 packages: 1 added, 1 removed, 1 moved
      glibc 2.26-64.amzn2.x86_64 → 2.34-117.amzn2023.0.1.x86_64
      gone 1-1.noarch removed
      new|er 2-1.noarch added
  linux/arm64: no change for you
  linux/ppc64le: lost; no function is for it
  linux/riscv64: new; no function is for it
  linux/s390x: changed; no function is for it
"""

MARKDOWN = f"""\
> **Something is lost** that a function relies on: `audio`.

### `{NAME}`

`sha256:aaaaaaaaaaaa` (2025-02-18T17:40:02Z) → `sha256:bbbbbbbbbbbb` (2026-02-27T21:04:11Z)

**linux/amd64**: changed, for `orders`, `audio`

- glibc 2.26 → 2.34: `GLIBC_2.27`, `GLIBC_2.34` gained
- `libm.so.6`: `GLIBC_2.35` gained
- libstdc++ of GCC 11 → GCC 14: `GLIBCXX_3.4.30 … 3.4.33`, `CXXABI_1.3.14`, `CXXABI_1.3.15` gained
- libraries: `libnew.so.1` added; `libgone.so.1` removed
- another soname: `libssl.so.10` → `libssl.so.3`
- environment: `LANG` `en_US.UTF-8` → `C`; `` `X` `` `a|b` added
- entrypoint: `/lambda-entrypoint.sh` → `/init`
- layers: 2 → 2, 1 the same; 38.2 MB → 38.2 MB as stored
- `audio` relies on what is lost

<details><summary>3 packages: 1 added, 1 removed, 1 moved (linux/amd64)</summary>

| package | old | new |
|---|---|---|
| `glibc` | `2.26-64.amzn2.x86_64` | `2.34-117.amzn2023.0.1.x86_64` |
| `gone` | `1-1.noarch` |  |
| `new\\|er` |  | `2-1.noarch` |

</details>

**linux/arm64**: no change for you

**linux/ppc64le**: lost; no function is for it

**linux/riscv64**: new; no function is for it

**linux/s390x**: changed; no function is for it

### Toolchains and other entries

- Go 1.26.7 → 1.26.8
- zig 0.16.0 → 1.0.0
- added `go@1.26.8 linux/amd64`
- dropped `x:1`
"""


def test_a_lock_says_what_moved_and_changed(capsys: Capture) -> None:
    show_lock(REPORT, PLAIN)

    assert capsys.readouterr() == (
        "",
        (
            f"{LINES}Go 1.26.7 → 1.26.8\nzig 0.16.0 → 1.0.0\nadded go@1.26.8 linux/amd64\ndropped x:1\n"
            "`images.lock` covers the spec\n"
        ),
    )


def test_a_pull_request_has_it_as_markdown(capsys: Capture) -> None:
    show_lock(REPORT, PLAIN, "markdown")

    assert capsys.readouterr() == (MARKDOWN, "")


def test_a_lock_of_images_without_a_platform_does_not_say_that_it_covers_the_spec(capsys: Capture) -> None:
    show_lock(LockReport(lock=LOCK, written=True, lacking=True), PLAIN)
    show_lock(LockReport(lock=LOCK, written=True, lacking=True), PLAIN, "json")

    out, err = capsys.readouterr()
    assert (err, json.loads(out)["lacking"]) == ("`images.lock` does not cover the spec; nothing to do\n", True)


def test_a_lock_that_did_not_change_says_so(capsys: Capture) -> None:
    nothing = LockReport(lock=LOCK, written=True)
    show_lock(nothing, PLAIN)
    show_lock(replace(nothing, written=False), PLAIN)
    assert capsys.readouterr() == (
        "",
        "`images.lock` covers the spec; nothing to do\n" * 2,
    )

    show_lock(nothing, PLAIN, "markdown")
    assert capsys.readouterr() == ("Nothing moved in `images.lock`.\n", "")


def test_a_quiet_lock_says_nothing(capsys: Capture) -> None:
    show_lock(REPORT, Style(quiet=True))

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("refused", [True, False])
def test_a_dry_run_says_that_nothing_was_written_and_whether_it_would_be_refused(
    refused: bool, capsys: Capture
) -> None:
    show_lock(replace(REPORT, written=False, refused=refused), PLAIN)

    last = "this is refused, unless you add `--accept-loss`\n" if refused else ""
    assert capsys.readouterr().err.endswith(f"dropped x:1\n`images.lock` stays as it is\n{last}")


def test_what_is_lost_matters_to_no_static_function(capsys: Capture) -> None:
    one = changed(AFTER, BEFORE, functions="orders", judged="")
    two = changed(AFTER, BEFORE, functions="orders users", judged="")
    show_lock(LockReport(lock=LOCK, images=(move(one), move(two)), written=True), PLAIN)

    err = capsys.readouterr().err
    assert "    libstdc++ of GCC 14 → GCC 11: GLIBCXX_3.4.30 … 3.4.33, CXXABI_1.3.14, CXXABI_1.3.15 lost\n" in err
    assert "    orders is static: what is lost matters to `include` alone\n" in err
    assert "    orders, users are static: what is lost matters to `include` alone\n" in err
    assert "relies on" not in err


def test_where_only_the_index_moved_there_is_no_change_for_you(capsys: Capture) -> None:
    show_lock(LockReport(lock=LOCK, images=(move(ARM64, S390X),), written=True), PLAIN)

    head, *rest = capsys.readouterr().err.splitlines()
    assert head.endswith(" → sha256:bbbbbbbbbbbb (2026-02-27T21:04:11Z): no change for you")
    assert rest[:2] == ["  linux/arm64: no change for you", "  linux/s390x: changed; no function is for it"]


def test_a_platform_that_functions_are_for_is_lost_or_new(capsys: Capture) -> None:
    lost = (replace(GONE, functions=("orders",)), replace(GONE, functions=("orders", "audio")))
    show_lock(LockReport(lock=LOCK, images=(move(*lost, replace(RISCV, functions=("x",))),), written=True), PLAIN)

    assert capsys.readouterr().err.splitlines()[1:4] == [
        "  linux/ppc64le: lost, and orders relies on it",
        "  linux/ppc64le: lost, and orders, audio rely on it",
        "  linux/riscv64: new, for x",
    ]


def test_what_cannot_be_told_is_said(capsys: Capture) -> None:
    unread = replace(S390X, functions=("orders",), unknown="`x` has no such image")
    unlisted = move(replace(RISCV, functions=("orders",)), unknown="`x` has no such image")
    unmade = replace(unlisted, old=replace(unlisted.old, created=None))
    show_lock(LockReport(lock=LOCK, images=(move(unread), unmade), written=True), PLAIN)

    assert capsys.readouterr().err.splitlines()[1:4] == [
        "  linux/s390x: changed, for orders; what moved cannot be told: `x` has no such image",
        (
            f"{NAME}: sha256:aaaaaaaaaaaa → sha256:bbbbbbbbbbbb (2026-02-27T21:04:11Z):"
            " which platforms it had is not known: `x` has no such image"
        ),
        "  linux/riscv64: changed, for orders",
    ]


def test_other_bytes_of_the_same_libraries_are_told_as_that(capsys: Capture) -> None:
    one = image({}, packages=packages(a="1"))
    same = changed(one, one)
    patched = changed(one, image({}, packages=packages(a="2")))
    show_lock(LockReport(lock=LOCK, images=(move(same), move(patched)), written=True), PLAIN)

    err = capsys.readouterr().err
    assert err.count("    what a program can see is the same\n") == 1
    assert "    1 package: 1 moved\n      a 1 → 2\n" in err


def test_packages_that_cannot_be_read_are_told(capsys: Capture) -> None:
    damaged = image({}, packages=Packages(database="/var/lib/rpm/Packages", problem="is damaged"))
    show_lock(LockReport(lock=LOCK, images=(move(changed(damaged, damaged)),), written=True), PLAIN)

    assert "    packages cannot be told: `/var/lib/rpm/Packages` is damaged\n" in capsys.readouterr().err


def test_text_of_strangers_is_made_harmless(capsys: Capture) -> None:
    old, new = (
        image({}, packages=packages()),
        image({"lib\x1b[1m.so.1": None}, packages=packages(**{"a\x1b[1m": "1\n2"})),
    )
    report = LockReport(lock=LOCK, images=(move(changed(old, new)),), written=True)
    show_lock(report, PLAIN)
    show_lock(report, PLAIN, "markdown")

    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert "      a\\x1b[1m 1\\n2 added\n" in err
    assert "| `a\\x1b[1m` |  | `1\\n2` |\n" in out


def test_outdated_is_data_in_every_form(capsys: Capture) -> None:
    tag = LockReport(lock=LOCK, images=(move(replace(S390X, functions=("orders",)), ARM64),), written=False)
    show_outdated(tag, Style(quiet=True))
    assert capsys.readouterr() == (
        (
            f"{NAME}: sha256:aaaaaaaaaaaa (2025-02-18T17:40:02Z) → sha256:bbbbbbbbbbbb (2026-02-27T21:04:11Z)\n"
            "  linux/s390x: changed, for orders\n  linux/arm64: no change for you\n"
        ),
        "",
    )
    show_outdated(tag, PLAIN, "markdown")
    assert capsys.readouterr().out.startswith(f"### `{NAME}`\n\n`sha256:aaaaaaaaaaaa` (2025")
    show_outdated(tag, Style(as_json=True))
    assert json.loads(capsys.readouterr().out)["images"][0]["new"]["digest"] == NEW

    show_outdated(replace(tag, images=()), PLAIN)
    show_outdated(replace(tag, images=()), Style(quiet=True))
    assert capsys.readouterr() == ("", "no pin of `images.lock` moved\n")


def test_a_lock_as_json_is_one_document_that_says_all(capsys: Capture) -> None:
    show_lock(replace(REPORT, images=(move(changed(BEFORE, AFTER), ARM64, GONE, RISCV),)), Style(as_json=True))

    out, err = capsys.readouterr()
    document = json.loads(out)
    (moved,) = document["images"]
    amd64, *others = moved["platforms"]
    assert err == ""
    assert (document["version"], document["lock"], document["written"], document["refused"]) == (
        1,
        "images.lock",
        True,
        False,
    )
    assert document["changes"] == [{"verb": one.verb, "subject": one.subject} for one in CHANGES]
    assert document["toolchains"][0] == {"tool": "go", "old": "1.26.7", "new": "1.26.8"}
    assert moved["old"] == {"image": NAME, "digest": OLD, "created": "2025-02-18T17:40:02Z"}
    assert [one["state"] for one in others] == ["unchanged", "lost", "appeared"]
    assert (amd64["state"], amd64["functions"], amd64["judged"]) == ("changed", ["audio"], ["audio"])
    assert amd64["difference"]["libraries"]["renamed"] == [
        {"name": "libssl.so", "old": "libssl.so.10", "new": "libssl.so.3"}
    ]
    assert {"name": "libm.so.6", "gained": ["GLIBC_2.35"], "lost": []} in amd64["difference"]["libraries"]["changed"]
    assert amd64["difference"]["packages"][1] == {"name": "gone", "old": "1-1.noarch", "new": None}
    assert amd64["difference"]["layers"]["old"][1] == {
        "digest": f"sha256:{'2' * 64}", "diff_id": f"sha256:{'6' * 64}", "size": 253,
    }  # fmt: skip
    assert [one["library"] for one in document["losses"]] == ["libgone.so.1", "libssl.so.10"]


def test_losses_as_json_name_versions_platforms_and_what_cannot_be_told(capsys: Capture) -> None:
    every = move(
        changed(AFTER, image({**dict.fromkeys(("libssl.so.3", "libnew.so.1")), "libc.so.6": ["GLIBC_2.34"]})),
        replace(GONE, functions=("orders",)),
        replace(S390X, functions=("audio",), judged=("audio",), unknown="it is gone"),
    )
    show_lock(LockReport(lock=LOCK, losses=losses(every), written=False, refused=True), PLAIN, "json")

    told = json.loads(capsys.readouterr().out)["losses"]
    assert [(one["platform"], one["library"], one["versions"], one["unknown"]) for one in told] == [
        ("linux/amd64", "libm.so.6", [], None),
        ("linux/amd64", "libstdc++.so.6", [], None),
        ("linux/amd64", "libc.so.6", ["GLIBC_2.26", "GLIBC_2.27"], None),
        ("linux/ppc64le", None, [], None),
        ("linux/s390x", None, [], "it is gone"),
    ]


TWO = ImageMove(
    old=Side(name="oci:./old", digest=None, created="2025-02-18T17:40:02Z"),
    new=Side(name="provided.al2023", digest=NEW, created=None),
    platforms=(changed(BEFORE, AFTER, functions="", judged=""), ARM64, GONE, RISCV),
)


def test_two_images_are_compared_for_whoever_asks(capsys: Capture) -> None:
    show_comparison(TWO, Style(quiet=True))

    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith(
        "oci:./old (2025-02-18T17:40:02Z) → provided.al2023 sha256:bbbbbbbbbbbb\n"
        "  linux/amd64: differs\n"
        "    glibc 2.26 → 2.34: GLIBC_2.27, GLIBC_2.34 gained\n"
    )
    assert out.endswith(
        "  linux/arm64: the same\n  linux/ppc64le: only the first has it\n  linux/riscv64: only the second has it\n"
    )
    assert "you" not in out
    assert "relies" not in out


def test_a_comparison_has_the_same_forms(capsys: Capture) -> None:
    show_comparison(TWO, PLAIN, "markdown")
    markdown = capsys.readouterr().out
    show_comparison(TWO, Style(as_json=True))
    document = json.loads(capsys.readouterr().out)

    assert markdown.startswith("### `oci:./old` → `provided.al2023`\n\n`oci:./old` (2025")
    assert "\n**linux/amd64**: differs\n\n- glibc 2.26 → 2.34: `GLIBC_2.27`, `GLIBC_2.34` gained\n" in markdown
    assert document["version"] == 1
    assert document["old"] == {"image": "oci:./old", "digest": None, "created": "2025-02-18T17:40:02Z"}
    assert [one["state"] for one in document["platforms"]] == ["changed", "unchanged", "lost", "appeared"]


def test_what_was_copied_and_where_to(capsys: Capture) -> None:
    new = Copy(image="a.io/x:1", digest="sha256:00", to="oci:vendor:a.io/x:1", blobs=2, size=1_234_567, kept=1)
    one = replace(new, blobs=1, to="b.io/a.io/x:1-00")
    old = replace(new, blobs=0, size=0, kept=3)

    show_lock(LockReport(lock=LOCK, written=True, copies=(new, one, old)), PLAIN)
    show_lock(LockReport(lock=LOCK, written=True, copies=(new,)), PLAIN, "json")
    show_lock(LockReport(lock=LOCK, written=True, copies=(new,)), Style(quiet=True))

    out, err = capsys.readouterr()
    assert err == (
        "`images.lock` covers the spec; nothing to do\n"
        "copied a.io/x:1 to oci:vendor:a.io/x:1: 2 blobs of 1.2 MB, 1 there already\n"
        "copied a.io/x:1 to b.io/a.io/x:1-00: 1 blob of 1.2 MB, 1 there already\n"
        "copied a.io/x:1 to oci:vendor:a.io/x:1: all there already\n"
    )
    assert json.loads(out)["copies"] == [
        {"image": "a.io/x:1", "digest": "sha256:00", "to": new.to, "blobs": 2, "size": 1_234_567, "kept": 1}
    ]
