"""A live function beside its artifact: one line, or one document."""

import dataclasses
import json

from lambdabuild.errors import OtherCodeError
from lambdabuild.model.deployed import Comparison
from lambdabuild.report.style import Style, data, words


def show_deployed(found: Comparison, style: Style) -> None:
    """The document on stdout; the line on stderr, unless quiet, where the code is the same. OtherCodeError if not."""
    live, built = found.live, found.built
    where = f"`{live.name}` in {live.region} ({live.version})"
    if style.as_json:
        data(json.dumps(_document(found), indent=2) + "\n")
    elif not found.same:
        raise OtherCodeError(
            where, built.path, live=live.code_sha256, built=built.code_sha256, modified=live.last_modified
        )
    elif not style.quiet:
        words(f"{where} runs `{built.path}`, since {live.last_modified}: code_sha256 {live.code_sha256}\n")


def _document(found: Comparison) -> dict[str, object]:
    return {
        "version": 1,
        "same": found.same,
        "unsupported": list(found.unsupported),
        "live": dataclasses.asdict(found.live),
        "artifact": dataclasses.asdict(found.built),
    }
