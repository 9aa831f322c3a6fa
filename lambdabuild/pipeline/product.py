"""One artifact in the making: the programs that it is of, what else lies in its zip, and what is said of it."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from lambdabuild.check import NOT_STATIC, Subject, check
from lambdabuild.model.artifact import Artifact, Entry
from lambdabuild.model.events import working
from lambdabuild.model.finding import Finding
from lambdabuild.model.plan import Action, ActionResult, Group
from lambdabuild.model.platform import Architecture
from lambdabuild.model.spec import BOOTSTRAP, Function, Spec
from lambdabuild.package import DIST, collect, program, write_dispatcher, write_zip
from lambdabuild.pipeline.compiling import Results
from lambdabuild.pipeline.images import Images
from lambdabuild.pipeline.request import Request
from lambdabuild.pipeline.subjects import built, opened
from lambdabuild.pipeline.words import shared_at_runtime
from lambdabuild.plan import cgo_packages


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """`name` is that of its zip in dist/; `actions` make its programs, `entries` are what will be in it.

    `as_they_are` are the user's own files that go into the zip, or into a program.
    """

    name: str
    function: Function
    actions: Mapping[Architecture, Action]
    entries: tuple[Entry, ...]
    as_they_are: frozenset[Path]


def products(spec: Spec, folders: Mapping[Path, Group], scratch: Path) -> tuple[Product, ...]:
    """Every artifact of a plan, before it is compiled: an include that is not there ends the build before it begins.

    `folders` are where the programs of each group will lie.
    """
    made: dict[str, dict[Architecture, tuple[Action, Path]]] = {}
    for folder, group in folders.items():
        for action in group.actions:
            artifacts = spec.functions[action.function].artifacts
            name = next(name for name, architectures in artifacts.items() if action.architecture in architectures)
            made.setdefault(name, {})[action.architecture] = action, folder / action.binary
    return tuple(_product(spec, name, made[name], scratch) for name in sorted(made))


def _product(spec: Spec, name: str, made: Mapping[Architecture, tuple[Action, Path]], scratch: Path) -> Product:
    actions = {architecture: made[architecture][0] for architecture in sorted(made)}
    function = spec.functions[next(iter(actions.values())).function]
    programs = {program(function, architecture): path for architecture, (_, path) in made.items()}
    if function.layout == "forward-compatible":
        programs[BOOTSTRAP] = write_dispatcher(scratch / BOOTSTRAP)
    entries = collect(spec.project, programs, function.include)
    included = frozenset(entry.source for entry in entries if entry.name not in programs)
    return Product(
        name=f"{name}.zip",
        function=function,
        actions=actions,
        entries=entries,
        as_they_are=included.union(*(action.embedded for action in actions.values())),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finisher:
    """Packs and checks what is compiled; zips go to `staged`."""

    request: Request
    spec: Spec
    images: Images
    results: Results
    staged: Path

    def artifact(self, product: Product) -> Artifact:
        """The zip of a product, judged."""
        function = product.function
        with working(self.request.emit, "pack", product.name):
            packed = write_zip(product.entries, self.staged / product.name)
        views = [
            replace(
                built(function, architecture, opened(product.entries, packed), self.images),
                shared_at_runtime=shared_at_runtime(self._result(action).output, action.import_path),
            )
            for architecture, action in product.actions.items()
        ]
        return Artifact(
            function=function.name,
            architectures=tuple(product.actions),
            runtime=function.runtime,
            supports=function.supports(tuple(product.actions)),
            path=f"{DIST}/{product.name}",
            sha256=packed.sha256,
            code_sha256=base64.b64encode(bytes.fromhex(packed.sha256)).decode(),
            content=packed.content,
            zipped=packed.zipped,
            unzipped=packed.unzipped,
            actions={architecture: str(action.digest) for architecture, action in product.actions.items()},
            status=_status(self.spec.project / DIST / product.name, packed.sha256),
            cached=False,
            seconds=sum(self._result(action).seconds for action in product.actions.values()),
            findings=self._findings(views, product),
        )

    def _findings(self, views: list[Subject], product: Product) -> tuple[Finding, ...]:
        """Judge; the packages that C got in by are looked for only where a static build is not static."""
        images = partial(self.images.of, product.function)
        findings = check(views, images)
        if any(one.rule in NOT_STATIC for one in findings):
            named = [
                replace(view, cgo_packages=cgo_packages(product.actions[view.architecture].sources)) for view in views
            ]
            return check(named, images)
        return findings

    def _result(self, action: Action) -> ActionResult:
        return self.results[action.digest]


def _status(path: Path, sha256: str) -> Literal["built", "unchanged"]:
    same = path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    return "unchanged" if same else "built"
