"""The real command judges artifacts, several in one process where they are asked about alike."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path
from shutil import rmtree

from lambdabuild.lock import write_lock
from lambdabuild.model.finding import Severity
from lambdabuild.model.lock import Lock
from tests.corpus.asked import Asked, ask
from tests.corpus.catalogue import EXAMPLES
from tests.corpus.clock import build_clock, on
from tests.corpus.images import push_as_amazon, write_layouts
from tests.corpus.recipe import Artifact
from tests.corpus.workshop import WORKSHOP, Workshop, place_of
from tests.support.cli import Cli
from tests.support.golang import repository_lock
from tests.support.registry import public_ecr_at, running_registry
from tests.support.standins.cache import fetched_once

_MOST = 12
"""Artifacts in one process: few enough that two processes have about as much to do."""

_EXAMPLES = frozenset(EXAMPLES.values())
_NOWHERE = "127.0.0.1:9"
_FINDING = re.compile(r"(?:error|warning|note): LB\d{3}: ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was said of one artifact: for which CPU, rules with severities, and in which words, with what to do.

    `lines` are those that people are shown, kept of examples alone.
    """

    architecture: str
    findings: tuple[tuple[str, Severity], ...]
    messages: tuple[str, ...]
    fixes: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Court:
    """`folder` is shared by all processes of a test run; everything in it is made once, by whoever comes first."""

    folder: Path
    workshop: Workshop
    artifacts: tuple[Artifact, ...]

    def judged(self, artifact: Artifact) -> Judged:
        """What the command says of an artifact."""
        folder = self._answers(self._batches[artifact])
        path = path_of(artifact)
        (one,) = [one for one in json.loads((folder / "json").read_text())["artifacts"] if one["path"] == path]
        (architecture,) = one["architectures"]
        return Judged(
            architecture=architecture,
            findings=tuple((found["rule"], Severity(found["severity"])) for found in one["findings"]),
            messages=tuple(found["message"] for found in one["findings"]),
            fixes=tuple(found["fix"] for found in one["findings"]),
            lines=tuple(_lines(path, (folder / "text").read_text())),
        )

    def asked(self, artifact: Artifact) -> Asked:
        """What comes of starting it, once in a test run."""

        def start(made: Path) -> None:
            asked = ask(artifact, self.workshop.make(artifact), made / "root")
            (made / "asked").write_text(json.dumps(asdict(asked)))
            rmtree(made / "root")

        folder = fetched_once(f"asked/{artifact.slug}", start, cache=self.folder)
        return Asked(**json.loads((folder / "asked").read_text()))

    @property
    def bench(self) -> Path:
        """The folder that the command runs in: images, clock, and what was made."""
        return fetched_once("bench", _set_up, cache=self.folder)

    @cached_property
    def _batches(self) -> Mapping[Artifact, tuple[Artifact, ...]]:
        return {artifact: batch for batch in batches(self.artifacts) for artifact in batch}

    def _answers(self, batch: tuple[Artifact, ...]) -> Path:
        """A folder with what the command writes as JSON, and what it writes for people."""
        name = sha256(" ".join(artifact.slug for artifact in batch).encode()).hexdigest()[:16]
        return fetched_once(f"answers/{name}", lambda made: self._ask(batch, made), cache=self.folder)

    def _ask(self, batch: tuple[Artifact, ...], made: Path) -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(self.workshop.make, batch))
        with self._cli(batch[0], made) as (cli, more):
            arguments = ("check", *options(batch[0]), *more, *map(path_of, batch))
            document = cli.run(*arguments, "--json", cwd=self.bench)
            assert document.returncode in (0, 5), document.stderr
            (made / "json").write_text(document.stdout)
            shown = cli.run(*arguments, cwd=self.bench).stderr if batch[0] in _EXAMPLES else ""
            (made / "text").write_text(shown)

    @contextmanager
    def _cli(self, artifact: Artifact, made: Path) -> Iterator[tuple[Cli, tuple[str, ...]]]:
        """The command, without a network but for what is locked, and its options for that."""
        environ = public_ecr_at(_NOWHERE, self.bench / "home")
        cli = Cli(cache=self.folder / "cache", environ={**environ, **on(artifact.recipe.day, self.bench / "clock.so")})
        if not artifact.recipe.locked:
            yield cli, ()
            return
        assert artifact.recipe.image is not None
        with running_registry(made / "registry") as registry:
            push_as_amazon(registry, artifact.recipe.image)
            online = replace(cli, environ={**cli.environ, **public_ecr_at(registry.host, made)})
            lock = ("--lock", str(made / "images.lock"))
            write_lock(made / "images.lock", Lock(toolchains=repository_lock().toolchains))
            online.done("lock", *options(artifact), *lock, cwd=self.bench)
            yield online, lock


def batches(every: Iterable[Artifact]) -> tuple[tuple[Artifact, ...], ...]:
    """Those that are asked about alike."""
    alike: dict[tuple[str, ...], list[Artifact]] = {}
    for artifact in every:
        recipe = artifact.recipe
        key = (*options(artifact), str(recipe.day), str(artifact in _EXAMPLES))
        alike.setdefault(key, []).append(artifact)
    return tuple(tuple(each[start : start + _MOST]) for each in alike.values() for start in range(0, len(each), _MOST))


def in_turn(every: Iterable[Artifact]) -> list[Artifact]:
    """The first of each batch, the second of each, and so on: two processes seldom come to one batch at once."""
    rounds = zip_longest(*batches(every))
    return [artifact for each in rounds for artifact in each if artifact is not None]


def home_of(artifact: Artifact) -> str:
    """The folder in which its recipe was followed, on the bench."""
    return f"made/{place_of(artifact)}"


def path_of(artifact: Artifact) -> str:
    """As the command is given it, on its bench."""
    return f"{home_of(artifact)}/{artifact.recipe.artifact}"


def options(artifact: Artifact) -> tuple[str, ...]:
    """What the command is told beside the path."""
    recipe, home = artifact.recipe, home_of(artifact)
    told = ["--file", f"{home}/buildspec.yaml"] if recipe.project else ["--runtime", recipe.runtime]
    if recipe.image is not None and not recipe.locked:
        told += ["--image", f"oci:{recipe.image}"]
    for layer in recipe.layers:
        told += ["--layer", f"{home}/{layer}"]
    if recipe.handler is not None:
        told += ["--handler", recipe.handler]
    if recipe.by_arch:
        told += ["--arch", artifact.architecture]
    return tuple(told)


def _set_up(folder: Path) -> None:
    write_layouts(folder)
    build_clock(folder)
    (folder / "home").mkdir()
    (folder / "made").symlink_to(WORKSHOP.absolute())


def _lines(path: str, text: str) -> Iterator[str]:
    """Findings of one path, and the hint that follows each."""
    mine = False
    for line in text.splitlines():
        if found := _FINDING.match(line):
            mine = line[found.end() :].startswith(f"{path}: ")
        elif not line.startswith("hint: "):
            mine = False
        if mine:
            yield line
