"""Compile on this machine, in place, with the locked toolchain and an environment made from nothing."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from lambdabuild.execute.disturbed import disturbed
from lambdabuild.execute.native import compilers, flags_of_assembly, flags_of_c
from lambdabuild.execute.tools import Tools
from lambdabuild.io.golang import locked_go
from lambdabuild.io.store import Store
from lambdabuild.model.plan import ActionResult, Digest, Group
from lambdabuild.model.platform import host_platform


@dataclass(frozen=True, slots=True, kw_only=True)
class HostExecutor:
    """Runs groups; a compile that fails is a result, with the compiler's words whole. `stop` ends all of them."""

    store: Store
    tools: Tools
    stop: Event

    def run(self, group: Group, into: Path) -> Mapping[Digest, ActionResult]:
        """Build every action of a group in one `go build`; binaries appear in `into`, an empty folder.

        Results are by action digest. Where the compile fails it fails for the whole group.
        """
        go = locked_go(group.toolchain, self.store, {}, stop=self.stop)
        into.mkdir(parents=True, exist_ok=True)
        packages = [action.package for action in group.actions]
        zig = self._zig(group)
        began = time.monotonic()
        answer = go.run_closed(
            ["build", *group.flags, *flags_of_assembly(group), "-o", f"{into}/", *packages],
            cwd=group.folder,
            env={**group.env, **flags_of_c(group), **zig, "TMPDIR": str(into.parent)},
        )
        seconds = time.monotonic() - began
        return {
            action.digest: ActionResult(
                exit_code=answer.exit_code,
                output=answer.stderr,
                binary=into / action.binary if answer.ok else None,
                seconds=seconds,
                disturbed=tuple(disturbed(action)),
            )
            for action in group.actions
        }

    def _zig(self, group: Group) -> Mapping[str, str]:
        if group.zig is None:
            return {}
        return compilers(self.tools.zig(group.zig, host_platform()).root / "zig", group.env, self.store.zig)
