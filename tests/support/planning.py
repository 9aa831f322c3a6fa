"""A user's machine that plans the projects of a test."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lambdabuild.io.golang import locked_go
from lambdabuild.io.store import Store
from lambdabuild.lock.seal import seal
from lambdabuild.model.artifact import Selection
from lambdabuild.model.lock import Lock, LockedImage, LockedPlatform, LockedZig
from lambdabuild.model.plan import Action, Plan, Toolchain
from lambdabuild.model.platform import ACTION_HOST
from lambdabuild.plan import Planner
from lambdabuild.spec import load
from tests.support.golang import GO, RunGo, repository_lock
from tests.support.shapes import Shape, write

DIGEST = f"sha256:{'d' * 64}"


def zig_lock(zig: str = "0.17.1", *, tree: str = "e", **images: str | None) -> Lock:
    """The repository's lock, with a zig, and images: the glibc of each by its tag, GLIBC_2.34 if nothing is said."""
    wheel = LockedZig(wheel=DIGEST, tree=f"sha256:{tree * 64}/240")
    facts = {
        f"public.ecr.aws/lambda/provided:{tag}": glibc for tag, glibc in ({"al2023": "GLIBC_2.34"} | images).items()
    }
    return replace(
        repository_lock(),
        images={name: _image(name, glibc) for name, glibc in facts.items()},
        zigs={f"zig@{zig}": {ACTION_HOST: wheel}},
    )


def _image(name: str, glibc: str | None) -> LockedImage:
    platforms = {f"linux/{cpu}": LockedPlatform(digest=DIGEST, abi=DIGEST, glibc=glibc) for cpu in ("amd64", "arm64")}
    bare = LockedImage(pin=f"{name}@{DIGEST}", platforms=platforms, seal="")
    return replace(bare, seal=seal(name, bare))


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

    def write_with_zig(self, shape: Shape, name: str = "project", *, zig: str = "0.17.1") -> Path:
        """The same, of a shape whose C zig compiles; the spec also names the image of provided.al2."""
        project = self.write(replace(shape, fields={"cgo": "zig", **shape.fields}), name)
        spec = project / "buildspec.yaml"
        al2 = "  provided.al2: public.ecr.aws/lambda/provided:al2\n"
        spec.write_text(spec.read_text().replace("images:\n", f'zig: "{zig}"\nimages:\n{al2}', 1))
        return project

    def plan(self, project: Path, *, lock: Lock | None = None, selection: Selection | None = None) -> Plan:
        """What `lambdabuild plan` makes of a project."""
        environ = {"HOME": str(self.folder / "home"), **self.environ}
        spec = load(project / "buildspec.yaml")
        return Planner(
            spec=spec,
            lock=lock or repository_lock(),
            store=self.store,
            gos={GO: locked_go(self.toolchain, self.store, environ)},
            emit=lambda _: None,
        ).plan(selection or Selection())

    def action(self, project: Path, *, lock: Lock | None = None) -> Action:
        """The first action of a project's plan."""
        return self.plan(project, lock=lock).actions[0]

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
