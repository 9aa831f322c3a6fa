"""The stand-ins are what they say: cut libraries are older ones, and the roots refuse in the loader's own words."""

import gzip
import io
import os
import shutil
import subprocess
import tarfile
import threading
from hashlib import sha256
from itertools import chain
from pathlib import Path

import pytest
import requests
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

from lambdabuild.model.platform import Architecture
from tests.support.gates import require
from tests.support.registry import OCI_INDEX, OCI_MANIFEST, running_registry
from tests.support.standins import (
    AL2,
    AL2023,
    AL2023_2023_6,
    RELEASES,
    MissingVersion,
    Release,
    UndefinedSymbol,
    WithoutVersions,
    image_of,
    loader_says,
    own_root,
    push_release,
    running_root,
    runs,
    stub_root,
)
from tests.support.standins.cache import fetched_once
from tests.support.standins.debian import Source, libraries, sources
from tests.support.standins.library import DT_RELR, PRIVATE, Cuts, Library, cut, read_library, version_of
from tests.support.standins.overwrite import elf_hash, other_name
from tests.support.standins.release import LIBRARY_PATH, LOADERS, MULTIARCH

WAIT = "_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE"
WAITER = """
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

int main() {
    std::mutex mutex;
    std::condition_variable changed;
    bool ready = false;
    std::thread other([&] {
        {
            std::lock_guard<std::mutex> lock(mutex);
            ready = true;
        }
        changed.notify_one();
    });
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [&] { return ready; });
    lock.unlock();
    other.join();
    std::puts("waited");
}
"""
EACH = [pytest.param(release, each, id=f"{release.name}-{each}") for release in RELEASES for each in Architecture]
NEWEST = {
    AL2: {"GLIBC": "2.26", "GLIBCXX": "3.4.24", "CXXABI": "1.3.11", "GCC": "7.0.0", "ZLIB": "1.2.5.2"},
    AL2023_2023_6: {"GLIBC": "2.34", "GLIBCXX": "3.4.29", "CXXABI": "1.3.13", "ZLIB": "1.2.9", "OPENSSL": "3.0.8"},
    AL2023: {"GLIBC": "2.34", "GLIBCXX": "3.4.33", "CXXABI": "1.3.15", "GCC": "14.0.0", "OPENSSL": "3.2.0"},
}


def real(release: Release, architecture: Architecture, soname: str) -> Library:
    """Debian's own."""
    return read_library(libraries(release.suite, release.packages) / architecture / soname)


def compiled(folder: Path, architecture: Architecture, *flags: str, source: str, language: str = "c") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "source").write_text(source)
    compiler = require(f"{MULTIARCH[architecture]}-{'g++' if language == 'c++' else 'gcc'}")
    argv = [compiler, "-O2", "-x", language, "source", "-x", "none", *flags, "-o", "out"]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "out"


def root_with(release: Release, architecture: Architecture, folder: Path, **files: Path) -> Path:
    """A root of one's own with programs in /var/task."""
    root = own_root(running_root(release, architecture), folder)
    for name, path in files.items():
        shutil.copy(path, root / "var/task" / name.replace("_", "."))
    return root


@pytest.mark.parametrize(
    ("newer", "older", "soname", "cuts", "counts"),
    [
        (AL2023, AL2023_2023_6, "libstdc++.so.6", {"GLIBCXX": (3, 4, 30), "CXXABI": (1, 3, 13)}, (5934, 5928)),
        (AL2023_2023_6, AL2, "libstdc++.so.6", {"GLIBCXX": (3, 4, 28), "CXXABI": (1, 3, 12)}, (5825, 5819)),
        (AL2023, AL2023_2023_6, "libc.so.6", {"GLIBC": (2, 36)}, (2703, 2635)),
    ],
)
def test_a_library_cut_at_an_older_version_is_the_older_library(
    newer: Release, older: Release, soname: str, cuts: Cuts, counts: tuple[int, int]
) -> None:
    for architecture, count in zip(Architecture, counts, strict=True):
        left, right = cut(real(newer, architecture, soname), cuts), real(older, architecture, soname)

        assert left.node_names == right.node_names
        pairs = {pair for pair in left.pairs if pair[1] != PRIVATE}
        assert pairs == {pair for pair in right.pairs if pair[1] != PRIVATE}
        assert len(pairs) == count


