"""An ELF file by itself, judged as `lambdabuild check FILE` judges it."""

from pathlib import Path

from lambdabuild.check import TASK, Subject, check
from lambdabuild.check.facts import FileFacts, gather
from lambdabuild.io.elf import architecture_in
from lambdabuild.model.artifact import Opened
from lambdabuild.model.elf import DamagedElf
from lambdabuild.model.finding import Finding
from lambdabuild.model.platform import Architecture
from lambdabuild.pipeline import subjects
from tests.support.inventories import al2023

RUNTIME = "provided.al2023"


def judged(subject: Subject) -> tuple[Finding, ...]:
    """The findings of an artifact on the stand-in of its runtime."""
    return check([subject], lambda architecture: (al2023(architecture),))


def judged_alone(path: Path) -> tuple[Finding, ...]:
    """The findings of a file, for the CPU that it is for."""
    own = subjects.bare(path, path.name)
    (subject,) = subjects.found(own, architecture_of(path), RUNTIME, None)
    return judged(subjects.alone(subject))


def judged_packed(own: Opened, architecture: Architecture = Architecture.AMD64) -> tuple[Finding, ...]:
    """The findings of a zip or a folder."""
    (subject,) = subjects.found(own, architecture, RUNTIME, None)
    return judged(subject)


def facts_of(path: Path) -> FileFacts:
    """What is known of a file."""
    (facts,) = gather(subjects.bare(path, path.name).entries, TASK)
    return facts


def damage_of(facts: FileFacts) -> str | None:
    """Why the loader could not take it; None where it could, as far as we say."""
    for part in (facts.elf, facts.linkage):
        if isinstance(part, DamagedElf):
            return part.reason
    return None


def architecture_of(path: Path) -> Architecture:
    """By its header; x86_64 where it is for none of Lambda's."""
    with path.open("rb") as stream:
        return architecture_in(stream.read(64)) or Architecture.AMD64
