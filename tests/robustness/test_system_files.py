"""Every ELF file of the machine that the tests run on."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from lambdabuild.image.abi import decode, encode
from lambdabuild.model.abi import LOADERS, SharedObject
from lambdabuild.model.elf import ElfFacts, ElfType
from lambdabuild.model.platform import Architecture, host_platform
from tests.robustness.bounds import within
from tests.robustness.judging import damage_of, facts_of, judged_alone
from tests.support.gates import need
from tests.support.inventories import inventory
from tests.support.standins import AL2023

FOLDERS = ("/usr/lib", "/usr/bin")


def elf_files() -> Iterator[Path]:
    for top in FOLDERS:
        for folder, _, names in os.walk(top):
            for path in (Path(folder, name) for name in names):
                if path.is_file() and not path.is_symlink() and os.access(path, os.R_OK) and starts_as_elf(path):
                    yield path


def libraries() -> Iterator[tuple[str, SharedObject]]:
    for path in elf_files():
        facts = facts_of(path)
        if isinstance(facts.elf, ElfFacts) and facts.elf.type is ElfType.SHARED and facts.elf.dynamic is not None:
            yield str(path), facts.object


def starts_as_elf(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == b"\x7fELF"


def is_taken(path: Path) -> bool:
    """Whether the loader of this machine maps it; 2 is a library (elf/rtld.c, `--verify`)."""
    loader = LOADERS[host_platform()]
    done = subprocess.run([loader, "--verify", path], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.returncode in (0, 2)


def test_every_elf_file_of_the_system_is_judged_in_time_and_none_that_loads_is_called_damaged() -> None:
    need(host_platform() in LOADERS, "needs Linux on one of Lambda's CPUs")
    judged = dynamic = 0
    damaged = {}
    for path in elf_files():
        try:
            with within():
                facts = facts_of(path)
                judged_alone(path)
        except BaseException as error:
            error.add_note(f"of {path}")
            raise
        judged += 1
        dynamic += isinstance(facts.elf, ElfFacts) and bool(facts.elf.needed)
        if (reason := damage_of(facts)) is not None:
            damaged[path] = reason

    print(f"{judged} files, {dynamic} of them dynamic, {len(damaged)} damaged")
    assert dynamic > 50
    assert {path: reason for path, reason in damaged.items() if is_taken(path)} == {}


def test_what_is_kept_of_each_library_of_the_system_is_what_was_read_of_it() -> None:
    """But for what it asks of others, which is not judged of an image."""
    objects = {
        path: replace(known, linkage=replace(known.linkage, references=())) for path, known in dict(libraries()).items()
    }
    whole = replace(inventory(AL2023, Architecture.AMD64), objects=objects)

    assert len(objects) > 50
    assert dict(decode(encode(whole)).objects) == objects