def test_where_the_cut_takes_a_default_the_newest_left_becomes_it() -> None:
    whole = real(AL2023, Architecture.AMD64, "libstdc++.so.6")

    assert {(each.node, each.default) for each in whole.symbols if each.name == WAIT} == {
        ("GLIBCXX_3.4.11", False),
        ("GLIBCXX_3.4.30", True),
    }
    assert [(each.node, each.default) for each in cut(whole, AL2023_2023_6.cuts).symbols if each.name == WAIT] == [
        ("GLIBCXX_3.4.11", True)
    ]


@pytest.mark.parametrize(("release", "architecture"), EACH)
def test_a_stub_exports_what_the_cut_library_does(release: Release, architecture: Architecture) -> None:
    folder = stub_root(release, architecture) / "usr/lib64"
    for soname in release.libraries:
        if (soname, architecture) == ("libmvec.so.1", Architecture.ARM64):
            assert not (folder / soname).exists()
            continue
        stub, wanted = read_library(folder / soname), cut(real(release, architecture, soname), release.cuts)

        assert (stub.soname, stub.needed, set(stub.nodes)) == (wanted.soname, wanted.needed, set(wanted.nodes))
        assert set(stub.symbols) == set(wanted.symbols)


@pytest.mark.parametrize(("release", "architecture"), EACH)
def test_no_stub_has_a_node_above_the_cut(release: Release, architecture: Architecture) -> None:
    newest: dict[str, tuple[int, ...]] = {}
    for path in (stub_root(release, architecture) / "usr/lib64").glob("*.so*"):
        for family, version in filter(None, map(version_of, read_library(path).node_names)):
            newest[family] = max(newest.get(family, ()), version)

    wanted = NEWEST[release]
    assert {family: ".".join(map(str, newest[family])) for family in wanted} == wanted


@pytest.mark.parametrize(("release", "architecture"), EACH)
def test_a_root_has_the_shape_of_the_image(release: Release, architecture: Architecture) -> None:
    for root in (stub_root(release, architecture), running_root(release, architecture)):
        for name in ("bin", "lib", "lib64", "sbin"):
            assert (root / name).readlink() == Path("usr", name)
        loader = (root / LOADERS[architecture].lstrip("/")).resolve(strict=True)
        assert read_library(loader).soname == Path(LOADERS[architecture]).name
        for soname in ("libc.so.6", "libm.so.6", "libstdc++.so.6", "libz.so.1"):
            path = (root / "lib64" / soname).resolve(strict=True)
            assert path == root / "usr/lib64" / release.files.get(soname, soname)
        for program in ("bin/sh", "bin/bash", "lambda-entrypoint.sh"):
            assert os.access((root / program).resolve(strict=True), os.X_OK)
        assert not [path for name in ("python*", "node*") for path in (root / "usr/bin").glob(name)]
        assert not (root / "etc/ld.so.cache").exists()


@pytest.mark.parametrize(("release", "architecture"), EACH)
def test_a_running_library_offers_what_the_stub_does(release: Release, architecture: Architecture) -> None:
    stubs = stub_root(release, architecture) / "usr/lib64"
    for path in (running_root(release, architecture) / "usr/lib64").glob("*.so*"):
        offered = [each for each in read_library(path).symbols if not (each.node or "").startswith("~")]
        hidden = [each for each in read_library(path).symbols if (each.node or "").startswith("~")]

        assert set(offered) == set(read_library(stubs / path.name).symbols)
        assert not any(each.default for each in hidden)


@pytest.mark.parametrize(("release", "architecture"), EACH)
def test_programs_of_the_root_run(release: Release, architecture: Architecture) -> None:
    shell = runs(
        running_root(release, architecture), "/bin/sh", architecture, arguments=["-c", "pwd; echo $LD_LIBRARY_PATH"]
    )

    assert (shell.returncode, shell.stdout) == (0, f"/var/task\n{LIBRARY_PATH}\n")


