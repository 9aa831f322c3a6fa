"""Every program of this machine is loaded by the emulation as by the machine's own loader."""

import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lambdabuild.check.loader import load
from lambdabuild.check.tree import Found, Tree
from lambdabuild.io.elf import read_elf, read_linkage
from lambdabuild.model.abi import LOADERS, Inventory, SharedObject
from lambdabuild.model.elf import ElfFacts, Linkage
from lambdabuild.model.platform import Architecture
from tests.differential.decision import of_loading, of_trace
from tests.differential.rooted import inventory_at
from tests.support.standins.oracle import parse_trace
from tests.support.standins.release import MULTIARCH

MOST = 600
"""Programs; of more than that, some are drawn."""

PROGRAMS = Path("/usr/bin")
ENVIRON = {"LD_WARN": "yes", "LD_BIND_NOW": "yes", "PATH": os.defpath}


@pytest.fixture(scope="module")
def inventory(own_architecture: Architecture) -> Inventory:
    folders = ["/lib", "/lib64", "/usr/lib64", f"/usr/lib/{MULTIARCH[own_architecture]}", "/etc/alternatives"]
    there = [folder for folder in [*folders, "/etc/ld.so.cache"] if os.path.lexists(folder)]
    return inventory_at(Path("/"), own_architecture, below=there)


def test_programs_of_the_machine_are_loaded_as_its_loader_loads_them(
    own_architecture: Architecture, inventory: Inventory
) -> None:
    """`--list` runs none of them. What RUNPATH leads to outside of the folders that were looked at is left out."""
    loader = LOADERS[own_architecture.platform]
    tree = Tree(inventory, [], {})
    found = list(programs(own_architecture))
    chosen = random.Random(0).sample(found, min(MOST, len(found)))
    left_out = 0
    for program in chosen:
        ours = of_loading(load(tree, program, interpreter=loader), asserts=True)
        listed = subprocess.run(
            [loader, "--list", program.path], env=ENVIRON, capture_output=True, text=True, check=False, timeout=60
        )
        truth = of_trace(parse_trace(listed.stdout, listed.stderr, listed.returncode), starts=ours.starts)
        if any(tree.resolve(path) is None for path in truth.loaded):
            left_out += 1
        else:
            assert truth.without(loader) == ours.without(loader), program.path
    assert len(chosen) > 20
    assert left_out < len(chosen) / 10


def programs(architecture: Architecture) -> Iterator[Found]:
    """Those that are started by the usual loader."""
    for path in sorted(PROGRAMS.iterdir()):
        if path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes()
        elf = read_elf(content) if content.startswith(b"\x7fELF") else None
        if not isinstance(elf, ElfFacts) or elf.architecture is not architecture or elf.dynamic is None:
            continue
        linkage = read_linkage(content, elf)
        if elf.interpreter == LOADERS[architecture.platform] and isinstance(linkage, Linkage):
            yield Found(path=str(path), object=SharedObject.of(elf.dynamic, linkage))
