"""A project whose images are copied: what it locks, and its images on a registry that may go away."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lambdabuild.lock import write_lock
from lambdabuild.model.lock import Lock
from tests.support.cli import Cli
from tests.support.golang import repository_lock
from tests.support.project import SPEC, write_project
from tests.support.registry import RunningRegistry, sha256
from tests.support.standins import AL2, AL2023, push_release

NEW, OLD = "public.ecr.aws/lambda/provided:al2023", "public.ecr.aws/lambda/provided:al2"
IMAGES = f"  provided.al2023: {NEW}\n  provided.al2: {OLD}\n"
TOP = SPEC.replace(f"  provided.al2023: {NEW}\n", IMAGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copying:
    """A project, and a user of it with an empty cache. `digests` are those of the indexes by reference."""

    project: Path
    home: Path
    digests: Mapping[str, str]

    def cli(self, name: str, *tables: str, **environ: str) -> Cli:
        """A machine with a cache of its own, and a registries.conf of these tables."""
        home = self.home / name
        home.mkdir(parents=True, exist_ok=True)
        conf = home / "registries.conf"
        conf.write_text("\n".join(tables))
        return Cli(
            cache=home / "cache", environ={"HOME": str(home), "CONTAINERS_REGISTRIES_CONF": str(conf), **environ}
        )

    def says(self, line: str) -> None:
        """Another line at the top of the spec."""
        spec = self.project / "buildspec.yaml"
        spec.write_text(spec.read_text().replace("images:\n", f"{line}\nimages:\n"))


def public_at(host: str) -> str:
    """The table for a public.ecr.aws that is `host`, on plain HTTP."""
    return f'[[registry]]\nprefix = "public.ecr.aws"\nlocation = "{host}"\ninsecure = true\n'


def plain(host: str) -> str:
    """The table for a registry on plain HTTP."""
    return f'[[registry]]\nlocation = "{host}"\ninsecure = true\n'


def push_both(registry: RunningRegistry) -> dict[str, str]:
    """The images of the project; the digests of their indexes."""
    return {NEW: push_release(registry, AL2023, tag="al2023"), OLD: push_release(registry, AL2, tag="al2")}


def copying_project(folder: Path, digests: Mapping[str, str]) -> Copying:
    """A project in `folder`, with toolchains locked and images not."""
    project = write_project(folder / "my project")
    (project / "buildspec.yaml").write_text(TOP)
    write_lock(project / "images.lock", Lock(toolchains=repository_lock().toolchains))
    return Copying(project=project, home=folder / "homes", digests=digests)


def blobs(layout: Path) -> dict[str, Path]:
    """Every file among the blobs of a layout, by the digest that it is named by."""
    found = (layout / "blobs" / "sha256").glob("*") if layout.is_dir() else ()
    return {f"sha256:{path.name}": path for path in sorted(found)}


def assert_whole(layout: Path) -> None:
    """Whatever has the name of a digest is what the digest says, and nothing lies beside."""
    wrong = [name for name, path in blobs(layout).items() if sha256(path.read_bytes()) != name]
    assert wrong == []


def named(layout: Path) -> dict[str, str]:
    """The digest of each image that a layout has a name for."""
    entries = json.loads((layout / "index.json").read_text())["manifests"]
    return {one["annotations"]["org.opencontainers.image.ref.name"]: one["digest"] for one in entries}


def emptied(folder: Path) -> None:
    """A cache that knows nothing."""
    shutil.rmtree(folder, ignore_errors=True)
