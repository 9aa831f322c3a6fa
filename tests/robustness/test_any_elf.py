"""Whatever the bytes of an ELF file are, it is read and judged in time."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdabuild.check.buildinfo import read_buildinfo
from lambdabuild.io.archive import open_folder
from lambdabuild.io.elf import read_elf, read_linkage
from lambdabuild.model.abi import LOADERS
from lambdabuild.model.elf import DamagedElf, ElfFacts, Need
from lambdabuild.model.platform import Architecture
from tests.robustness.bounds import within
from tests.robustness.elf_fields import groups_of
from tests.robustness.forged import Forged
from tests.robustness.fuzzing import Field, fuzz, mutated
from tests.robustness.judging import judged_alone, judged_packed
from tests.robustness.programs import small_programs
from tests.support.handmade import Asks, Elf, How, write

Originals = Mapping[str, tuple[bytes, Sequence[Sequence[Field]]]]

READ, JUDGED, BUNDLED, FORGED = 7000, 3000, 2000, 500


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Originals:
    made = small_programs(tmp_path_factory.mktemp("programs"))
    return {name: (content, groups_of(content)) for name, content in made.items()}


def any_of(originals: Originals, *names: str) -> Callable[[Random], bytes]:
    chosen = [originals[name] for name in names or originals]

    def make(chance: Random) -> bytes:
        content, groups = chance.choice(chosen)
        return mutated(content, groups, chance)

    return make


def read(content: bytes) -> str:
    elf = read_elf(content)
    if isinstance(elf, DamagedElf):
        return "damaged"
    read_buildinfo(content, elf)
    return type(read_linkage(content, elf)).__name__


def test_any_elf_is_read(originals: Originals, tmp_path: Path) -> None:
    outcomes = fuzz("read", any_of(originals), read, READ, tmp_path)

    assert outcomes.keys() == {"damaged", "DamagedElf", "Linkage"}


def test_any_elf_is_judged_by_itself(originals: Originals, tmp_path: Path) -> None:
    file = tmp_path / "bootstrap"

    def judge(content: bytes) -> str:
        file.write_bytes(content)
        return " ".join(sorted({finding.rule for finding in judged_alone(file)}))

    outcomes = fuzz("judged", any_of(originals), judge, JUDGED, tmp_path)

    assert {"", "LB202", "LB204", "LB206", "LB313", "LB316"} <= outcomes.keys()


def test_any_library_is_judged_beside_the_program_that_needs_it(originals: Originals, tmp_path: Path) -> None:
    artifact = tmp_path / "artifact"
    (artifact / "lib").mkdir(parents=True)
    program = Elf(
        architecture=Architecture.AMD64,
        interpreter=LOADERS["linux/amd64"],
        needed=("libanswer.so.1", "libc.so.6"),
        needs=(Need(file="libanswer.so.1", node="ANSWER_1"),),
        asks=(
            Asks(name="answer", node="ANSWER_2", file="libanswer.so.1"),
            Asks(name="name", node="ANSWER_1", file="libanswer.so.1", how=How.DATA),
            Asks(name="unversioned"),
        ),
    )
    (artifact / "bootstrap").write_bytes(write(program))
    (artifact / "bootstrap").chmod(0o755)

    def judge(content: bytes) -> str:
        (artifact / "lib" / "libanswer.so.1").write_bytes(content)
        return " ".join(sorted({finding.rule for finding in judged_packed(open_folder(artifact))}))

    outcomes = fuzz("bundled", any_of(originals, "library", "both", "arm64-library"), judge, BUNDLED, tmp_path)

    assert {"", "LB313", "LB314", "LB316", "LB205 LB320"} <= outcomes.keys()


TAGS = st.sampled_from([1, 2, 4, 5, 6, 7, 8, 10, 14, 15, 20, 23, 29, 30, 36, *range(0x6FFFFEF5, 0x6FFFFF00, 5)])
VERSIONS = st.sampled_from([0x6FFFFEF5, 0x6FFFFFF0, 0x6FFFFFF9, 0x6FFFFFFB, 0x6FFFFFFC, 0x6FFFFFFE])
SMALL = st.sampled_from([0, 1, 2, 3, 16, 24, 28]) | st.integers(0, 64)
WORDS = st.lists(SMALL, max_size=60).map(lambda words: b"".join(word.to_bytes(4, "little") for word in words))
ANY = SMALL | st.integers(0, 4096) | st.integers(0, (1 << 64) - 1)


@given(
    tables=st.dictionaries(TAGS | VERSIONS, WORDS | st.binary(max_size=100), max_size=9),
    numbers=st.lists(st.tuples(TAGS | VERSIONS, ANY), max_size=9),
    machine=st.sampled_from([62, 183]),
)
@settings(max_examples=FORGED, derandomize=True, database=None)
def test_any_tables_are_read(tables: Mapping[int, bytes], numbers: Sequence[tuple[int, int]], machine: int) -> None:
    content = Forged(tables=tables, numbers=numbers, machine=machine).content()

    with within():
        elf = read_elf(content)
        assert read(content)
        assert isinstance(elf, DamagedElf | ElfFacts)
