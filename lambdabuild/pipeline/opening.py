"""What a path of the command line holds: a zip, a folder, a file by itself, what comes on stdin."""

import errno
import os
import secrets
import stat
import sys
from pathlib import Path
from typing import BinaryIO

from lambdabuild.errors import UsageError
from lambdabuild.io.archive import open_folder, open_zip
from lambdabuild.io.text import printable
from lambdabuild.model.artifact import FaultKind, Opened
from lambdabuild.pipeline import subjects

STDIN = "-"

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_MOST = 1 << 30
_CHUNK = 1 << 20
_HINT = "name a zip, a folder, or a file"


def open_artifact(path: str, scratch: Path) -> Opened:
    """Open it, unpacked below `scratch` where it is a zip. UsageError for what is not there, or is none of these.

    A file by itself is taken as if it were packed with the right permissions.
    """
    if path == STDIN:
        file, name = _saved(scratch / secrets.token_hex(8)), "bootstrap"
    else:
        file, name = Path(path), Path(path).name
    try:
        mode = file.stat().st_mode if path else 0
        if stat.S_ISDIR(mode):
            return _readable(open_folder(file))
        if not stat.S_ISREG(mode):
            raise UsageError(f"`{printable(path)}` is no file and no folder", hint="pipe it in: `lambdabuild check -`")
        with file.open("rb") as stream:
            head = stream.read(len(_ZIP[0]))
    except OSError as error:
        raise UsageError(f"`{printable(path)}` cannot be read: {error.strerror}", hint=_HINT) from error
    if head in _ZIP or file.suffix == ".zip":
        into = scratch / secrets.token_hex(8)
        into.mkdir()
        return open_zip(file, into)
    return subjects.bare(file, name)


def open_layer(path: Path, scratch: Path) -> Opened:
    """A layer is not judged itself; one that cannot be read as a whole would leave others to be blamed."""
    layer = open_artifact(str(path), scratch)
    if layer.zipped is None and not path.is_dir():
        raise UsageError(f"`{path}` is no layer", hint="name a zip, or the folder that it is made of")
    empty = not layer.entries and not layer.links
    if broken := next((fault for fault in layer.faults if fault.entry in layer.unread or empty), None):
        raise UsageError(
            f"`{path}` cannot be read as a layer: {broken.kind}{f' of `{broken.entry}`' if broken.entry else ''}",
            hint=f"run `lambdabuild check {path}` for more",
        )
    return layer


def _readable(folder: Opened) -> Opened:
    """What we may not read ourselves says nothing of what Lambda may: PermissionError."""
    for fault in folder.faults:
        if fault.kind is FaultKind.UNREADABLE:
            raise PermissionError(errno.EACCES, f"{fault.details['reason']}: `{fault.entry}`")
    for entry in folder.entries:
        if not os.access(entry.source, os.R_OK, effective_ids=True):
            raise PermissionError(errno.EACCES, f"Permission denied: `{entry.name}`")
    return folder


def _saved(file: Path) -> Path:
    """What is on stdin, as a file; UsageError where it does not end."""
    if sys.stdin is None:
        raise UsageError("stdin is closed", hint="write the artifact to it: `lambdabuild check - < function.zip`")
    stream: BinaryIO = sys.stdin.buffer
    size = 0
    with file.open("wb") as saved:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > _MOST:
                raise UsageError(f"stdin has more than {_MOST} bytes", hint="AWS Lambda takes 250 MB")
            saved.write(chunk)
    return file
