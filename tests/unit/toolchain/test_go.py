"""The locked Go: fetched by the real client from a proxy in a folder, held against the lock, kept whole."""

import json
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lambdabuild.errors import DigestMismatchError, EnvironmentFailure
from lambdabuild.io import merkle
from lambdabuild.io.process import run
from lambdabuild.io.store import Store
from lambdabuild.model.lock import LockedToolchain
from lambdabuild.model.plan import Toolchain
from lambdabuild.toolchain import GoToolchains
from tests.support.cli import ROOT
from tests.support.golang import GO, write_go
from tests.support.goproxy import ModuleProxy

VERSION, HOST, OTHER = "1.99.1", "linux/amd64", "darwin/arm64"
MODULE = "golang.org/toolchain"
BROKEN = "the source served other bytes than were locked; do not use it until you know why"

FILES = {
    "go.mod": f"module {MODULE}\n",
    "VERSION": "go1.99.1\n",
    "bin/go": "#!/bin/sh\necho tiny\n",
    "pkg/tool/linux_amd64/compile": "a compiler\n",
    "pkg/include/textflag.h": "#define NOSPLIT 4\n",
    "src/_go.mod": "module std\n",
    "src/cmd/_go.mod": "module cmd\n",
    "misc/bin/go": "not a program\n",
}

INSTALL = """
import sys
from pathlib import Path
from lambdabuild.io.store import Store
from lambdabuild.model.lock import LockedToolchain
from lambdabuild.toolchain import GoToolchains
root, path, home, proxy, h1, tree = sys.argv[1:]
environ = {"PATH": path, "HOME": home, "GOPROXY": proxy, "GOSUMDB": "off"}
toolchains = GoToolchains(store=Store(root=Path(root)), environ=environ)
print(toolchains.install("1.99.1", "linux/amd64", LockedToolchain(h1=h1, tree=tree)).root)
"""


def module_version(host: str) -> str:
    return f"v0.0.1-go{VERSION}.{host.replace('/', '-')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A user's machine: a home, a cache of ours, a proxy, and a go that fetches."""

    folder: Path
    proxy: ModuleProxy
    go: Path

    @property
    def environ(self) -> dict[str, str]:
        return {"PATH": str(self.go.parent), "HOME": str(self.folder / "home"), **self.proxy.environ}

    @property
    def store(self) -> Store:
        return Store(root=self.folder / "cache")

    @property
    def toolchains(self) -> GoToolchains:
        return GoToolchains(store=self.store, environ=self.environ)

    def publish(self, files: Mapping[str, str] = FILES, *, host: str = HOST) -> None:
        self.proxy.publish(MODULE, module_version(host), files)

    def kept(self) -> list[Path]:
        """What is in our cache, but for locks."""
        return [path for path in self.store.root.rglob("*") if path.is_file() and path.parent.name != "locks"]


@pytest.fixture
def machine(tmp_path: Path, toolchain: Toolchain) -> Machine:
    (tmp_path / "home").mkdir()
    proxy = ModuleProxy(folder=tmp_path / "proxy")
    made = Machine(folder=tmp_path, proxy=proxy, go=toolchain.root / "bin" / "go")
    made.publish()
    return made


@pytest.fixture
def locked(machine: Machine) -> LockedToolchain:
    return machine.toolchains.resolve(VERSION, HOST, keep=False)


def test_the_hash_that_is_locked_is_what_go_says(machine: Machine, locked: LockedToolchain) -> None:
    said = run(
        [machine.go, "mod", "download", "-json", f"{MODULE}@{module_version(HOST)}"],
        env=machine.environ | {"GOFLAGS": "-modcacherw"},
        cwd=machine.folder,
    )

    assert locked.h1 == json.loads(said.stdout)["Sum"]


def test_the_locked_go_is_the_one_that_was_asked_for(toolchain: Toolchain, store: Store) -> None:
    found = run([toolchain.root / "bin" / "go", "version"], env={"GOTOOLCHAIN": "local", "HOME": "/"}, cwd=store.root)

    assert found.stdout.decode().startswith(f"go version go{GO} ")


def test_what_is_installed_is_the_locked_tree(machine: Machine, locked: LockedToolchain) -> None:
    root = machine.toolchains.install(VERSION, HOST, locked).root

    found = dict(merkle.files_below(root))
    digests = {path: merkle.digest_of_file(source)[0] for path, source in found.items()}
    tree = merkle.tree_of(digests.items(), executable=lambda path: bool(found[path].stat().st_mode & stat.S_IXUSR))
    assert f"sha256:{tree}" == locked.tree
    assert {str(path): source.read_text() for path, source in found.items()} == FILES | {
        "src/go.mod": "module std\n",
        "src/cmd/go.mod": "module cmd\n",
    }


