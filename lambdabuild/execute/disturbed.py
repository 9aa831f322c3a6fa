"""What changed between the moment when an action was hashed and the moment when it was compiled."""

from collections.abc import Iterator
from pathlib import Path

from lambdabuild.io.files import visible_files
from lambdabuild.io.merkle import stamp_of
from lambdabuild.model.plan import Action, Stamp


def disturbed(action: Action) -> Iterator[Path]:
    """What is no longer as it was when it was hashed: what was compiled may not be what the action's digest says."""
    for file in action.inputs.files:
        if file.source is not None and _now(file.source) != file.stamp:
            yield file.source
    for folder, names in action.folders.items():
        if not folder.is_dir() or visible_files(folder) - names:
            yield folder


def _now(file: Path) -> Stamp | None:
    try:
        return stamp_of(file.stat())
    except OSError:
        return None
