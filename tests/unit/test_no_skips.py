"""Where no skip is allowed, there is none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "support" / "no_skips.py"


@pytest.mark.parametrize(
    ("module", "summary"),
    [
        ("import pytest\ndef test_it(): pytest.skip('needs a moon')", "1 failed"),
        ("import pytest\npytest.skip('needs a moon', allow_module_level=True)", "1 error"),
        ("import pytest\n@pytest.mark.skip('needs a moon')\ndef test_it(): pass", "1 error"),
        ("import pytest\n@pytest.mark.xfail\ndef test_it(): assert False", "1 xfailed"),
    ],
)
def test_a_skip_is_a_failure_where_none_is_allowed(tmp_path: Path, module: str, summary: str) -> None:
    (tmp_path / "conftest.py").write_bytes(CONFTEST.read_bytes())
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_it.py").write_text(module)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist"],
        cwd=tmp_path,
        env={**os.environ, "LAMBDABUILD_NO_SKIPS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert summary in done.stdout
    assert "xfailed" in summary or "needs a moon" in done.stdout