@pytest.mark.parametrize("architecture", Architecture)
def test_a_program_of_gcc_12_is_refused_before_2023_7_and_runs_now(architecture: Architecture, tmp_path: Path) -> None:
    program = compiled(tmp_path / "waiter", architecture, "-pthread", source=WAITER, language="c++")
    then = root_with(AL2023_2023_6, architecture, tmp_path / "then", waiter=program)
    now = root_with(AL2023, architecture, tmp_path / "now", waiter=program)

    refused = loader_says(then, "/var/task/waiter", architecture=architecture)
    assert refused.missing_versions == (
        MissingVersion(file="/lib64/libstdc++.so.6", node="GLIBCXX_3.4.30", requirer="/var/task/waiter"),
    )
    assert refused.undefined == (UndefinedSymbol(name=WAIT, node="GLIBCXX_3.4.30", requirer="/var/task/waiter"),)
    assert not refused.loads
    said = runs(then, "/var/task/waiter", architecture)
    assert said.returncode == 1
    assert "/lib64/libstdc++.so.6: version `GLIBCXX_3.4.30' not found (required by /var/task/waiter)" in said.stderr

    taken = loader_says(now, "/var/task/waiter", architecture=architecture)
    assert (taken.loads, taken.loaded["libstdc++.so.6"], taken.stderr) == (True, "/lib64/libstdc++.so.6", "")
    assert runs(now, "/var/task/waiter", architecture).stdout == "waited\n"


@pytest.mark.parametrize("architecture", Architecture)
def test_a_program_for_a_newer_glibc_is_refused_by_al2(architecture: Architecture, tmp_path: Path) -> None:
    program = compiled(tmp_path / "program", architecture, source="int main(void) { return 0; }\n")
    root = root_with(AL2, architecture, tmp_path / "root", program=program)

    refused = loader_says(root, "/var/task/program", architecture=architecture)

    assert refused.missing_versions == (
        MissingVersion(file="/lib64/libc.so.6", node="GLIBC_2.34", requirer="/var/task/program"),
    )
    assert runs(root, "/var/task/program", architecture).returncode == 1


@pytest.mark.parametrize("architecture", Architecture)
def test_the_loader_tells_what_is_missing(architecture: Architecture, tmp_path: Path) -> None:
    one, script = "int one(void) { return 0; }\n", tmp_path / "script"
    script.write_text("ONE { one; };\n")
    flags = ("-shared", "-fPIC", "-Wl,-soname,libone.so")
    versioned = compiled(tmp_path / "versioned", architecture, *flags, f"-Wl,--version-script={script}", source=one)
    script.write_text("TWO { one; };\n")
    other = compiled(tmp_path / "other", architecture, *flags, f"-Wl,--version-script={script}", source=one)
    loud = compiled(
        tmp_path / "loud", architecture, *flags, source=f'#include <stdio.h>\n{one}void two(void) {{ puts(""); }}\n'
    )
    program = compiled(
        tmp_path / "program", architecture, str(versioned), source="int one(void);\nint main(void) { return one(); }\n"
    )
    root = root_with(AL2023, architecture, tmp_path / "root", program=program)

    without = loader_says(root, "/var/task/program", architecture=architecture)
    assert (without.missing_libraries, without.missing_versions) == (("libone.so",), ())
    assert [each.name for each in without.undefined] == ["one"]

    shutil.copy(other, root / "var/task/libone.so")
    elsewhere = loader_says(root, "/var/task/program", architecture=architecture)
    assert elsewhere.missing_versions == (
        MissingVersion(file="/var/task/libone.so", node="ONE", requirer="/var/task/program"),
    )

    shutil.copy(loud, root / "var/task/libone.so")
    warned = loader_says(root, "/var/task/program", architecture=architecture)
    assert warned.without_versions == (WithoutVersions(file="/var/task/libone.so", requirer="/var/task/program"),)
    assert warned.loads

    shutil.copy(versioned, root / "opt/libone.so")
    found = loader_says(
        root, "/var/task/program", architecture=architecture, environ={"LD_LIBRARY_PATH": "/opt:/lib64"}
    )
    assert found.loaded["libone.so"] == "/opt/libone.so"
    assert (found.loads, found.without_versions) == (True, ())

    (root / "var/task/libone.so").write_text("no library, but as long as the header of one would be: 64 bytes\n")
    damaged = loader_says(root, "/var/task/program", architecture=architecture)
    assert (damaged.fatal, damaged.loads) == ("/var/task/libone.so: invalid ELF header", False)


