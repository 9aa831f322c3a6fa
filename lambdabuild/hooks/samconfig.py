"""Which template SAM was told to build, as far as it can be seen from a Makefile: not what its command line says."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from lambdabuild.errors import UsageError
from lambdabuild.io.text import printable

VARIABLE: Final = "SAM_TEMPLATE_FILE"
_FILES: Final = ("samconfig.toml", "samconfig.yaml", "samconfig.yml")
"""The configuration files of SAM, in its order."""

_ENVIRONMENT: Final = "default"
"""The one of the file that counts unless `--config-env` names another, for which SAM has no variable."""


class SamConfigError(UsageError):
    """What SAM was told cannot be read from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """`template` is None where SAM was told none; `others` are those of other environments of its configuration."""

    template: Path | None = None
    others: tuple[Path, ...] = ()


def told(environ: Mapping[str, str], start: Path | None, project: Path) -> Told:
    """By SAM_TEMPLATE_FILE, else by the samconfig.toml in `start`, where SAM runs; in the project, where none is known.

    SamConfigError where either cannot be understood.
    """
    if named := environ.get(VARIABLE):
        if start is None and not Path(named).is_absolute():
            raise SamConfigError(
                f"{VARIABLE} is `{printable(named)}`, and ARTIFACTS_DIR does not show where `sam build` runs",
                hint="set it, or LAMBDABUILD_TEMPLATE, to an absolute path",
            )
        return Told(template=(start or project) / named)
    folder = start or project
    by_environment = {
        name: folder / named
        for name, section in _configuration(folder).items()
        if (named := _template(section)) is not None
    }
    template = by_environment.pop(_ENVIRONMENT, None)
    return Told(template=template, others=tuple(by_environment.values()))


def _configuration(folder: Path) -> Mapping[str, object]:
    file = next((folder / name for name in _FILES if (folder / name).is_file()), None)
    if file is None:
        return {}
    try:
        text = file.read_text(encoding="utf-8")
        return _table(tomllib.loads(text) if file.suffix == ".toml" else YAML(typ="safe", pure=True).load(text))
    except (ValueError, YAMLError) as error:
        what = printable(str(error).splitlines()[0])
        raise SamConfigError(
            f"`{file}` cannot be read: {what}", hint="mend it: `sam build` reads it as well"
        ) from error


def _template(environment: object) -> str | None:
    """What `build` says counts before what `global` does, `template_file` before `template`."""
    commands = _table(environment)
    parameters = {
        **_table(_table(commands.get("global")).get("parameters")),
        **_table(_table(commands.get("build")).get("parameters")),
    }
    named = parameters.get("template_file") or parameters.get("template")
    return named if isinstance(named, str) else None


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
