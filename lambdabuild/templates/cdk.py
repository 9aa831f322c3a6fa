"""The Lambda functions of what `cdk synth` wrote: their names without hashes, and what their programs are.

Sources: the AWS CDK guide, page "Identifiers" (a logical id is the construct's path, then 8 digits of a hash); the
package documentation of Go's debug/buildinfo (what the linker writes into a program).
"""

import mmap
import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from lambdabuild.model.spec import BOOTSTRAP
from lambdabuild.model.template import TemplateFunction
from lambdabuild.templates.sam import read_sam

_HASH: Final = re.compile(r"(?<=.)[0-9A-F]{8}$")
_MAIN: Final = re.compile(rb"path\t([\x21-\x7e]{1,512})\n(?:mod|dep|build)\t")


def read_cdk(path: Path) -> tuple[tuple[TemplateFunction, str | None], ...]:
    """The functions of a `*.template.json`, each with the import path of its main, where a Go program was bundled.

    Their code is an asset beside the template. TemplateError as `read_sam`.
    """
    return tuple(
        (replace(said, logical_id=_HASH.sub("", said.logical_id), code=None), _main(path.parent, said.asset))
        for said in read_sam(path)
    )


def _main(folder: Path, asset: str | None) -> str | None:
    program = folder / (asset or "") / BOOTSTRAP
    if not program.is_file():
        return None
    try:
        with program.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            found = _MAIN.search(content)
            return found[1].decode() if found else None
    except (OSError, ValueError):
        return None
