"""A user's machine that plans the projects of a test."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lambdabuild.io.golang import locked_go
from lambdabuild.io.store import Store
from lambdabuild.model.artifact import Selection
from lambdabuild.model.lock import Lock
from lambdabuild.model.plan import Action, Plan, Toolchain
from lambdabuild.plan import Planner
from lambdabuild.spec import load
from tests.support.golang import GO, RunGo, repository_lock
from tests.support.shapes import Shape, write


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """`environ` is the user's; `folder` holds everything of the machine: home, projects, our cache."""

    folder: Path
    toolchain: Toolchain
    environ: Mapping[str, str]
    user_go: RunGo

    @property
    def store(self) -> Store:
        """Our cache, empty at first."""
        return Store(root=self.folder / "cache")

    def write(self, shape: Shape, name: str = "project") -> Path:
        """The folder of the spec of a shape."""
        return write(shape, self.folder / name, self.user_go)

    def plan(self, project: Path, *, lock: Lock | None = None, selection: Selection | None = None) -> Plan:
        """What `lambdabuild plan` makes of a project."""
        environ = {"HOME": str(self.folder / "home"), **self.environ}
        return Planner(
            spec=load(project / "buildspec.yaml"),
            lock=lock or repository_lock(),
            store=self.store,
            gos={GO: locked_go(self.toolchain, self.store, environ)},
            emit=lambda _: None,
        ).plan(selection or Selection())

    def action(self, project: Path) -> Action:
        """The first action of a project's plan."""
        return self.plan(project).actions[0]

    def digests(self, project: Path, *, lock: Lock | None = None) -> dict[str, str]:
        """The digest of each action, by function and architecture."""
        actions = self.plan(project, lock=lock).actions
        return {f"{action.function} {action.architecture}": str(action.digest) for action in actions}

    def with_environ(self, **environ: str) -> "Machine":
        """The same machine, some settings changed."""
        return replace(self, environ={**self.environ, **environ})


def local(action: Action) -> set[str]:
    """The local files of an action, by their path in the project."""
    paths = (str(file.path) for file in action.inputs.files)
    return {path.removeprefix("src/") for path in paths if path.startswith("src/")}


def fetched(action: Action) -> set[str]:
    """What of an action comes from the module cache."""
    return {path.removeprefix("mod/") for path, _ in action.inputs.nodes if path.startswith("mod/")}
