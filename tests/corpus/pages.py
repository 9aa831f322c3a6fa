"""Writes docs/rules: a page for each rule, of the rulebook and of an example that was really run.

`make docs` runs it. The example is the first artifact of the rule in the corpus.
"""

import re
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from lambdabuild.check import RULES
from lambdabuild.io.files import write_atomically
from lambdabuild.io.store import Store
from lambdabuild.model.finding import Rule, Severity
from tests.corpus.asked import Asked, speaks
from tests.corpus.catalogue import EXAMPLES
from tests.corpus.court import Court, Judged, home_of, options
from tests.corpus.recipe import BEFORE, Artifact
from tests.corpus.workshop import Workshop, words
from tests.support.cli import CACHE, ROOT
from tests.support.golang import locked_toolchain

PAGES = ROOT / "docs" / "rules"

_GROUPS: Mapping[str, str] = {
    "1": "The files of the zip, and how they are packed",
    "2": "What an ELF file is, and is for",
    "3": "Linking",
    "4": "The level of the CPU",
    "5": "Sizes",
    "6": "The runtime",
    "9": "The check itself",
}
_SEVERITIES: Mapping[Severity, str] = {
    Severity.ERROR: "it cannot be deployed, does not start, or crashes",
    Severity.WARNING: "it may fail",
    Severity.NOTE: "good to know",
}
_WHY: Mapping[Severity, str] = {
    Severity.ERROR: "Why it fails on Lambda",
    Severity.WARNING: "Why it may fail on Lambda",
    Severity.NOTE: "Why it is said",
}
_BUILT: Mapping[str, str] = {"cgo": "Go, with cgo", "other": "Everything else"}
_FENCES: Mapping[str, str] = {".c": "c", ".cc": "cpp", ".go": "go", ".mod": "go", ".py": "python", ".yaml": "yaml"}
_DIGEST = re.compile(r"@sha256:[0-9a-f]{12}\b")
_README = """\
# The rules of `lambdabuild check`

`lambdabuild explain LB312` prints the page of a rule; every finding names its rule.

An **error** means that the function cannot be deployed, does not start, or crashes: `lambdabuild check` exits 5. A
**warning** means that it may fail; with `--fail-on warning` it exits 5 too. A **note** is good to know. Of a file that
nothing is known to start or to load, an error of linking is only a warning. A finding is accepted in the spec, with a
reason:

```yaml
functions:
  orders:
    package: ./cmd/orders
    allow:
      - {rule: LB401, reason: runs on our own CPUs}
```

Each page shows the form of its message: in braces stands what is filled in, and what is in brackets is said only where
it is known.

The examples were run: commands, findings, and what the dynamic loader or the kernel answered. The images in them,
like `oci:provided.al2023`, stand in for AWS's: they have the same libraries, versions and symbols, and no more. Of the
real one you get a copy with `skopeo copy --all docker://public.ecr.aws/lambda/provided:al2023 oci:provided.al2023`;
without `--image`, it is fetched.
"""


def main() -> None:
    """Write all pages anew."""
    toolchain = locked_toolchain(Store(root=CACHE))
    with tempfile.TemporaryDirectory() as folder:
        court = Court(
            folder=Path(folder), workshop=Workshop(go=Path(toolchain.root)), artifacts=tuple(EXAMPLES.values())
        )
        pages = {f"{rule.id}.md": page(rule, court) for rule in RULES.values()}
    for name, text in {**pages, "README.md": index()}.items():
        write_atomically(PAGES / name, text.encode())
    sys.stdout.write(f"{len(pages)} pages\n")


def index() -> str:
    """README.md: every rule with its severity and its title."""
    lines = [_README]
    for first, title in _GROUPS.items():
        lines += [f"\n## {title}\n\n", "| rule | severity | what it finds |\n|---|---|---|\n"]
        lines += [f"| [{one.id}]({one.id}.md) | {one.severity} | {one.title} |\n" for one in _of_group(first)]
    return "".join(lines)