def test_an_installed_toolchain_is_read_only_and_its_programs_run(machine: Machine, locked: LockedToolchain) -> None:
    root = machine.toolchains.install(VERSION, HOST, locked).root

    modes = {str(path): stat.S_IMODE(source.stat().st_mode) for path, source in merkle.files_below(root)}
    programs = {"bin/go", "pkg/tool/linux_amd64/compile"}
    assert {path for path, mode in modes.items() if mode == 0o555} == programs
    assert {mode for path, mode in modes.items() if path not in programs} == {0o444}
    assert run([root / "bin" / "go"], env={}, cwd=root).stdout == b"tiny\n"


def test_a_toolchain_is_fetched_once(machine: Machine, locked: LockedToolchain) -> None:
    assert not machine.toolchains.installed(VERSION, HOST, locked)
    installed = machine.toolchains.install(VERSION, HOST, locked)
    shutil.rmtree(machine.proxy.folder)

    assert machine.toolchains.installed(VERSION, HOST, locked)
    assert machine.toolchains.install(VERSION, HOST, locked) == installed


def test_locking_for_another_host_keeps_nothing(machine: Machine) -> None:
    machine.publish({**FILES, "VERSION": "another host's\n"}, host=OTHER)

    machine.toolchains.resolve(VERSION, OTHER, keep=False)

    assert machine.kept() == []


def test_locking_for_this_host_installs(machine: Machine) -> None:
    locked = machine.toolchains.resolve(VERSION, HOST, keep=True)
    shutil.rmtree(machine.proxy.folder)

    assert machine.toolchains.install(VERSION, HOST, locked).root.is_dir()
    assert machine.toolchains.installed(VERSION, HOST, locked)


def test_what_a_checksum_database_vouched_for_is_fetched_once(machine: Machine) -> None:
    (archive,) = machine.proxy.folder.rglob("*.zip")
    asked = machine.folder / "asked"
    checked = fetching(machine, f'echo >> {asked}; echo \'{{"Zip": "{archive}"}}\'', proxy="https://go.example")

    first = checked.resolve(VERSION, HOST, keep=False)
    assert checked.resolve(VERSION, HOST, keep=False) == first
    assert asked.read_text() == "\n"
    checked.resolve(VERSION, HOST, keep=True)  # to be installed it has to be fetched
    checked.resolve(VERSION, HOST, keep=True)
    assert asked.read_text() == "\n\n"


@pytest.mark.parametrize(
    ("proxy", "database"), [("https://go.example", "sum.other"), ("file:///srv/go", "sum.example")]
)
def test_what_another_database_or_none_says_is_asked_again(machine: Machine, proxy: str, database: str) -> None:
    (archive,) = machine.proxy.folder.rglob("*.zip")
    answer = f'echo \'{{"Zip": "{archive}"}}\''
    fetching(machine, answer, proxy=proxy).resolve(VERSION, HOST, keep=False)

    silent = fetching(machine, "exit 1", proxy=proxy, database=database)
    with pytest.raises(EnvironmentFailure, match="cannot be fetched"):
        silent.resolve(VERSION, HOST, keep=False)


def test_locking_again_is_harmless(machine: Machine) -> None:
    assert machine.toolchains.resolve(VERSION, HOST, keep=True) == machine.toolchains.resolve(VERSION, HOST, keep=True)


def test_other_bytes_are_never_used(machine: Machine, locked: LockedToolchain) -> None:
    machine.publish({**FILES, "bin/go": "#!/bin/sh\necho evil\n"})
    evil = machine.toolchains.resolve(VERSION, HOST, keep=False)

    with pytest.raises(DigestMismatchError) as caught:
        machine.toolchains.install(VERSION, HOST, locked)

    assert caught.value.message == f"Go {VERSION} for {HOST}: expected {locked.h1}, got {evil.h1}"
    assert caught.value.hint == BROKEN
    assert caught.value.exit_code == 4
    assert not caught.value.temporary
    assert machine.kept() == []


def test_a_lock_whose_tree_is_anothers_is_refused(machine: Machine, locked: LockedToolchain) -> None:
    wrong = replace(locked, tree=f"sha256:{'0' * 64}/1")

    with pytest.raises(DigestMismatchError) as caught:
        machine.toolchains.install(VERSION, HOST, wrong)

    assert caught.value.message == f"the tree of Go {VERSION} for {HOST}: expected {wrong.tree}, got {locked.tree}"
    assert machine.kept() == []


