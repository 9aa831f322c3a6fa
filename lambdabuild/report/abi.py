"""What a program finds in an image, as people read it."""

import json
from collections.abc import Iterator, Sequence

from lambdabuild.io.text import printable
from lambdabuild.model.abi import Inventory, SharedObject
from lambdabuild.report.style import Style, data


def show_inventories(inventories: Sequence[Inventory], style: Style) -> None:
    """A paragraph and a table for each platform on stdout, or one document with every symbol."""
    if style.as_json:
        document = {"version": 1, "inventories": [_document(one) for one in inventories]}
        data(json.dumps(document, indent=2) + "\n")
        return
    data("\n".join("".join(_lines(one)) for one in inventories))


def _lines(one: Inventory) -> Iterator[str]:
    yield f"{one.platform} {one.manifest}\n"
    loader = f"{one.loader}, which looks in {' '.join(one.directories)}" if one.loader else "none"
    yield f"  loader           {loader}\n"
    yield f"  LD_LIBRARY_PATH  {printable(one.library_path or 'not set')}\n"
    yield f"  glibc            {one.glibc or 'none'}\n"
    yield f"  libstdc++        {one.libstdcxx or 'none'}\n"
    for path, known in sorted(one.objects.items()):
        yield f"  {printable(path)}{_described(known)}\n"


def _described(known: SharedObject) -> str:
    symbols = sum(len(exports.names) for exports in known.linkage.exports)
    nodes = known.linkage.nodes or frozenset()
    return f"  {printable(known.soname or 'no soname')}, {symbols} symbols, {len(nodes)} versions"


def _document(one: Inventory) -> dict[str, object]:
    return {
        "manifest": one.manifest,
        "platform": one.platform,
        "loader": one.loader,
        "glibc": one.glibc,
        "libstdc++": one.libstdcxx,
        "environment": dict(one.environment),
        "directories": one.directories,
        "cache": dict(one.cache),
        "libraries": [_library(path, known) for path, known in sorted(one.objects.items())],
    }


def _library(path: str, known: SharedObject) -> dict[str, object]:
    linkage = known.linkage
    return {
        "path": path,
        "soname": known.soname,
        "needed": known.needed,
        "rpath": known.rpath,
        "runpath": known.runpath,
        "versions": None if linkage.nodes is None else sorted(linkage.nodes),
        "symbols": [
            {"name": name, "version": one.node or None, "default": not one.hidden, "weak": one.weak}
            for one in linkage.exports
            for name in sorted(one.names)
        ],
    }
