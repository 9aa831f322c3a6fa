"""From spec and lock to actions: batches of targets, their inputs hashed, groups that one go can build."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from threading import Event

from lambdabuild.errors import ProjectError
from lambdabuild.io import merkle
from lambdabuild.io.files import visible_files
from lambdabuild.io.golang import Go
from lambdabuild.io.store import Store
from lambdabuild.io.threads import each
from lambdabuild.model.artifact import Selection
from lambdabuild.model.events import Emit
from lambdabuild.model.lock import Lock
from lambdabuild.model.plan import Action, Digest, Group, InputFile, InputTree, Plan, Toolchain
from lambdabuild.model.platform import ACTION_HOST
from lambdabuild.model.spec import Function, Spec
from lambdabuild.plan.action import action_digest, command, inputs
from lambdabuild.plan.closure import LocalFiles, closure
from lambdabuild.plan.flags import build_flags, environment, list_flags
from lambdabuild.plan.images import build_image
from lambdabuild.plan.lister import Batch, Lister, Listing, Target
from lambdabuild.plan.listing import Package
from lambdabuild.plan.modules import MODULES, Module, module_inputs
from lambdabuild.plan.project import Project, entry_file, module_root, package_folder, read_project
from lambdabuild.plan.zig import zig_environment


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
        lister = Lister(store=self.store, emit=self.emit)
        for batch, listing in zip(batches, each(lister.read, batches, stop=self.stop), strict=True):
            actions = [self._action(batch, target, listing) for target in batch.targets]
            groups.extend(
                Group(
                    toolchain=Toolchain(version=batch.version, root=_root(batch.go)),
                    folder=batch.project.folder,
                    env=batch.env,
                    flags=batch.flags,
                    actions=tuple(part),
                    image=batch.image,
                    zig=self.spec.zig if batch.zig else None,
                )
                for part in _without_clashes(actions)
            )
        return Plan(groups=tuple(groups))

    def _batches(self, selection: Selection) -> Iterator[Batch]:
        """Targets with one toolchain, folder, environment and flags, in the order of the spec."""
        batches: dict[object, Batch] = {}
        for target in self._targets(selection):
            function = target.function
            project = self._project(function)
            env = environment(function, target.architecture, project)
            env |= zig_environment(function, target.architecture, self.spec, self.lock)
            flags = build_flags(function, target.architecture, project.mod)
            image = build_image(self.spec, self.lock, target.function, target.architecture)
            of_image = None if image is None else (image.pin, image.platform)
            key = (function.go, project.folder, tuple(sorted(env.items())), flags, of_image)
            batch = batches.get(key)
            batches[key] = Batch(
                go=self.gos[function.go],
                version=function.go,
                project=project,
                env=env,
                listing=list_flags(function, target.architecture, project.mod),
                flags=flags,
                targets=(*(batch.targets if batch else ()), target),
                image=image,
                zig=function.cgo == "zig",
            )
        yield from batches.values()

    def _targets(self, selection: Selection) -> Iterator[Target]:
        for function in self.spec.functions.values():
            for architectures in function.artifacts.values():
                if selection.takes(function.name, architectures):
                    folder = package_folder(self.spec, function)
                    for architecture in architectures:
                        yield Target(function=function, architecture=architecture, folder=folder)

    def _project(self, function: Function) -> Project:
        entry = entry_file(module_root(self.spec, function))
        key = (function.go, entry)
        if key not in self._projects:
            self._projects[key] = read_project(self.gos[function.go], function.go, entry)
        return self._projects[key]

    def _action(self, batch: Batch, target: Target, listing: Listing) -> Action:
        main = _main(target, listing.packages)
        found = closure(batch.project, main, listing.packages, view=listing.view, spec=self.spec)
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
            image=batch.image,
        )
        root = inputs(
            files,
            trees,
            toolchain=self._toolchain(batch.version),
            zig=self._zig_tree() if batch.zig else None,
            gcc=target.function.cgo == "image",
        )
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
            embedded=found.embedded,
            native=local.digest(found.native),
            assembly=found.assembly,
        )

    def _toolchain(self, version: str) -> Digest:
        return _digest(self.lock.toolchains[f"go@{version}"][ACTION_HOST].tree)

    def _zig_tree(self) -> Digest:
        tree = self.lock.zigs[f"zig@{self.spec.zig}"][ACTION_HOST].tree
        assert tree is not None, "the zig that actions name has a tree"
        return _digest(tree)

    def _sources(self, main: Package, listing: Listing) -> dict[str, tuple[Path, ...]]:
        packages = (listing.packages[name] for name in (*main.deps, main.import_path) if name in listing.packages)
        return {
            package.import_path: tuple(
                _home(package.folder, listing.view, self.store) / name for name in package.files if name.endswith(".go")
            )
            for package in packages
            if not package.standard
        }


def _main(target: Target, packages: Mapping[str, Package]) -> Package:
    package = next(package for package in packages.values() if package.folder == target.folder)
    if package.name != "main":
        raise ProjectError(
            f"`functions.{target.function.name}.package`: `{target.function.package}` is package `{package.name}`,"
            " not `main`",
            hint="name the folder that holds `package main`; go would write an archive, and no program",
        )
    return package


def _go_mods(project: Project, listing: Listing, modules: frozenset[Module]) -> Iterator[InputFile]:
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


def _digest(tree: str) -> Digest:
    return Digest.parse(tree.removeprefix("sha256:"))


def _root(go: Go) -> Path:
    assert go.root is not None
    return go.root
