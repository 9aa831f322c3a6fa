"""A root to put worlds into, with its real loader, and with the inventory that the emulation judges by."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from lambdabuild.check.loader import load
from lambdabuild.check.loading import Loading
from lambdabuild.check.tree import Found, Tree
from lambdabuild.model.abi import LOADERS, Inventory
from lambdabuild.model.elf import ElfFacts
from lambdabuild.model.platform import Architecture
from tests.differential.decision import Decision, differences, of_loading, of_trace
from tests.differential.rooted import inventory_at
from tests.differential.world import PROGRAM, World
from tests.support.gates import need
from tests.support.handmade import Elf
from tests.support.standins import AL2, AL2023_2023_6, Release, own_root, running_root
from tests.support.standins.oracle import parse_trace
from tests.support.standins.release import ENVIRON
from tests.support.standins.roots import emulator

_TRACE = {"LD_TRACE_LOADED_OBJECTS": "1", "LD_WARN": "yes", "LD_BIND_NOW": "yes"}
_SERVE = """\
import json, os, subprocess, sys
subprocess.run([sys.executable, "-c", ""], capture_output=True, encoding="utf-8", errors="replace", timeout=60)
os.chroot(sys.argv[1])
for line in sys.stdin:
    argv, env = json.loads(line)
    done = subprocess.run(
        argv, env=env, cwd="/var/task", capture_output=True, encoding="utf-8", errors="replace", timeout=60
    )
    print(json.dumps([done.returncode, done.stdout, done.stderr]), flush=True)
"""
"""Runs programs in a root, one after the other. It has run one before, so that it has imported all that it needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How a program has ended, and what it wrote."""

    exit_code: int
    stdout: str
    stderr: str


class Ground:
    """One release on one CPU."""

    def __init__(self, release: Release, architecture: Architecture, folder: Path) -> None:
        need(os.geteuid() == 0, "needs to be root, for chroot")
        self.release = release
        self.architecture = architecture
        running = running_root(release, architecture)
        environment = [f"{name}={value}" for name, value in ENVIRON.items()]
        self.inventory = inventory_at(running, architecture, environment=environment)
        self.root = own_root(running, folder)
        self._server = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _SERVE, str(self.root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.communicate()

    @property
    def interpreter(self) -> str:
        """The path of the loader."""
        return LOADERS[self.architecture.platform]

    @cached_property
    def platform(self) -> str:
        """What the loader has for `$PLATFORM` on this machine: x86_64, aarch64, or haswell for a CPU of Intel."""
        world = World(files={PROGRAM: self.program(needed=("$PLATFORM",))})
        world.put_into(self.root)
        (name,) = self.truth(world).missing
        return name

    @property
    def asserts(self) -> bool:
        """Whether the loader is one that aborts at a library without versions. (The running AL2023 has glibc 2.41.)"""
        return self.release in (AL2, AL2023_2023_6)

    def program(self, **fields: Any) -> Elf:
        """A program for this CPU."""
        return Elf(**{"architecture": self.architecture, "interpreter": self.interpreter, **fields})

    def library(self, **fields: Any) -> Elf:
        """A library for this CPU."""
        return Elf(**{"architecture": self.architecture, **fields})

    def decides(
        self,
        files: Mapping[str, Elf | bytes],
        *,
        links: Mapping[str, str] | None = None,
        library_path: str | None = None,
    ) -> Decision:
        """What both decide of a world; if not the same, that fails."""
        world = World(files=files, links=links or {}, library_path=library_path)
        world.put_into(self.root)
        truth = self.truth(world)
        found = differences(truth, self.emulation(world), loader=self.interpreter)
        assert not found, "\n".join([*found, str(world)])
        return truth.without(self.interpreter)

    def truth(self, world: World) -> Decision:
        """What the real loader decides of the world that is here."""
        environ = {} if world.library_path is None else {"LD_LIBRARY_PATH": world.library_path}
        traced = self.run(world.program, environ={**_TRACE, **environ})
        started = self.run(world.program, environ={"LD_BIND_NOW": "yes", **environ})
        says = parse_trace(traced.stdout, traced.stderr, traced.exit_code)
        return of_trace(says, starts=started.exit_code == 0)

    def emulation(self, world: World) -> Decision:
        """What ours decides of it."""
        return of_loading(self.loading(world), asserts=self.asserts)

    def loading(self, world: World, *, opened: tuple[str, ...] = ()) -> Loading:
        """The emulation, on the image that the root stands in for."""
        tree = Tree(self._inventory_for(world), world.facts_in(self.root), world.links)
        file = tree.files[world.program]
        assert isinstance(file.elf, ElfFacts)
        found = Found(path=world.program, object=file.object, file=file)
        return load(tree, found, interpreter=file.elf.interpreter, opened=opened)

    def run(self, program: str, *arguments: str, environ: Mapping[str, str] | None = None) -> Said:
        """Start a program inside, with the image's environment and `environ` on top.

        There is no /proc, by which the loader knows what `$ORIGIN` of the program is; LD_ORIGIN_PATH tells it.
        """
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        path = emulator(self.architecture)
        argv = [program, *arguments] if path is None else [path, program, *arguments]
        env = {**ENVIRON, "LD_ORIGIN_PATH": program.rpartition("/")[0], **(environ or {})}
        self._server.stdin.write(json.dumps([argv, env]) + "\n")
        self._server.stdin.flush()
        exit_code, stdout, stderr = json.loads(self._server.stdout.readline())
        return Said(exit_code=exit_code, stdout=stdout, stderr=stderr)

    def _inventory_for(self, world: World) -> Inventory:
        if world.library_path is None:
            return self.inventory
        environment = {**self.inventory.environment, "LD_LIBRARY_PATH": world.library_path}
        return replace(self.inventory, environment=environment)
