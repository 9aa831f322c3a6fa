"""Files that other readers of ELF files are tested with: every CPU, byte order and compiler, and bugs of long ago."""

from collections.abc import Iterable
from pathlib import Path

from lambdabuild.io.archive import open_zip
from lambdabuild.model.artifact import FaultKind
from lambdabuild.model.elf import ElfFacts
from lambdabuild.model.plan import Toolchain
from lambdabuild.model.platform import Architecture
from tests.robustness.bounds import within
from tests.robustness.judging import facts_of, judged_alone, judged_packed
from tests.robustness.public import elf_files, of_module, of_sdist

HABITS = {FaultKind.ZIP64, FaultKind.DATA_DESCRIPTOR, FaultKind.NO_UNIX_MODES, FaultKind.UNCLEAN_NAME}


def machines_of(files: Iterable[Path]) -> list[str]:
    """The machine of each file, once it has been judged."""
    machines = []
    for path in files:
        try:
            with within():
                judged_alone(path)
                elf = facts_of(path).elf
        except BaseException as error:
            error.add_note(f"of {path}")
            raise
        machines.append(elf.machine if isinstance(elf, ElfFacts) else "damaged")
    return machines


def test_the_files_of_pyelftools_are_judged_in_time() -> None:
    machines = machines_of(elf_files(of_sdist("pyelftools==0.33")))

    assert len(machines) > 100
    assert len(set(machines)) > 10


def test_the_files_of_cilium_ebpf_are_judged_in_time() -> None:
    assert machines_of(elf_files(of_module("github.com/cilium/ebpf@v0.17.3"))).count("EM_BPF") > 50


def test_the_files_of_go_are_judged_in_time(toolchain: Toolchain) -> None:
    folders = sorted((toolchain.root / "src").rglob("testdata"))

    assert len(machines_of(path for folder in folders for path in elf_files(folder))) > 20


def test_wheels_that_auditwheel_is_tested_with_are_judged_in_time(tmp_path: Path) -> None:
    """For every CPU that manylinux and musllinux have."""
    wheels = sorted(of_sdist("auditwheel==6.4.2").glob("*.whl"))
    machines: set[str] = set()
    for number, wheel in enumerate(wheels):
        into = tmp_path / str(number)
        into.mkdir()
        with within():
            own = open_zip(wheel, into)
            for architecture in Architecture:
                judged_packed(own, architecture)
        assert {fault.kind for fault in own.faults} <= HABITS, wheel
        machines.update(machines_of(elf_files(into)))

    assert len(wheels) > 15
    assert len(machines) > 5
