"""An artifact that exists, as entries again."""

import hashlib
import stat
import zipfile
import zlib
from pathlib import Path

from lambdabuild.errors import UsageError
from lambdabuild.model.artifact import Entry, Packed

MOST_UNZIPPED = 1 << 30
"""Bytes that are unpacked at most; Lambda takes a quarter of it."""


def unpack(path: Path, into: Path) -> tuple[Packed, tuple[Entry, ...]]:
    """Unpack a zip below `into`, under names of ours: names in the zip are data and never paths.

    UsageError where it is not a zip that can be read. Folders are left out.
    """
    try:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        with zipfile.ZipFile(path) as bundle:
            listed = [one for one in bundle.infolist() if not one.is_dir()]
            unzipped = sum(one.file_size for one in listed)
            if unzipped > MOST_UNZIPPED:
                raise UsageError(
                    f"`{path}` unpacks to {unzipped} bytes", hint="AWS Lambda takes 250 MB: look at what is in it"
                )
            entries = tuple(_entry(bundle, one, into / str(number)) for number, one in enumerate(listed))
    except OSError as error:
        raise UsageError(f"`{path}` cannot be read: {error.strerror}", hint="run `lambdabuild build`") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UsageError(f"`{path}` is not a zip that can be read: {error}", hint="build it again") from error
    packed = Packed(path=path, sha256=content, content="", zipped=path.stat().st_size, unzipped=unzipped)
    return packed, entries


def _entry(bundle: zipfile.ZipFile, one: zipfile.ZipInfo, destination: Path) -> Entry:
    destination.write_bytes(bundle.read(one))
    return Entry(name=one.filename, mode=stat.S_IMODE(one.external_attr >> 16) & 0o777, source=destination)
