"""Whatever the bytes of a zip are, it is opened, and what comes out of it is judged, in time."""

import shutil
import stat
from pathlib import Path
from random import Random

import pytest

from lambdabuild.io.archive import open_zip
from tests.robustness.fuzzing import fuzz, mutated
from tests.robustness.judging import judged_packed
from tests.robustness.programs import small_programs
from tests.robustness.zip_fields import groups_of
from tests.support.zips import STORED, STREAMED, Part, info_zip, zip64_of, zip_of

OPENED = 3500


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """By hand and by Info-ZIP: with programs, links, folders, data descriptors and ZIP64."""
    folder = tmp_path_factory.mktemp("zips")
    programs = small_programs(folder / "programs")
    function = folder / "function"
    (function / "lib").mkdir(parents=True)
    (function / "bootstrap").write_bytes(programs["pie"])
    (function / "bootstrap").chmod(0o755)
    (function / "lib" / "libanswer.so.1").write_bytes(programs["library"])
    (function / "lib" / "libanswer.so").symlink_to("libanswer.so.1")
    link = Part(name=b"lib/link", mode=stat.S_IFLNK | 0o777, content=b"../bootstrap")
    parts = [
        Part(content=programs["pie"]),
        Part(name=b"lib/", content=b"", mode=stat.S_IFDIR | 0o755),
        link,
        Part(name=b"stored", method=STORED),
        Part(name=b"late", flags=STREAMED, local={"crc": 0, "size": 0, "compressed": 0}, descriptor=bytes(12)),
    ]
    return [
        zip_of(*parts),
        zip64_of(*parts[:4]),
        info_zip(function, "-r", "-y"),
        zip_of(link, link, prefix=b"#!/bin/sh"),
    ]


def test_any_zip_is_opened_and_judged(originals: list[bytes], tmp_path: Path) -> None:
    known = [(content, groups_of(content)) for content in originals]
    archive, into = tmp_path / "function.zip", tmp_path / "into"

    def make(chance: Random) -> bytes:
        content, groups = chance.choice(known)
        return mutated(content, groups, chance)

    def judge(content: bytes) -> str:
        archive.write_bytes(content)
        into.mkdir()
        try:
            own = open_zip(archive, into)
            judged_packed(own)
            return " ".join(sorted({fault.kind for fault in own.faults}))
        finally:
            shutil.rmtree(into)

    outcomes = fuzz("zip", make, judge, OPENED, tmp_path)

    assert {"damaged", "headers-disagree", "bad-crc"} <= {kind for kinds in outcomes for kind in kinds.split()}
