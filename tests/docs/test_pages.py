"""What the pages tell to run, runs; where their links lead, there is something."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from lambdabuild.model.plan import Toolchain
from tests.docs.pages import read_page
from tests.docs.running import run_page
from tests.support.cli import ROOT
from tests.support.registry import Image, public_ecr_at, running_registry

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
LINKED = (*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "docs" / "rules" / "README.md")
INDEX = ROOT / "docs" / "README.md"


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a user whose public.ecr.aws is on loopback, and has the runtimes for both CPUs."""
    folder = tmp_path_factory.mktemp("mirror")
    with running_registry(folder / "registry") as registry:
        for tag in ("al2023", "al2"):
            children = [registry.push_image("lambda/provided", Image(architecture=one)) for one in ("amd64", "arm64")]
            registry.push_index("lambda/provided", tag, children)
        yield {"CONTAINERS_REGISTRIES_CONF": public_ecr_at(registry.host, folder)["CONTAINERS_REGISTRIES_CONF"]}


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_what_a_page_tells_to_run_runs(
    path: Path, tmp_path: Path, mirror: dict[str, str], toolchain: Toolchain
) -> None:
    page = read_page(path)

    assert run_page(page, tmp_path, mirror) == len(page.runs)


def test_these_pages_are_run() -> None:
    """All others have commands that need what a test does not have: each block says what."""
    names = "cdk checking cli getting-started github-actions how-it-works make migrating-from-go1x sam spec terraform"
    expected = {ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in names.split())}

    assert {path for path in PAGES if read_page(path).runs} == expected


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_yaml_and_json_can_be_read(path: Path) -> None:
    for block in read_page(path).blocks:
        if block.language == "yaml":
            assert list(yaml.parse(block.text)), f"{path.name}:{block.line}"
        elif block.language == "json":
            json.loads(block.text)


@pytest.mark.parametrize("name", ["make.md", "sam.md", "cdk.md", "terraform.md"])
def test_what_the_page_of_a_tool_shows_is_a_part_of_its_example(name: str) -> None:
    page = read_page(ROOT / "docs" / name)
    tracked = [file for file in _files(ROOT / str(page.project)) if file.suffix != ".zip"]
    shown = [block for block in page.blocks if block.language not in {"sh", "text"}]

    texts = [file.read_text(encoding="utf-8") for file in tracked]
    assert shown
    assert [block.line for block in shown if not any(block.text in text for text in texts)] == []


def _files(folder: Path) -> Iterator[Path]:
    """Those of an example, and of the one beside it in another language; no results of a build."""
    around = folder.parent if folder.parent.name == "cdk" else folder
    left = {"node_modules", "cdk.out", ".aws-sam", "deployed", "__pycache__"}
    return (path for path in around.rglob("*") if path.is_file() and left.isdisjoint(path.parts))


@pytest.mark.parametrize("path", LINKED, ids=_name)
def test_links_lead_somewhere(path: Path) -> None:
    assert [link for link in read_page(path).links if not _leads(path, link)] == []


def test_the_index_leads_to_every_page() -> None:
    linked = set(read_page(INDEX).links)

    assert [
        path.name for path in PAGES if path.parent == INDEX.parent and path != INDEX and path.name not in linked
    ] == []


def _leads(path: Path, link: str) -> bool:
    if ":" in link.partition("/")[0]:  # another site
        return True
    name, _, anchor = link.partition("#")
    there = (path.parent / name) if name else path
    if not anchor:
        return there.exists()
    return there.suffix == ".md" and there.is_file() and anchor in read_page(there).anchors


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("docs/renovate.md", True),
        ("docs", True),
        ("docs/renovate.md#what-the-bot-cannot-know", True),
        ("#why", True),
        ("https://example.com/absent", True),
        ("docs/absent.md", False),
        ("docs/renovate.md#absent", False),
        ("#absent", False),
        ("Makefile#docs", False),
    ],
)
def test_a_link_that_leads_nowhere_is_found(link: str, leads: bool) -> None:
    assert _leads(ROOT / "README.md", link) is leads
