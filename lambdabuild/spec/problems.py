"""Everything that is wrong with one file, gathered before any of it is told."""

from lambdabuild.io.document import Document, KeyPath, Position, dotted
from lambdabuild.spec.refusals import BadSpecError, Problem


class Problems:
    """Problems of one file. The first at each place is kept: others there follow from it."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._found: dict[tuple[KeyPath, Position], Problem] = {}

    def add(self, path: KeyPath, words: str, *, hint: str | None = None, key: bool = False) -> None:
        """Note that what is at `path` (or its key) `words`: "is not a known key"."""
        position = self._document.position(path, key=key)
        message = f"`{dotted(path)}` {words}" if path else f"the file {words}"
        self._found.setdefault((path, position), Problem(position=position, message=message, hint=hint))

    def refuse_if_any(self) -> None:
        """Raise BadSpecError unless all is well."""
        if self._found:
            raise BadSpecError(self._document.file, tuple(self._found.values()))
