"""Compile on this machine, in place, with the locked toolchain and an environment made from nothing."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from lambdabuild.execute.zig import compilers
from lambdabuild.io.files import visible_files
from lambdabuild.io.golang import locked_go
from lambdabuild.io.merkle import stamp_of
from lambdabuild.io.store import Store
from lambdabuild.model.plan import Action, ActionResult, Digest, Group, Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class HostExecutor:
    """Runs groups; a compile that fails is a result, with the compiler's words whole. `stop` ends all of them."""

    store: Store
    stop: Event

    def run(self, group: Group, into: Path) -> Mapping[Digest, ActionResult]:
        """Build every action of a group in one `go build`; binaries appear in `into`, an empty folder.

        Results are by action digest. Where the compile fails it fails for the whole group.
        """
        go = locked_go(group.toolchain, self.store, {}, stop=self.stop)
        into.mkdir(parents=True, exist_ok=True)
        packages = [action.package for action in group.actions]
        began = time.monotonic()
        answer = go.run_closed(
            ["build", *group.flags, "-o", f"{into}/", *packages],
            cwd=group.folder,
            env={**group.env, **compilers(group.zig, group.env, self.store.zig), "TMPDIR": str(into.parent)},
        )
        seconds = time.monotonic() - began
        return {
            action.digest: ActionResult(
                exit_code=answer.exit_code,
                output=answer.stderr,
                binary=into / action.binary if answer.ok else None,
                seconds=seconds,
                disturbed=tuple(_disturbed(action)),
            )
            for action in group.actions
        }


def _disturbed(action: Action) -> Iterator[Path]:
    """What is no longer as it was when it was hashed: what was compiled may not be what the action's digest says."""
    for file in action.inputs.files:
        if file.source is not None and _now(file.source) != file.stamp:
            yield file.source
    for folder, names in action.folders.items():
        if not folder.is_dir() or visible_files(folder) - names:
            yield folder


def _now(file: Path) -> Stamp | None:
    try:
        return stamp_of(file.stat())
    except OSError:
        return None
