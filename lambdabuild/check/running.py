"""What has to be loaded, on each runtime that it is for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lambdabuild.check.elves import marks
from lambdabuild.check.facts import FileFacts
from lambdabuild.check.linking import Linking
from lambdabuild.check.scripts import script
from lambdabuild.check.subject import OPT, Runtime, Subject
from lambdabuild.check.tree import Tree
from lambdabuild.check.verdict import Verdict
from lambdabuild.model.artifact import Opened
from lambdabuild.model.elf import ElfFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Loads:
    """`own` are all files of the artifact, `layers` those of its layers; `started` are the dynamic programs that Lambda
    starts, `carried` all other programs and libraries, `scripts` those whose interpreter the image may lack.
    """

    own: Sequence[FileFacts]
    layers: Sequence[FileFacts]
    started: Sequence[FileFacts]
    carried: Sequence[FileFacts]
    scripts: Sequence[FileFacts]


def on_runtimes(subject: Subject, loads: Loads, runtimes: Sequence[Runtime]) -> Iterator[Verdict]:
    """One after the other; what was said of a file is not said again for the next."""
    said: set[tuple[str, ...]] = set()
    for runtime in runtimes:
        found = _once([*_on_one(subject, loads, runtime)])
        yield from (verdict for verdict in found if _cause(verdict) not in said)
        said.update(map(_cause, found))


def _cause(verdict: Verdict) -> tuple[str, ...]:
    """What a verdict is about, whatever the image."""
    about = [verdict.details.get(name, "") for name in ("library", "nodes", "symbols", "interpreter", "program")]
    return (verdict.rule, verdict.file, *about)


def _once(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """A library that is missing is one cause, however many files need it: the first of them speaks, and counts."""
    needing: dict[str, list[str]] = {}
    for verdict in verdicts:
        if verdict.rule == "LB313":
            files = needing.setdefault(verdict.details["library"], [])
            files += [verdict.file] if verdict.file not in files else []
    kept = []
    for verdict in verdicts:
        if verdict.rule == "LB313":
            files = needing.pop(verdict.details["library"], [])
            if not files:
                continue
            others = {"others": str(len(files) - 1) if len(files) > 1 else ""}
            verdict = replace(verdict, details={**verdict.details, **others})  # noqa: PLW2901
        kept.append(verdict)
    return kept


def _on_one(subject: Subject, loads: Loads, runtime: Runtime) -> Iterator[Verdict]:
    links = {**_links(OPT, subject.layers), **_links(subject.root, subject.own)}
    tree = Tree(runtime.inventory, [*loads.layers, *loads.own], links)
    for file in loads.scripts:
        yield from script(file, runtime, tree)
    linking = Linking(subject, runtime, tree)
    for file in loads.started:
        yield from linking.program(file, opened=subject.opened, carried=False)
    reached = set(linking.reached)
    for file in loads.carried:
        if _is_program(file):
            yield from linking.program(file, carried=True)
    for file in loads.carried:
        path = f"{file.root}/{file.name}"
        if not _is_program(file) and path not in linking.reached:
            yield from linking.library(file)
        yield from marks(file, carried=path not in reached)


def _is_program(file: FileFacts) -> bool:
    """Whether it can be started: with an interpreter, and not a library that has one, like libc.so.6."""
    return isinstance(file.elf, ElfFacts) and file.elf.program and file.elf.interpreter is not None


def _links(root: str, contents: Opened) -> dict[str, str]:
    return {f"{root}/{name}": target for name, target in contents.links.items()}
