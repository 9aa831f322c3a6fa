"""The locked zig: fetched by the real pip from an index in a folder, held against the lock, kept whole."""

import hashlib
import shutil
import stat
import subprocess
import sys
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lambdabuild.errors import DigestMismatchError, EnvironmentFailure
from lambdabuild.io import merkle
from lambdabuild.io.store import Store
from lambdabuild.model.lock import LockedZig
from lambdabuild.toolchain import ZigToolchains
from tests.support.cli import ROOT
from tests.support.wheels import ZIG, WheelIndex

VERSION, HOST, OTHER = "0.99.1", "linux/amd64", "darwin/arm64"
CHECK = "check the version in the spec, the index that pip is set to (`pip config list`) and the network"

INSTALL = """
import os, sys
from pathlib import Path
from lambdabuild.io.store import Store
from lambdabuild.model.lock import LockedZig
from lambdabuild.toolchain import ZigToolchains
root, wheel, tree = sys.argv[1:]
toolchains = ZigToolchains(store=Store(root=Path(root)), environ=dict(os.environ))
print(toolchains.install("0.99.1", "linux/amd64", LockedZig(wheel=wheel, tree=tree)).root)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A user's machine: a home, a cache of ours, an index that pip is set to."""

    folder: Path
    index: WheelIndex

    @property
    def environ(self) -> dict[str, str]:
        return {"PATH": "/usr/bin:/bin", "HOME": str(self.folder / "home"), **self.index.environ}

    @property
    def store(self) -> Store:
        return Store(root=self.folder / "cache")

    @property
    def zigs(self) -> ZigToolchains:
        return ZigToolchains(store=self.store, environ=self.environ)

    def with_pip(self, program: str) -> ZigToolchains:
        """A pip of its own kind."""
        package = self.folder / "pip"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(program)
        return self.with_environ(PYTHONPATH=str(self.folder))

    def with_environ(self, **environ: str) -> ZigToolchains:
        return replace(self.zigs, environ=self.environ | environ)

    def kept(self) -> list[Path]:
        """What is in our cache, but for locks."""
        return [path for path in self.store.root.rglob("*") if path.is_file() and path.parent.name != "locks"]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    (tmp_path / "home").mkdir()
    made = Machine(folder=tmp_path, index=WheelIndex(folder=tmp_path / "index"))
    made.index.publish_zig(VERSION, HOST)
    made.index.publish_zig(VERSION, OTHER, ZIG | {"zig": "another host's\n"})
    return made


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> LockedZig:
    """What every machine locks: a wheel has the same bytes wherever it is published."""
    folder = tmp_path_factory.mktemp("elsewhere")
    index = WheelIndex(folder=folder / "index")
    index.publish_zig(VERSION, HOST)
    return Machine(folder=folder, index=index).zigs.resolve(VERSION, HOST, keep=False)


def digest_of(wheel: Path) -> str:
    return f"sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"


def test_what_is_locked_is_the_wheel_and_what_is_in_it(machine: Machine, locked: LockedZig) -> None:
    (wheel,) = machine.index.folder.glob("*x86_64.whl")

    assert locked.wheel == digest_of(wheel)
    root = machine.zigs.install(VERSION, HOST, locked).root
    found = dict(merkle.files_below(root))
    digests = {path: merkle.digest_of_file(source)[0] for path, source in found.items()}
    tree = merkle.tree_of(digests.items(), executable=lambda path: bool(found[path].stat().st_mode & stat.S_IXUSR))
    assert locked.tree == f"sha256:{tree}"
    assert {str(path): source.read_text() for path, source in found.items()} == ZIG


def test_of_another_host_the_index_is_asked_alone(machine: Machine) -> None:
    (wheel,) = machine.index.folder.glob("*macosx*.whl")

    assert machine.zigs.resolve(VERSION, OTHER, keep=True) == LockedZig(wheel=digest_of(wheel))
    assert machine.kept() == []


def test_another_hosts_zig_is_installed_by_its_wheel(machine: Machine) -> None:
    locked = machine.zigs.resolve(VERSION, OTHER, keep=False)

    zig = machine.zigs.install(VERSION, OTHER, locked)

    assert (zig.root / "zig").read_text() == "another host's\n"


def test_an_installed_zig_is_read_only_and_runs(machine: Machine, locked: LockedZig) -> None:
    root = machine.zigs.install(VERSION, HOST, locked).root

    modes = {str(path): stat.S_IMODE(source.stat().st_mode) for path, source in merkle.files_below(root)}
    assert modes == {"zig": 0o555, "lib/libc/include/one.h": 0o444, "__init__.py": 0o444}
    assert subprocess.check_output([root / "zig", "cc"]) == b"tiny cc\n"


