"""From spec and lock to actions: list, fetch what is missing, hash, group."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path, PurePosixPath
from threading import Event

from lambdabuild.errors import ProjectError
from lambdabuild.io import merkle
from lambdabuild.io.files import visible_files
from lambdabuild.io.golang import CLOSED, Go
from lambdabuild.io.store import Store
from lambdabuild.io.threads import each
from lambdabuild.model.artifact import Selection
from lambdabuild.model.events import Emit, working
from lambdabuild.model.lock import Lock
from lambdabuild.model.plan import Action, Digest, Group, InputFile, InputTree, Plan, Toolchain
from lambdabuild.model.platform import ACTION_HOST, Architecture
from lambdabuild.model.spec import Function, Spec
from lambdabuild.plan.action import action_digest, command, inputs
from lambdabuild.plan.closure import LocalFiles, closure
from lambdabuild.plan.flags import build_flags, environment, list_flags
from lambdabuild.plan.listing import FIELDS, Package, parse, refusal
from lambdabuild.plan.modules import MODULES, Module, View, is_whole, module_inputs, read_sums
from lambdabuild.plan.project import Project, entry_file, module_root, package_folder, read_project


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """One action in the making."""

    function: Function
    architecture: Architecture
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Targets that one `go list` can read and one `go build` can make."""

    go: Go
    version: str
    project: Project
    env: Mapping[str, str]
    listing: tuple[str, ...]
    flags: tuple[str, ...]
    targets: tuple[_Target, ...]

    def package(self, target: _Target) -> str:
        """The package as go is told, from the project's folder."""
        relative = Path(os.path.relpath(target.folder, self.project.folder)).as_posix()
        local = relative in {".", ".."} or relative.startswith("../")
        return relative if local else f"./{relative}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listing:
    """What go has read for a batch: packages by import path, go.mod files of modules by path in the module cache."""

    packages: Mapping[str, Package]
    go_mods: Mapping[PurePosixPath, bytes]
    sums: Mapping[Module, str]
    view: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Makes plans. `gos` holds the locked go of each version that the spec names."""

    spec: Spec
    lock: Lock
    store: Store
    gos: Mapping[str, Go]
    emit: Emit
    stop: Event = field(default_factory=Event)
    _projects: dict[tuple[str, Path], Project] = field(default_factory=dict)
    _local: dict[Path, LocalFiles] = field(default_factory=dict)

    def plan(self, selection: Selection) -> Plan:
        """Every selected action, in groups. ProjectError, CompileError or EnvironmentFailure where go refuses."""
        groups: list[Group] = []
        batches = list(self._batches(selection))
        for batch, listing in zip(batches, each(self._list, batches, stop=self.stop), strict=True):
            actions = [self._action(batch, target, listing) for target in batch.targets]
            groups.extend(
                Group(
                    toolchain=Toolchain(version=batch.version, root=_root(batch.go)),
                    folder=batch.project.folder,
                    env=batch.env,
                    flags=batch.flags,
                    actions=tuple(part),
                )
                for part in _without_clashes(actions)
            )
        return Plan(groups=tuple(groups))

    def _batches(self, selection: Selection) -> Iterator[_Batch]:
        """Targets with one toolchain, folder, environment and flags, in the order of the spec."""
        batches: dict[object, _Batch] = {}
        for target in self._targets(selection):
            function = target.function
            project = self._project(function)
            env = environment(function, target.architecture, project)
            flags = build_flags(function, project.mod)
            key = (function.go, project.folder, tuple(sorted(env.items())), flags)
            batch = batches.get(key)
            batches[key] = _Batch(
                go=self.gos[function.go],
                version=function.go,
                project=project,
                env=env,
                listing=list_flags(function, project.mod),
                flags=flags,
                targets=(*(batch.targets if batch else ()), target),
            )
        yield from batches.values()

    def _targets(self, selection: Selection) -> Iterator[_Target]:
        for function in self.spec.functions.values():
            if selection.functions and function.name not in selection.functions:
                continue
            for architecture in function.architectures:
                if not selection.architectures or architecture in selection.architectures:
                    yield _Target(
                        function=function,
                        architecture=architecture,
                        folder=package_folder(self.spec, function),
                    )

    def _project(self, function: Function) -> Project:
        entry = entry_file(module_root(self.spec, function))
        key = (function.go, entry)
        if key not in self._projects:
            self._projects[key] = read_project(self.gos[function.go], function.go, entry)
        return self._projects[key]

    def _list(self, batch: _Batch) -> _Listing:
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
                    return _Listing(packages=packages, go_mods=view.read(), sums=sums, view=view.root)
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

    def _fetch(self, batch: _Batch, arguments: list[str]) -> None:
        """Fill our module cache: from the user's own cache alone where that is enough, else as the user's go would."""
        self.store.modules.mkdir(parents=True, exist_ok=True)
        seed = batch.go.seed()
        env = {"GOWORK": ""} | {name: value for name, value in batch.env.items() if name not in CLOSED}
        env["GOMODCACHE"] = str(self.store.modules)
        user = batch.go.settings("GOPROXY")["GOPROXY"]
        for settings in (
            {"GOPROXY": seed, "GONOPROXY": "none", "GOSUMDB": "off"},
            {"GOPROXY": f"{seed},{user}"},
        ):
            answer = batch.go.run_open(arguments, cwd=batch.project.folder, env=env | settings)
            if answer.ok:
                return
        raise refusal(answer.stderr, version=batch.version)

    def _action(self, batch: _Batch, target: _Target, listing: _Listing) -> Action:
        main = _main(target, listing.packages)
        found = closure(batch.project, main, listing.packages, view=listing.view)
        local = self._local.setdefault(batch.project.folder, LocalFiles(project=batch.project))
        files = [local.node(path) for path in found.files]
        files.extend(_go_mods(batch.project, listing, found.modules))
        trees: list[InputTree] = []
        for module in sorted(found.modules):
            for node in module_inputs(self.store, module, listing.sums[module]):
                trees.append(node) if isinstance(node, InputTree) else files.append(node)
        folder = batch.project.place(batch.project.folder)
        assert folder is not None, "a project is in itself"
        what = command(
            package=batch.package(target),
            flags=batch.flags,
            env=batch.env,
            folder=folder,
        )
        root = inputs(files, trees, toolchain=self._toolchain(batch.version))
        return Action(
            function=target.function.name,
            architecture=target.architecture,
            package=batch.package(target),
            binary=PurePosixPath(main.target).name,
            command=what,
            inputs=root,
            digest=action_digest(what, root.root),
            sources=self._sources(main, listing),
            folders={path: visible_files(path) for path in found.folders},
        )

    def _toolchain(self, version: str) -> Digest:
        tree = self.lock.toolchains[f"go@{version}"][ACTION_HOST].tree
        return Digest.parse(tree.removeprefix("sha256:"))

    def _sources(self, main: Package, listing: _Listing) -> dict[str, tuple[Path, ...]]:
        packages = (listing.packages[name] for name in (*main.deps, main.import_path) if name in listing.packages)
        return {
            package.import_path: tuple(
                _home(package.folder, listing.view, self.store) / name for name in package.files if name.endswith(".go")
            )
            for package in packages
            if not package.standard
        }


def _main(target: _Target, packages: Mapping[str, Package]) -> Package:
    package = next(package for package in packages.values() if package.folder == target.folder)
    if package.name != "main":
        raise ProjectError(
            f"`functions.{target.function.name}.package`: `{target.function.package}` is package `{package.name}`,"
            " not `main`",
            hint="name the folder that holds `package main`; go would write an archive, and no program",
        )
    return package


def _go_mods(project: Project, listing: _Listing, modules: frozenset[Module]) -> Iterator[InputFile]:
    """The go.mod files that go needs for one action of a batch.

    With a pruned module graph go reads those of modules that provide packages, so each action gets its own. Elsewhere,
    and where go read any other, it loads the whole graph, which is the same for all of them, so each gets all.
    """
    providing = {MODULES / package.module.download("mod") for package in listing.packages.values() if package.module}
    own = {MODULES / module.download("mod") for module in modules}
    read = {MODULES / path: content for path, content in listing.go_mods.items()}
    whole = not project.pruned or not read.keys() <= providing
    for path, content in read.items():
        if whole or path in own:
            yield InputFile(path=path, digest=merkle.digest_of(content), content=content)


def _overlay(project: Project, scratch: Path) -> list[str]:
    """The flag that keeps go from completing go.work.sum: with it, what the file lacks is an error."""
    if project.work_sum is None:
        return []
    copy, overlay = scratch / "go.work.sum", scratch / "overlay.json"
    copy.write_bytes(project.work_sum.read_bytes() if project.work_sum.is_file() else b"")
    overlay.write_text(json.dumps({"Replace": {str(project.work_sum): str(copy)}}), encoding="utf-8")
    return [f"-overlay={overlay}"]


def _without_clashes(actions: Iterable[Action]) -> list[list[Action]]:
    """Split actions so that no two of a part have a binary of one name."""
    parts: list[dict[str, Action]] = []
    for action in actions:
        part = next((part for part in parts if action.binary not in part), None)
        if part is None:
            parts.append(part := {})
        part[action.binary] = action
    return [list(part.values()) for part in parts]


def _home(folder: Path, view: Path, store: Store) -> Path:
    return store.modules / folder.relative_to(view) if folder.is_relative_to(view) else folder


def _root(go: Go) -> Path:
    assert go.root is not None
    return go.root