def test_the_users_module_cache_is_enough(machine: Machine, locked: LockedToolchain) -> None:
    """Without network, and without the checksum database, since the lock has the hash."""
    env = machine.environ | {"GOFLAGS": "-modcacherw"}
    run([machine.go, "mod", "download", f"{MODULE}@{module_version(HOST)}"], env=env, cwd=machine.folder)
    offline = machine.environ | {"GOPROXY": "off"}
    del offline["GOSUMDB"]

    toolchains = GoToolchains(store=machine.store, environ=offline)

    assert toolchains.install(VERSION, HOST, locked).root.is_dir()


def test_a_cache_inside_a_project_that_needs_a_newer_go_is_filled(machine: Machine, locked: LockedToolchain) -> None:
    (machine.folder / "go.mod").write_text("module example.com/app\n\ngo 1.99\n")

    assert machine.toolchains.install(VERSION, HOST, locked).root.is_dir()


def test_a_toolchain_is_fetched_without_a_home(machine: Machine, locked: LockedToolchain) -> None:
    homeless = {name: value for name, value in machine.environ.items() if name != "HOME"}

    assert GoToolchains(store=machine.store, environ=homeless).install(VERSION, HOST, locked).root.is_dir()


def test_a_toolchain_is_fetched_by_a_go_that_has_no_module_cache(machine: Machine, locked: LockedToolchain) -> None:
    (archive,) = machine.proxy.folder.rglob("*.zip")
    go = fetching(machine, f'echo \'{{"Zip": "{archive}"}}\'', modules="")

    assert go.install(VERSION, HOST, locked).root.is_dir()


def test_a_version_that_is_not_there_is_told_with_the_words_of_go(machine: Machine) -> None:
    with pytest.raises(EnvironmentFailure) as caught:
        machine.toolchains.resolve("1.99.9", HOST, keep=True)

    assert caught.value.message.startswith(
        f"Go 1.99.9 for {HOST} cannot be fetched: {MODULE}@v0.0.1-go1.99.9.linux-amd64: "
    )
    assert "no such file or directory" in caught.value.message
    assert caught.value.hint == "check the version in the spec, GOPROXY and the network"
    assert machine.kept() == []


def test_a_go_that_says_nothing_is_told_as_such(machine: Machine) -> None:
    silent = fetching(machine, "exit 1")

    with pytest.raises(EnvironmentFailure, match=r"cannot be fetched: go said nothing$"):
        silent.resolve(VERSION, HOST, keep=True)


def fetching(
    machine: Machine, download: str, *, modules: str = "/none", proxy: str = "off", database: str = "sum.example"
) -> GoToolchains:
    """A go of its own kind, with the settings and the `mod download` that a test says."""
    program = machine.folder / "bin" / "go"
    write_go(program, {"GOMODCACHE": modules, "GOPROXY": proxy, "GOSUMDB": database}, download)
    return GoToolchains(store=machine.store, environ={"PATH": f"{program.parent}:/usr/bin:/bin"})


@pytest.mark.parametrize("name", ["{other}/bin/go", "{prefix}/../../../bin/go", "{prefix}//etc/profile", "bin/go"])
def test_a_zip_that_reaches_outside_is_refused(machine: Machine, name: str) -> None:
    """The go command refuses these, too; it is not the only one that we trust."""
    prefix = f"{MODULE}@{module_version(HOST)}"
    entry = name.format(prefix=prefix, other=f"{MODULE}@{module_version(OTHER)}")
    archive = machine.folder / "evil.zip"
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr(entry, "evil")

    with pytest.raises(EnvironmentFailure) as caught:
        fetching(machine, f'echo \'{{"Zip": "{archive}"}}\'').resolve(VERSION, HOST, keep=True)

    assert caught.value.message == f"the toolchain's zip holds `{entry}`, which is outside of `{prefix}/`"
    assert caught.value.hint == "GOPROXY served something else; do not use it until you know why"
    assert machine.kept() == []


def test_several_processes_install_at_once(machine: Machine, locked: LockedToolchain) -> None:
    arguments = [
        str(machine.store.root), machine.environ["PATH"], machine.environ["HOME"], machine.environ["GOPROXY"],
        locked.h1, locked.tree,
    ]  # fmt: skip
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", INSTALL, *arguments], env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE
        )
        for _ in range(3)
    ]

    said = {process.communicate(timeout=30)[0] for process in processes}

    assert {process.returncode for process in processes} == {0}
    assert said == {f"{machine.toolchains.install(VERSION, HOST, locked).root}\n".encode()}
    assert len(list(machine.store.toolchains.iterdir())) == 1
