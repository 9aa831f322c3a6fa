"""What a plan needs of a machine: go, since that is asked for what is read, and nothing else."""

import os
from pathlib import Path

from lambdabuild.io.store import Store
from lambdabuild.lock import write_lock
from lambdabuild.model.artifact import Selection
from lambdabuild.model.plan import Toolchain
from lambdabuild.model.platform import Architecture
from lambdabuild.pipeline.building import plan
from lambdabuild.pipeline.request import Request
from tests.support.golang import RunGo
from tests.support.goproxy import ModuleProxy
from tests.support.planning import Machine, zig_lock
from tests.support.shapes import SHAPES


def test_a_plan_needs_no_zig(tmp_path: Path, toolchain: Toolchain, proxy: ModuleProxy, user_go: RunGo) -> None:
    """What its key holds of zig is in the lock; pip can fetch nothing here."""
    machine = Machine(folder=tmp_path, toolchain=toolchain, environ=proxy.environ, user_go=user_go)
    project = machine.write_with_zig(SHAPES["cgo beside it"])
    (tmp_path / "cache" / "toolchains").mkdir(parents=True)
    (tmp_path / "cache" / "toolchains" / toolchain.root.name).symlink_to(toolchain.root)
    write_lock(project / "images.lock", zig_lock(al2="GLIBC_2.26"))

    planned = plan(
        Request(
            spec_file=project / "buildspec.yaml",
            lock_file=project / "images.lock",
            store=Store(root=tmp_path / "cache"),
            environ={**os.environ, **proxy.environ, "PIP_NO_INDEX": "1"},
            emit=lambda _: None,
            selection=Selection(architectures=frozenset({Architecture.AMD64})),
        )
    )

    assert [group.zig for group in planned.groups] == ["0.17.1"]
    assert [path.name for path in (tmp_path / "cache" / "toolchains").iterdir()] == [toolchain.root.name]
