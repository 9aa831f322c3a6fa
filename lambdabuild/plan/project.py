"""Where go runs and which files it reads before any package: go.mod, go.work, go.sum, vendor.

Sources: https://go.dev/ref/mod (workspaces, replace, vendoring, graph pruning); cmd/go/internal/modload,
setDefaultBuildMod, for when go chooses `-mod=vendor` by itself.
"""

import dataclasses
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import Literal

from lambdabuild.errors import ProjectError
from lambdabuild.io.golang import Go
from lambdabuild.model.spec import Function, Spec

Mod = Literal["readonly", "vendor"]

SOURCES = PurePosixPath("src")
"""Where local files lie in the input tree; never its root, since `-trimpath` would then leave other paths."""

_OLDEST_VENDORING = (1, 14)
_OLDEST_PRUNING = (1, 17)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A module, or a workspace of several.

    `folder` is the root of the module, or the folder of go.work, and go runs there; `modules` are the roots of every
    local module, `fixed` the files that go reads whatever is built, `sums` those of them that hold `h1:` lines.
    `pruned` says that go loads no more of the module graph than the packages need.
    """

    folder: Path
    workspace: bool
    mod: Mod
    pruned: bool
    modules: tuple[Path, ...]
    fixed: tuple[Path, ...]
    sums: tuple[Path, ...]

    @property
    def env(self) -> dict[str, str]:
        """GOWORK is off outside of a workspace; inside, go finds it from the working directory."""
        return {} if self.workspace else {"GOWORK": "off"}

    @property
    def work_sum(self) -> Path | None:
        """go.work.sum, which go completes by itself in a workspace, even with `-mod=readonly`."""
        return self.folder / "go.work.sum" if self.workspace else None

    def place(self, path: Path) -> PurePosixPath | None:
        """Where a local path lies in the input tree; None where it is outside of every local module.

        Folders above the project are there under names of ours, as many as `replace` and `use` climb, so that what
        they are called on this machine is no part of a digest.
        """
        height = max(_climb(self.folder, module)[0] for module in self.modules)
        up, below = _climb(self.folder, path)
        if up > height:
            return None
        return SOURCES.joinpath(*(f"above-{number}" for number in range(height, up, -1)), *below)


def _climb(start: Path, end: Path) -> tuple[int, tuple[str, ...]]:
    """How many folders to go up from `start`, then the way down to `end`."""
    parts = PurePath(os.path.relpath(end, start)).parts
    up = sum(part == ".." for part in parts)
    return up, parts[up:]


def package_folder(spec: Spec, function: Function) -> Path:
    """The folder of a function's package; ProjectError where there is none."""
    folder = (spec.project / function.package).resolve()
    if not folder.is_dir():
        raise ProjectError(
            f"`functions.{function.name}.package`: there is no folder `{function.package}` in `{spec.project}`",
            hint="write the path of the folder that holds `package main`, relative to the spec",
        )
    return folder


def module_root(spec: Spec, function: Function) -> Path:
    """The folder of the go.mod that a function belongs to: as the spec says, else upwards from its package."""
    if function.module is not None:
        root = (spec.project / function.module).resolve()
        if not (root / "go.mod").is_file():
            raise ProjectError(
                f"`functions.{function.name}.module`: there is no `go.mod` in `{function.module}`",
                hint="write the folder of go.mod, relative to the spec, or leave `module` out",
            )
        if not package_folder(spec, function).is_relative_to(root):
            raise ProjectError(
                f"`functions.{function.name}.module`: `{function.package}` is not in the module `{function.module}`",
                hint="write the folder of the go.mod above the package, or leave `module` out",
            )
        return root
    folder = package_folder(spec, function)
    for candidate in (folder, *folder.parents):
        if (candidate / "go.mod").is_file():
            return candidate
    raise ProjectError(
        f"`functions.{function.name}.package`: no `go.mod` in `{function.package}` or above it",
        hint="run `go mod init MODULE` in the folder of your module",
    )


def entry_file(root: Path) -> Path:
    """The file that go begins with: the nearest go.work above a module's root, else its go.mod."""
    works = (folder / "go.work" for folder in (root, *root.parents))
    return next((work for work in works if work.is_file()), root / "go.mod")


