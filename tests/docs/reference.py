"""Writes docs/cli.md and docs/spec.md anew; `make docs` runs it, and a test holds the files to it."""

import sys
from collections.abc import Callable, Mapping

from lambdabuild.io.files import write_atomically
from tests.docs import cli_page, spec_page
from tests.support.cli import ROOT

PAGES: Mapping[str, Callable[[], str]] = {"cli.md": cli_page.page, "spec.md": spec_page.page}


def main() -> None:
    """Write them."""
    for name, page in PAGES.items():
        write_atomically(ROOT / "docs" / name, page().encode())
    sys.stdout.write(f"{', '.join(PAGES)}\n")


if __name__ == "__main__":
    main()
