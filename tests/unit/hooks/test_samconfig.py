"""Which template SAM was told to build: its variable comes first, then its configuration file."""

from pathlib import Path

import pytest

from lambdabuild.hooks.samconfig import SamConfigError, Told, told

GLOBAL = '[default.global.parameters]\ntemplate_file = "global.yaml"\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("version = 0.1\n", None),
        (GLOBAL, "global.yaml"),
        ('[default.build.parameters]\ntemplate = "a/build.yaml"\n', "a/build.yaml"),
        (GLOBAL + '[default.build.parameters]\ntemplate_file = "build.yaml"\n', "build.yaml"),
        (GLOBAL + '[default.build.parameters]\ntemplate = "build.yaml"\n', "global.yaml"),
        ('[default.deploy.parameters]\ntemplate_file = "packaged.yaml"\n', None),
        ('default = "text"\n', None),
        ("[default.build.parameters]\ntemplate_file = 1\n", None),
    ],
)
def test_the_configuration_names_a_template_as_seen_from_there(tmp_path: Path, text: str, expected: str | None) -> None:
    (tmp_path / "samconfig.toml").write_text(text)

    assert told({}, tmp_path, tmp_path / "other").template == (tmp_path / expected if expected else None)
    assert told({}, None, tmp_path).template == (tmp_path / expected if expected else None)


def test_toml_comes_before_yaml(tmp_path: Path) -> None:
    (tmp_path / "samconfig.yml").write_text("default: {global: {parameters: {template_file: yml.yaml}}}\n")
    assert told({}, tmp_path, tmp_path) == Told(template=tmp_path / "yml.yaml")

    (tmp_path / "samconfig.toml").write_text(GLOBAL)
    assert told({}, tmp_path, tmp_path) == Told(template=tmp_path / "global.yaml")


def test_templates_of_other_environments_are_known(tmp_path: Path) -> None:
    (tmp_path / "samconfig.toml").write_text(GLOBAL + '[prod.build.parameters]\ntemplate_file = "prod.yaml"\n')

    assert told({}, tmp_path, tmp_path) == Told(template=tmp_path / "global.yaml", others=(tmp_path / "prod.yaml",))


def test_the_variable_comes_before_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "samconfig.toml").write_text(GLOBAL)

    assert told({"SAM_TEMPLATE_FILE": "intel.yaml"}, tmp_path, tmp_path) == Told(template=tmp_path / "intel.yaml")
    assert told({"SAM_TEMPLATE_FILE": "/intel.yaml"}, None, tmp_path) == Told(template=Path("/intel.yaml"))
    assert told({"SAM_TEMPLATE_FILE": ""}, tmp_path, tmp_path) == Told(template=tmp_path / "global.yaml")


def test_nothing_is_told_where_nothing_is_there(tmp_path: Path) -> None:
    assert told({}, tmp_path, tmp_path) == Told()


def test_a_relative_variable_is_refused_where_it_is_not_known_from_where(tmp_path: Path) -> None:
    with pytest.raises(SamConfigError) as caught:
        told({"SAM_TEMPLATE_FILE": "intel.yaml"}, None, tmp_path)

    assert caught.value.message == (
        "SAM_TEMPLATE_FILE is `intel.yaml`, and ARTIFACTS_DIR does not show where `sam build` runs"
    )
    assert caught.value.hint == "set it, or LAMBDABUILD_TEMPLATE, to an absolute path"
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("samconfig.toml", b"default = [\n"),
        ("samconfig.toml", b'default = "\xff"\n'),
        ("samconfig.yaml", b"default: [\n"),
    ],
)
def test_a_configuration_that_cannot_be_read_is_told(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(SamConfigError) as caught:
        told({}, tmp_path, tmp_path)

    assert caught.value.message.startswith(f"`{tmp_path}/{name}` cannot be read: ")
    assert caught.value.hint == "mend it: `sam build` reads it as well"
