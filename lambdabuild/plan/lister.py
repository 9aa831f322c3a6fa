"""What go says of a batch of packages; modules that are missing are fetched, and go is asked again."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePosixPath

from lambdabuild.io.golang import CLOSED, Go
from lambdabuild.io.store import Store
from lambdabuild.model.events import Emit, working
from lambdabuild.model.plan import BuildImage
from lambdabuild.model.platform import Architecture
from lambdabuild.model.spec import Function
from lambdabuild.plan.listing import FIELDS, Package, parse, refusal
from lambdabuild.plan.modules import Module, View, is_whole, read_sums
from lambdabuild.plan.project import Project

_READABLE = 0o022
"""The umask of what writes modules: the user of a container reads them. Who may come to them our cache folder says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One action in the making."""

    function: Function
    architecture: Architecture
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Targets that one `go list` can read and one `go build` can make; `zig` says that it compiles their C."""

    go: Go
    version: str
    project: Project
    env: Mapping[str, str]
    listing: tuple[str, ...]
    flags: tuple[str, ...]
    targets: tuple[Target, ...]
    image: BuildImage | None
    zig: bool

    def package(self, target: Target) -> str:
        """The package as go is told, from the project's folder."""
        relative = Path(os.path.relpath(target.folder, self.project.folder)).as_posix()
        local = relative in {".", ".."} or relative.startswith("../")
        return relative if local else f"./{relative}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What go has read for a batch: packages by import path, go.mod files of modules by path in the module cache."""

    packages: Mapping[str, Package]
    go_mods: Mapping[PurePosixPath, bytes]
    sums: Mapping[Module, str]
    view: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Lister:
    """Asks go, closed; the step that fetches is the only one with the network."""

    store: Store
    emit: Emit

    def read(self, batch: Batch) -> Listing:
        """Ask go, closed; fetch and ask again where modules are missing."""
        sums = read_sums(batch.project.sums)
        with self.store.scratch() as scratch:
            arguments = [
                "list", "-deps", f"-json={','.join(FIELDS)}", *batch.listing, *_overlay(batch.project, scratch),
                *(batch.package(target) for target in batch.targets),
            ]  # fmt: skip
            for attempt in count():
                view = View.make(scratch / str(attempt), self.store, sums)
                answer = batch.go.run_closed(
                    arguments,
                    cwd=batch.project.folder,
                    env={**batch.env, "GOPROXY": view.proxy, "GODEBUG": "goindex=0"},
                    modules=view.root,
                )
                packages = parse(answer.stdout) if answer.ok else {}
                if answer.ok and not self._absent(packages, view):
                    return Listing(packages=packages, go_mods=view.read(), sums=sums, view=view.root)
                if attempt or (not answer.ok and view.proxy not in answer.stderr):
                    raise refusal(answer.stderr, version=batch.version)
                with working(self.emit, "modules", str(batch.project.folder)):
                    self._fetch(batch, arguments)
        raise AssertionError("unreachable")

    def _absent(self, packages: Mapping[str, Package], view: View) -> bool:
        """Whether go had to unpack a module by itself, because our cache holds its zip alone."""
        return any(
            package.module is not None
            and package.folder.is_relative_to(view.root)
            and not is_whole(self.store, package.module)
            for package in packages.values()
        )

    def _fetch(self, batch: Batch, arguments: list[str]) -> None:
        """Fill our module cache: from the user's own cache alone where that is enough, else as the user's go would."""
        if not self.store.modules.is_dir():
            self.store.modules.mkdir(parents=True, exist_ok=True)
            self.store.modules.chmod(0o755)
        seed, user = batch.go.proxies()
        env = {"GOWORK": ""} | {name: value for name, value in batch.env.items() if name not in CLOSED}
        env["GOMODCACHE"] = str(self.store.modules)
        attempts = [{"GOPROXY": user}]
        if seed is not None:
            attempts = [
                {"GOPROXY": seed, "GONOPROXY": "none", "GOSUMDB": "off"},
                {"GOPROXY": f"{seed},{user}"},
            ]
        for settings in attempts:
            answer = batch.go.run_open(arguments, cwd=batch.project.folder, env=env | settings, umask=_READABLE)
            if answer.ok:
                return
        raise refusal(answer.stderr, version=batch.version)


def _overlay(project: Project, scratch: Path) -> list[str]:
    """The flag that keeps go from completing go.work.sum: with it, what the file lacks is an error."""
    if project.work_sum is None:
        return []
    copy, overlay = scratch / "go.work.sum", scratch / "overlay.json"
    copy.write_bytes(project.work_sum.read_bytes() if project.work_sum.is_file() else b"")
    overlay.write_text(json.dumps({"Replace": {str(project.work_sum): str(copy)}}), encoding="utf-8")
    return [f"-overlay={overlay}"]