@pytest.mark.parametrize("architecture", Architecture)
def test_a_library_without_version_tables_ends_a_loader_of_before_glibc_2_41(
    architecture: Architecture, tmp_path: Path
) -> None:
    one, script = "int one(void) { return 0; }\n", tmp_path / "script"
    script.write_text("ONE { one; };\n")
    flags = ("-shared", "-fPIC", "-nostdlib", "-Wl,-soname,libone.so")
    versioned = compiled(tmp_path / "versioned", architecture, *flags, f"-Wl,--version-script={script}", source=one)
    bare = compiled(tmp_path / "bare", architecture, *flags, source=one)
    program = compiled(
        tmp_path / "program", architecture, str(versioned), source="int one(void);\nint main(void) { return one(); }\n"
    )
    files = {"program": program, "libone_so": bare}

    then = loader_says(
        root_with(AL2023_2023_6, architecture, tmp_path / "then", **files),
        "/var/task/program",
        architecture=architecture,
    )
    now = loader_says(
        root_with(AL2023, architecture, tmp_path / "now", **files), "/var/task/program", architecture=architecture
    )

    warning = (WithoutVersions(file="/var/task/libone.so", requirer="/var/task/program"),)
    assert (then.without_versions, now.without_versions) == (warning, warning)
    assert then.fatal is not None
    assert then.fatal.startswith("Inconsistency detected by ld.so: ")
    assert (then.loads, now.loads) == (False, True)


@pytest.mark.parametrize("architecture", Architecture)
def test_dt_relr_is_for_the_stub_to_refuse(architecture: Architecture) -> None:
    for release in (AL2023_2023_6, AL2023):
        stub = read_library(stub_root(release, architecture) / "usr/lib64/libc.so.6")
        running = read_library(running_root(release, architecture) / "usr/lib64/libc.so.6")

        assert (DT_RELR in stub.node_names, DT_RELR in running.node_names) == (False, True)


def test_a_weak_need_of_a_version_is_a_warning(tmp_path: Path) -> None:
    program = compiled(tmp_path / "waiter", Architecture.AMD64, "-pthread", source=WAITER, language="c++")
    content = bytearray(program.read_bytes())
    with program.open("rb") as stream:
        needs = ELFFile(stream).get_section_by_name(".gnu.version_r")
        assert isinstance(needs, GNUVerNeedSection)
        names = [each.name for each in chain.from_iterable(versions for _, versions in needs.iter_versions())]
    assert "GLIBCXX_3.4.30" in names
    at = content.index(elf_hash(b"GLIBCXX_3.4.30").to_bytes(4, "little"))
    content[at + 4] |= 2  # VER_FLG_WEAK in vna_flags
    program.write_bytes(content)
    root = root_with(AL2023_2023_6, Architecture.AMD64, tmp_path / "root", waiter=program)

    (missing,) = loader_says(root, "/var/task/waiter", architecture=Architecture.AMD64).missing_versions

    assert (missing.node, missing.weak) == ("GLIBCXX_3.4.30", True)


def test_a_root_of_ones_own_leaves_the_other_as_it_is(tmp_path: Path) -> None:
    root = running_root(AL2023, Architecture.AMD64)
    own = own_root(root, tmp_path / "own")
    (own / "var/task/new").touch()
    (own / "usr/lib64/libz.so.1").unlink()

    assert not (root / "var/task/new").exists()
    assert (root / "usr/lib64/libz.so.1").exists()
    assert (own / "lib64/libc.so.6").exists()


