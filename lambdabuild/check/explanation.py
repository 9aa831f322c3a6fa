"""The pages of the rules: why each fails on Lambda, an example, the fix."""

from pathlib import Path


def page(rule: str) -> str:
    """The page of a rule, in Markdown. Installed, they lie beside this file; in a checkout, in docs/rules."""
    here = Path(__file__)
    for folder in (here.with_name("pages"), here.parents[2] / "docs" / "rules"):
        if (file := folder / f"{rule}.md").is_file():
            return file.read_text(encoding="utf-8")
    raise AssertionError(f"every rule has a page, and {rule} has none: run `make docs`")
