"""A hook finds the spec upwards, from the first place that has one."""

from pathlib import Path

import pytest

from lambdabuild.hooks.project import NoProjectError, find_spec


def test_the_nearest_spec_of_the_first_place_counts(tmp_path: Path) -> None:
    inner, other = tmp_path / "a" / "b" / "c", tmp_path / "copy"
    inner.mkdir(parents=True)
    other.mkdir()
    for folder in (tmp_path, tmp_path / "a", other):
        (folder / "buildspec.yaml").touch()

    assert find_spec(inner, other) == tmp_path / "a" / "buildspec.yaml"
    assert find_spec(other, inner) == other / "buildspec.yaml"


def test_the_next_place_is_looked_at_where_the_first_has_none(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "buildspec.yaml").touch()

    assert find_spec(tmp_path / "not" / "there", tmp_path / "b") == tmp_path / "b" / "buildspec.yaml"


def test_no_spec_is_told_with_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(NoProjectError) as caught:
        find_spec(tmp_path / "a", tmp_path)

    assert caught.value.message == f"no `buildspec.yaml` in `{tmp_path}/a`, `{tmp_path}`, or in a folder above"
    assert caught.value.hint == "set LAMBDABUILD_FILE to the absolute path of the spec, or give `--file`"
    assert caught.value.exit_code == 2