def page(rule: Rule, court: Court) -> str:
    """The page of a rule."""
    only = f"; on {rule.architecture} alone" if rule.architecture is not None else ""
    example, fix = _run(rule, court)
    parts = (
        f"# {rule.id}: {rule.title}",
        f"Severity: **{rule.severity}**, {_SEVERITIES[rule.severity]}{only}.",
        _fenced("text", rule.message),
        f"## {_WHY[rule.severity]}",
        rule.why,
        "## Example",
        *example,
        "## What to do",
        _what_to_do(rule, fix),
    )
    return "\n\n".join(parts) + "\n"


def _run(rule: Rule, court: Court) -> tuple[tuple[str, ...], str]:
    """The example of a rule, and what to do about it, in the words that fit the example."""
    artifact = EXAMPLES[rule.id]
    judged = court.judged(artifact)
    asked = court.asked(artifact) if artifact.recipe.oracle is not None else None
    return tuple(_example(artifact, judged, asked)), judged.fixes[0]


def _of_group(first: str) -> Iterator[Rule]:
    return (rule for rule in RULES.values() if rule.id[2] == first)


def _example(artifact: Artifact, judged: Judged, asked: Asked | None) -> Iterator[str]:
    recipe = artifact.recipe
    if recipe.about:
        yield recipe.about
    if "go.sum" in recipe.given:
        yield "The module is as `go get` leaves it; go.sum is not shown."
    if "dist/build.json" in recipe.given:
        yield "The project was built before: by dist/build.json it is known which function a zip is of."
    for name, content in recipe.files.items():
        yield f"`{name}`:"
        yield _fenced(_language(name, content), content.replace("\ufeff", "\\uFEFF").rstrip("\n"))
    commands = [_worded(command, artifact) for command in recipe.commands]
    commands += ["lambdabuild lock"] if recipe.locked else []
    shown = [f"$ {command}" for command in (*commands, _check(artifact))]
    if recipe.day != BEFORE:
        yield f"On {recipe.day.isoformat()}:"
    yield _fenced("console", "\n".join([*shown, *(_same_everywhere(line, artifact) for line in judged.lines)]))
    if asked is not None and (answer := _answer(artifact, asked)):
        yield from answer


def _check(artifact: Artifact) -> str:
    """The command as someone would write it who is where the files are."""
    told = list(options(artifact))
    if artifact.recipe.project:
        told = told[2:]
    return _same_everywhere(" ".join(["lambdabuild", "check", artifact.recipe.artifact, *told]), artifact)


def _answer(artifact: Artifact, asked: Asked) -> tuple[str, str] | None:
    """What came of starting it, where that is worth to be told."""
    oracle = artifact.recipe.oracle
    assert oracle is not None
    if not speaks(artifact) or (oracle.starts and not oracle.traced):
        return None
    where = "that image" if artifact.recipe.image is not None else artifact.recipe.runtime
    if asked.code < 0 and not asked.printed:
        return f"Started on {where}, it is ended by a signal:", _fenced("text", signal.Signals(-asked.code).name)
    if not asked.printed:
        return None
    if oracle.cpu:
        who = f"Started on a CPU that lacks some of it (QEMU's `{oracle.cpu}`):"
    elif oracle.starts:
        who = f"Started on {where}, the dynamic loader says, and goes on:"
    elif oracle.traced:
        who = f"Started on {where}, the dynamic loader says, and gives up:"
    else:
        who = f"Started on {where}, the kernel says:"
    return who, _fenced("text", asked.printed.rstrip("\n"))


def _what_to_do(rule: Rule, fix: str) -> str:
    if isinstance(rule.fix, str):
        return f"{fix[0].upper()}{fix[1:]}."
    return "\n".join(f"- {_BUILT[built]}: {fix}." for built, fix in rule.fix.items())


def _worded(command: str, artifact: Artifact) -> str:
    for name, word in words(artifact.architecture).items():
        command = re.sub(rf"\${name}\b", word, command)
    return command


def _same_everywhere(line: str, artifact: Artifact) -> str:
    """Without what depends on the machine: folders, and digests of images."""
    return _DIGEST.sub("@sha256:…", line.replace(f"{home_of(artifact)}/", ""))


def _language(name: str, content: str) -> str:
    return _FENCES.get(PurePosixPath(name).suffix, "sh" if content.startswith("#!") else "text")


def _fenced(language: str, content: str) -> str:
    return f"```{language}\n{content}\n```"


if __name__ == "__main__":
    main()