def test_other_names_are_as_long_and_hash_as_the_loader_does() -> None:
    assert other_name("GLIBC_2.35") == "~LIBC_2.35"
    assert elf_hash(b"GLIBC_2.2.5") == 0x09691A75


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.name)
def test_a_release_is_pushed_as_an_index_of_both_cpus(release: Release, tmp_path: Path) -> None:
    with running_registry(tmp_path / "registry") as registry:
        digest = push_release(registry, release, tag=release.name)

        url = f"http://{registry.host}/v2/lambda/provided"
        index = requests.get(f"{url}/manifests/{release.name}", headers={"Accept": OCI_INDEX}, timeout=10)
        assert index.headers["Docker-Content-Digest"] == digest
        children = index.json()["manifests"]
        assert [(each["platform"]["os"], each["platform"]["architecture"]) for each in children] == [
            ("linux", "amd64"),
            ("linux", "arm64"),
        ]
        for child in children:
            manifest = requests.get(
                f"{url}/manifests/{child['digest']}", headers={"Accept": OCI_MANIFEST}, timeout=10
            ).json()
            config = requests.get(f"{url}/blobs/{manifest['config']['digest']}", timeout=10).json()
            assert f"LD_LIBRARY_PATH={LIBRARY_PATH}" in config["config"]["Env"]
            assert config["config"]["Entrypoint"] == ["/lambda-entrypoint.sh"]
            assert config["config"]["WorkingDir"] == "/var/task"
            assert len(manifest["layers"]) == len(config["rootfs"]["diff_ids"]) == 2
        inspected = subprocess.run(
            [require("skopeo"), "inspect", "--tls-verify=false", f"docker://{registry.host}/lambda/provided@{digest}"],
            capture_output=True,
            check=False,
        )
        assert inspected.returncode == 0, inspected.stderr


def test_the_layers_of_an_image_make_its_root(tmp_path: Path) -> None:
    image = image_of(AL2023, Architecture.ARM64)
    for (layer, _), diff_id in zip(image.layers, image.diff_ids, strict=True):
        plain = gzip.decompress(layer)
        assert diff_id == f"sha256:{sha256(plain).hexdigest()}"
        with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
            archive.extractall(tmp_path / "root", filter="fully_trusted")

    root = stub_root(AL2023, Architecture.ARM64)
    assert listing(tmp_path / "root") == listing(root)
    libc = "lib64/libc.so.6"
    assert (tmp_path / "root" / libc).read_bytes() == (root / libc).read_bytes()


def listing(root: Path) -> dict[str, tuple[int, str]]:
    return {
        path.relative_to(root).as_posix(): (path.lstat().st_mode, str(path.readlink()) if path.is_symlink() else "")
        for path in root.rglob("*")
    }


def test_the_mirror_is_what_the_machine_says(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text(
        "# deb http://commented.example/debian bookworm main\n"
        "deb [arch=amd64 signed-by=/keys/a.gpg,/keys/b.gpg] http://one.example/debian bookworm main contrib # mine\n"
        "deb-src http://one.example/debian bookworm main\n"
        "deb http://one.example/debian bookworm-updates main\n"
        "deb http://vendor.example/apt bookworm stable\n"
    )
    (tmp_path / "sources.list.d/more.list").write_text("deb [trusted=yes] http://two.example/debian bookworm main\n")
    (tmp_path / "sources.list.d/debian.sources").write_text(
        "Types: deb deb-src\n# where from\nURIs: http://three.example/debian\nSuites: bookworm bookworm-updates\n"
        "Components: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQ\n"
        "\n\nTypes: deb\nURIs: http://security.example/\nSuites: bookworm-security\nComponents: main\n"
        "\nEnabled: no\nTypes: deb\nURIs: http://off.example/debian\nSuites: bookworm\nComponents: main\n"
    )

    found = list(sources(tmp_path, "bookworm"))

    assert found == [
        Source(uris="http://one.example/debian", options=(("Signed-By", "/keys/a.gpg /keys/b.gpg"),)),
        Source(uris="http://two.example/debian", options=(("Trusted", "yes"),)),
        Source(
            uris="http://three.example/debian",
            options=(("Signed-By", "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQ"),),
        ),
    ]
    assert found[1].stanza("trixie") == (
        "Types: deb\nURIs: http://two.example/debian\nSuites: trixie\nComponents: main\nTrusted: yes\n\n"
    )


def test_what_is_expensive_is_made_once_by_whoever_comes_first(tmp_path: Path) -> None:
    made = []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "file").touch()

    threads = [threading.Thread(target=fetched_once, args=("a/b", make), kwargs={"cache": tmp_path}) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 1
    assert (tmp_path / "a/b/file").exists()


def test_what_fails_half_way_is_not_there(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        fetched_once("thing", fail, cache=tmp_path)

    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []
