"""go.mod and go.work, read as go reads them."""

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdabuild.discovery.gomod import ModFile, below, read_modfile
from lambdabuild.model.plan import Toolchain

GO_MOD = """// Deprecated: no
module example.com/shop // the shop

go 1.24.3

toolchain go1.26.1

require github.com/aws/aws-lambda-go v1.55.1

require (
	"example.com/quoted" v1.0.0 // indirect
	example.com/other v0.0.0-20240101000000-abcdefabcdef
)

replace example.com/local => ./local
replace example.com/other v0.0.0-20240101000000-abcdefabcdef => ../other

replace (
	example.com/fetched => example.com/fork v1.2.3
	example.com/quoted => "./a b"
)

exclude example.com/other v0.0.1
retract [v1.0.0, v1.1.0]
"""


def test_a_go_mod_says_module_go_requirements_and_local_folders() -> None:
    assert read_modfile(GO_MOD) == ModFile(
        module="example.com/shop",
        go=(1, 26, 1),
        requires={
            "github.com/aws/aws-lambda-go": "v1.55.1",
            "example.com/quoted": "v1.0.0",
            "example.com/other": "v0.0.0-20240101000000-abcdefabcdef",
        },
        local={"example.com/local": "./local", "example.com/other": "../other", "example.com/quoted": "./a b"},
    )


def test_go_reads_the_same(toolchain: Toolchain, tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text(GO_MOD)
    said = subprocess.run(
        [toolchain.root / "bin" / "go", "mod", "edit", "-json"],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "GOTOOLCHAIN": "local", "GOFLAGS": ""},
        capture_output=True,
        check=True,
    ).stdout
    parsed = json.loads(said)
    ours = read_modfile(GO_MOD)

    assert ours.module == parsed["Module"]["Path"]
    assert ours.requires == {one["Path"]: one["Version"] for one in parsed["Require"]}
    assert ours.local == {
        one["Old"]["Path"]: one["New"]["Path"] for one in parsed["Replace"] if "Version" not in one["New"]
    }


def test_a_go_work_says_what_it_uses() -> None:
    said = read_modfile("go 1.25\n\nuse (\n\t./app\n\t./lib // shared\n)\nuse .\nreplace example.com/x => ./x\n")

    assert said == ModFile(go=(1, 25, 0), uses=("./app", "./lib", "."), local={"example.com/x": "./x"})


@pytest.mark.parametrize(
    ("line", "go"),
    [
        ("go 1.21", (1, 21, 0)),
        ("go 1.27rc1", (1, 27, 0)),
        ("go 1.26.8", (1, 26, 8)),
        ("toolchain go1.25.3-custom", (1, 25, 3)),
        ("toolchain default", None),
        ("go two", None),
        ("go 1.99999999999999999999", None),
        ("", None),
    ],
)
def test_versions_of_go_are_three_numbers(line: str, go: tuple[int, int, int] | None) -> None:
    assert read_modfile(f"module x\n{line}\n").go == go


def test_a_folder_is_seen_from_its_file() -> None:
    assert below("/a/b", "../c") == "/a/c"
    assert below("/a", "/absolute") is None


@given(
    st.text()
    | st.lists(st.sampled_from(["module", "(", ")", "=>", "//", '"', "`", "\n", " ", "go", "1.2"])).map("".join)
)
def test_any_text_is_read(text: str) -> None:
    assert isinstance(read_modfile(text), ModFile)