def read_project(go: Go, version: str, entry: Path) -> Project:
    """Read an `entry_file` as go does. ProjectError where the locked go cannot read what is there."""
    reader = _Reader(go=go, version=version)
    return reader.workspace(entry) if entry.name == "go.work" else reader.module(entry.parent)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    go: Go
    version: str

    def module(self, root: Path) -> Project:
        parsed = self._parse("mod", root / "go.mod")
        mod = _mod(root, parsed, workspace=False)
        replaced = () if mod == "vendor" else tuple(_replaced(root / "go.mod", parsed))
        project = _project(root, workspace=False, mod=mod, modules=(root, *replaced), own=(root,))
        return dataclasses.replace(project, pruned=_version(parsed) >= _OLDEST_PRUNING)

    def workspace(self, work: Path) -> Project:
        root = work.parent
        parsed = self._parse("work", work)
        used = [_below(root, str(use["DiskPath"]), work) for use in _entries(parsed, "Use")]
        mod = _mod(root, parsed, workspace=True)
        replaced: list[Path] = []
        if mod == "readonly":
            replaced.extend(_replaced(work, parsed))
            for folder in used:
                if (folder / "go.mod").is_file():
                    replaced.extend(_replaced(folder / "go.mod", self._parse("mod", folder / "go.mod")))
        return _project(root, workspace=True, mod=mod, modules=(*used, *replaced), own=(root, *used))

    def _parse(self, kind: str, file: Path) -> Mapping[str, object]:
        answer = self.go.run_closed([kind, "edit", "-json", str(file)], cwd=file.parent, env={"GOWORK": "off"})
        if not answer.ok:
            raise ProjectError(
                f"Go {self.version} cannot read `{file}`",
                output=answer.stderr,
                hint=f"the spec says `go: {self.version}`; a newer Go may know what stands there",
            )
        parsed = json.loads(answer.stdout)
        assert isinstance(parsed, dict)
        return parsed


def _project(folder: Path, *, workspace: bool, mod: Mod, modules: tuple[Path, ...], own: tuple[Path, ...]) -> Project:
    """`own` are the folders whose go.sum counts: the main modules, and the workspace."""
    unique = tuple(sorted(set(modules)))
    sums = [*(root / "go.sum" for root in own), folder / "go.work.sum"]
    fixed = [*(root / "go.mod" for root in unique), *sums]
    if workspace:
        fixed.append(folder / "go.work")
    if mod == "vendor":
        fixed.append(folder / "vendor" / "modules.txt")
    return Project(
        folder=folder,
        workspace=workspace,
        mod=mod,
        pruned=False,
        modules=unique,
        fixed=tuple(sorted(file for file in set(fixed) if file.is_file())),
        sums=tuple(sorted(file for file in set(sums) if file.is_file())),
    )


def _mod(root: Path, parsed: Mapping[str, object], *, workspace: bool) -> Mod:
    vendor = root / "vendor"
    if not vendor.is_dir() or _version(parsed) < _OLDEST_VENDORING:
        return "readonly"
    listing = vendor / "modules.txt"
    first = listing.read_text(encoding="utf-8").partition("\n")[0] if listing.is_file() else ""
    for_workspace = first.startswith("## ") and "workspace" in first
    return "vendor" if for_workspace == workspace else "readonly"


def _version(parsed: Mapping[str, object]) -> tuple[int, ...]:
    """The `go` line as numbers (`1.26rc1` is 1, 26); empty where there is none."""
    match = re.match(r"(\d+)\.(\d+)", str(parsed.get("Go") or ""))
    return tuple(int(part) for part in match.groups()) if match else ()


def _replaced(file: Path, parsed: Mapping[str, object]) -> Iterator[Path]:
    for entry in _entries(parsed, "Replace"):
        new = entry["New"]
        assert isinstance(new, dict)
        if "Version" not in new:
            yield _below(file.parent, str(new["Path"]), file)


def _below(root: Path, path: str, file: Path) -> Path:
    if Path(path).is_absolute():
        raise ProjectError(
            f"`{file}` names the absolute path `{path}`: no other machine has it there",
            hint="write it relative to the file",
        )
    return Path(os.path.normpath(root / path))


def _entries(parsed: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    entries = parsed.get(name) or []
    assert isinstance(entries, list)
    return entries