def test_a_zig_is_fetched_once(machine: Machine, locked: LockedZig) -> None:
    assert not machine.zigs.installed(VERSION, HOST, locked)
    installed = machine.zigs.install(VERSION, HOST, locked)
    shutil.rmtree(machine.index.folder)

    assert machine.zigs.installed(VERSION, HOST, locked)
    assert machine.zigs.install(VERSION, HOST, locked) == installed


def test_locking_for_this_host_installs_what_was_read(machine: Machine) -> None:
    locked = machine.zigs.resolve(VERSION, HOST, keep=True)

    assert machine.zigs.installed(VERSION, HOST, locked)
    assert machine.zigs.resolve(VERSION, HOST, keep=True) == locked


def test_locking_without_keeping_leaves_nothing(machine: Machine, locked: LockedZig) -> None:
    assert machine.zigs.resolve(VERSION, HOST, keep=False) == locked
    assert machine.kept() == []


def test_other_bytes_are_never_used(machine: Machine, locked: LockedZig) -> None:
    evil = machine.index.publish_zig(VERSION, HOST, ZIG | {"zig": "#!/bin/sh\necho evil\n"})

    with pytest.raises(DigestMismatchError) as caught:
        machine.zigs.install(VERSION, HOST, locked)

    assert caught.value.message == f"zig {VERSION} for {HOST}: expected {locked.wheel}, got {digest_of(evil)}"
    assert caught.value.hint == "the source served other bytes than were locked; do not use it until you know why"
    assert caught.value.exit_code == 4
    assert machine.kept() == []


PIP = """
import shutil, sys
(folder,) = [word.removeprefix("--dest=") for word in sys.argv if word.startswith("--dest=")]
shutil.copytree({source!r}, folder)
"""


def test_what_pip_lets_through_is_hashed_again(machine: Machine, locked: LockedZig) -> None:
    """A pip that was tampered with, or has a bug."""
    pip = machine.with_pip(PIP.format(source=str(machine.folder / "served")))
    evil = WheelIndex(folder=machine.folder / "served").publish_zig(VERSION, HOST, {"zig": "evil"})

    with pytest.raises(DigestMismatchError) as caught:
        pip.install(VERSION, HOST, locked)

    assert caught.value.message == f"zig {VERSION} for {HOST}: expected {locked.wheel}, got {digest_of(evil)}"
    assert machine.kept() == []


def test_a_lock_whose_tree_is_anothers_is_refused(machine: Machine, locked: LockedZig) -> None:
    wrong = replace(locked, tree=f"sha256:{'0' * 64}/1")

    with pytest.raises(DigestMismatchError) as caught:
        machine.zigs.install(VERSION, HOST, wrong)

    assert caught.value.message == f"the tree of zig {VERSION} for {HOST}: expected {wrong.tree}, got {locked.tree}"
    assert machine.kept() == []


@pytest.mark.parametrize("name", ["../evil", "/etc/profile", "ziglang/../../evil"])
def test_a_wheel_that_reaches_outside_is_refused(machine: Machine, name: str) -> None:
    machine.index.publish(VERSION, HOST, {"ziglang/zig": "", name: "evil"})

    with pytest.raises(EnvironmentFailure) as caught:
        machine.zigs.resolve(VERSION, HOST, keep=True)

    assert caught.value.message == f"the wheel of zig holds `{name}`, which is outside of it, or there twice"
    assert caught.value.hint == "the index of pip served something else; do not use it until you know why"
    assert machine.kept() == []


def test_a_wheel_with_a_file_twice_is_refused(machine: Machine) -> None:
    wheel = machine.index.publish_zig(VERSION, HOST)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(wheel, "a") as bundle:
        bundle.writestr("ziglang/zig", "evil")

    with pytest.raises(EnvironmentFailure, match=r"holds `ziglang/zig`, which is outside of it, or there twice$"):
        machine.zigs.resolve(VERSION, HOST, keep=True)


def test_a_damaged_wheel_is_told(machine: Machine) -> None:
    wheel = machine.index.publish_zig(VERSION, HOST)
    wheel.write_bytes(wheel.read_bytes().replace(b"echo tiny", b"echo tInY"))

    with pytest.raises(EnvironmentFailure) as caught:
        machine.zigs.resolve(VERSION, HOST, keep=True)

    assert caught.value.message == "the wheel of zig cannot be read: Bad CRC-32 for file 'ziglang/zig'"
    assert caught.value.hint == "the index of pip served something else; do not use it until you know why"
    assert machine.kept() == []


