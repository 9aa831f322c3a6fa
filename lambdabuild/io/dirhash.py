r"""`h1:` hashes as go.sum and the checksum database have them.

Source: golang.org/x/mod/sumdb/dirhash, Hash1: the SHA-256 of a list of lines `<hex sha256>  <name>\n`, sorted by name.
"""

import base64
import hashlib
from collections.abc import Mapping


def h1(hashes: Mapping[str, str]) -> str:
    """The `h1:` of files by name (`module@version/path`) and hex SHA-256."""
    summary = hashlib.sha256()
    for name in sorted(hashes, key=str.encode):
        summary.update(f"{hashes[name]}  {name}\n".encode())
    return "h1:" + base64.b64encode(summary.digest()).decode()
