"""The one line of the design, held: who may import whom, and what no file of ours may name."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.gates import require

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "lambdabuild"

STAGES = frozenset(
    [
        "spec",
        "templates",
        "lock",
        "toolchain",
        "plan",
        "execute",
        "cache",
        "check",
        "package",
        "attest",
        "diff",
        "discovery",
        "invoke",
        "image",
        "report",
    ]
)
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"errors"}),
    frozenset({"model"}),
    frozenset({"io"}),
    STAGES,
    frozenset({"pipeline"}),
    frozenset({"hooks"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)
STANDARD_LIBRARY_ONLY = frozenset({"errors", "model"})

PACKAGE_REGISTRIES = (
    "proxy." + "golang.org",
    "sum." + "golang.org",
    "index." + "golang.org",
    "goproxy" + ".io",
    "goproxy" + ".cn",
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "registry." + "npmjs.org",
    "registry." + "yarnpkg.com",
    "deb." + "debian.org",
    "archive." + "ubuntu.com",
    "crates" + ".io",
    "rubygems" + ".org",
)
MACHINE_PATHS = re.compile("(?<![A-Za-z0-9_.}/-])/(?:wo" + "rk|ro" + "ot)/[A-Za-z0-9_]")


def wrong_imports(module: str, source: str) -> list[str]:
    """Each import of `module` (a dotted name under lambdabuild) that points the wrong way, in words."""
    ours = _unit(module)
    found = []
    for imported in _imports(module, ast.parse(source)):
        if imported.partition(".")[0] == "lambdabuild":
            theirs = _unit(imported)
            if theirs not in {"", ours} and _layer(theirs) >= _layer(ours):
                found.append(f"{module} imports {imported}")
        elif ours in STANDARD_LIBRARY_ONLY and imported.partition(".")[0] not in sys.stdlib_module_names:
            found.append(f"{module} imports {imported}")
    return found


def _imports(module: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=name, names=names, level=level):
                base = module.split(".")[:-level] if level else []
                start = ".".join([*base, *([name] if name else [])])
                yield from (f"{start}.{alias.name}" for alias in names)


def _unit(module: str) -> str:
    """The first name below lambdabuild; empty for the package itself, which holds its version and no more."""
    name = module.split(".")[1] if "." in module else ""
    return "" if name == "__version__" else name


def _layer(unit: str) -> int:
    for number, units in enumerate(LAYERS):
        if unit in units:
            return number
    raise AssertionError(f"lambdabuild/{unit} has no place in the import order: give it one here and in DESIGN")


def _modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def _name(path: Path) -> str:
    """The dotted name, where a package is `name.__init__`, so that relative imports count from it."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def test_imports_point_one_way() -> None:
    package = PACKAGE / "__init__.py"

    assert not list(_imports("lambdabuild.__init__", ast.parse(package.read_text())))
    assert [
        wrong
        for path in _modules()
        if path != package
        for wrong in wrong_imports(_name(path), path.read_text(encoding="utf-8"))
    ] == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("lambdabuild.errors", "from lambdabuild.model import spec"),
        ("lambdabuild.model.spec", "from lambdabuild.io.files import replacing"),
        ("lambdabuild.model.spec", "import pydantic"),
        ("lambdabuild.io.store", "import lambdabuild.lock.read"),
        ("lambdabuild.lock.read", "from lambdabuild.spec import load"),
        ("lambdabuild.lock.read", "from lambdabuild import spec"),
        ("lambdabuild.lock.read", "from ..spec import load"),
        ("lambdabuild.lock.__init__", "from ..spec import load"),
        ("lambdabuild.check.rules", "def late() -> None:\n    import lambdabuild.pipeline"),
        ("lambdabuild.pipeline", "from lambdabuild.cli import main"),
        ("lambdabuild.hooks.sam", "from lambdabuild.cli import main"),
    ],
)
def test_a_wrong_import_is_caught(module: str, source: str) -> None:
    assert len(wrong_imports(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("lambdabuild.model.spec", "from lambdabuild.errors import SpecError"),
        ("lambdabuild.model.spec", "import dataclasses"),
        ("lambdabuild.lock.read", "from lambdabuild.lock import write"),
        ("lambdabuild.lock.read", "from . import write"),
        ("lambdabuild.lock.__init__", "from .write import write"),
        ("lambdabuild.pipeline", "from lambdabuild.spec import load"),
        ("lambdabuild.cli.hook", "from lambdabuild.hooks import sam"),
        ("lambdabuild.cli.main", "from lambdabuild import __version__"),
    ],
)
def test_a_right_import_is_let_through(module: str, source: str) -> None:
    assert wrong_imports(module, source) == []


def _tracked() -> Iterator[tuple[str, str]]:
    """Every text file that git tracks, with its content."""
    git = [require("git"), "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        path = ROOT / name
        if path.is_file():
            yield name, path.read_bytes().decode("utf-8", errors="replace")


def test_no_file_names_a_package_registry() -> None:
    """Which one to ask is the configuration of whoever runs pip, go or npm."""
    assert [f"{name}: {host}" for name, content in _tracked() for host in PACKAGE_REGISTRIES if host in content] == []


def test_no_file_names_a_path_of_one_machine() -> None:
    assert [f"{name}: {found[0]}" for name, content in _tracked() if (found := MACHINE_PATHS.search(content))] == []