def test_what_lies_beside_the_package_is_left_out(machine: Machine, locked: LockedZig) -> None:
    beside = {f"ziglang/{name}": content for name, content in ZIG.items()} | {"other/module.py": "", "ziglang.pth": ""}
    machine.index.publish(VERSION, HOST, beside)

    assert machine.zigs.resolve(VERSION, HOST, keep=True).tree == locked.tree


def test_a_version_that_is_not_there_is_told_with_the_words_of_pip(machine: Machine) -> None:
    with pytest.raises(EnvironmentFailure) as caught:
        machine.zigs.resolve("0.99.9", HOST, keep=True)

    reason = "No matching distribution found for ziglang==0.99.9"
    assert caught.value.message == f"zig 0.99.9 for {HOST} cannot be fetched: {reason}"
    assert caught.value.hint == CHECK
    assert "from versions: 0.99.1" in caught.value.output
    assert machine.kept() == []


def test_a_version_without_a_wheel_for_a_host_is_told(machine: Machine) -> None:
    with pytest.raises(EnvironmentFailure, match=r"^zig 0\.99\.1 for linux/arm64 cannot be fetched: No matching"):
        machine.zigs.resolve(VERSION, "linux/arm64", keep=False)


def test_a_wheel_that_is_gone_is_told(machine: Machine, locked: LockedZig) -> None:
    shutil.rmtree(machine.index.folder)

    with pytest.raises(EnvironmentFailure, match=rf"^zig {VERSION} for {HOST} cannot be fetched: No matching"):
        machine.zigs.install(VERSION, HOST, locked)


def test_a_host_that_zig_is_not_made_for_is_told(machine: Machine) -> None:
    with pytest.raises(EnvironmentFailure) as caught:
        machine.zigs.resolve(VERSION, "plan9/386", keep=False)

    assert caught.value.message == "there is no zig for plan9/386 at PyPI"
    assert caught.value.hint == (
        "`hosts` of the spec may be darwin/amd64, darwin/arm64, linux/amd64, linux/arm64, windows/amd64, windows/arm64"
    )


def test_a_python_without_pip_is_told(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pip", None)

    with pytest.raises(EnvironmentFailure) as caught:
        machine.zigs.resolve(VERSION, HOST, keep=False)

    assert caught.value.message == (
        f"no pip in the Python that runs lambdabuild (`{sys.executable}`): zig is fetched by it"
    )
    assert caught.value.hint == (
        "`pip install 'lambdabuild[zig]'`, or `uv tool install 'lambdabuild[zig]'`, as you installed it"
    )


def test_a_pip_that_says_nothing_is_told_as_such(machine: Machine) -> None:
    with pytest.raises(EnvironmentFailure, match=r"cannot be fetched: pip said nothing$"):
        machine.with_pip("raise SystemExit(1)\n").resolve(VERSION, HOST, keep=False)


def test_an_index_without_sha256_is_told(machine: Machine) -> None:
    (wheel,) = machine.index.folder.glob("*x86_64.whl")
    page = machine.folder / "links.html"
    md5 = hashlib.md5(wheel.read_bytes(), usedforsecurity=False).hexdigest()
    page.write_text(f'<!DOCTYPE html><a href="{wheel.as_uri()}#md5={md5}">{wheel.name}</a>\n')

    with pytest.raises(EnvironmentFailure) as caught:
        machine.with_environ(PIP_FIND_LINKS=page.as_uri()).resolve(VERSION, HOST, keep=False)

    assert caught.value.message == f"the index of pip has no sha256 of zig {VERSION} for {HOST}"
    assert caught.value.hint == "use one that has, as PyPI itself: `pip config list` shows what is set"


def test_settings_for_packages_that_are_installed_do_not_matter(machine: Machine, locked: LockedZig) -> None:
    settings = {"PIP_USER": "1", "PIP_REQUIRE_VIRTUALENV": "1", "PIP_REQUIRE_HASHES": "1", "PIP_NO_BINARY": ":all:"}

    assert machine.with_environ(**settings).resolve(VERSION, HOST, keep=True) == locked
    assert machine.zigs.installed(VERSION, HOST, locked)


def test_several_processes_install_at_once(machine: Machine, locked: LockedZig) -> None:
    assert locked.tree is not None
    arguments = [str(machine.store.root), locked.wheel, locked.tree]
    env = {**machine.environ, "PYTHONPATH": str(ROOT)}
    processes = [
        subprocess.Popen([sys.executable, "-c", INSTALL, *arguments], env=env, stdout=subprocess.PIPE) for _ in range(3)
    ]

    said = {process.communicate(timeout=60)[0] for process in processes}

    assert {process.returncode for process in processes} == {0}
    assert said == {f"{machine.zigs.install(VERSION, HOST, locked).root}\n".encode()}
    assert len(list(machine.store.toolchains.iterdir())) == 1
