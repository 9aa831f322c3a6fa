"""What moved between two images of one platform."""

import posixpath
import shlex
from collections.abc import Iterable, Iterator, Mapping

from lambdabuild.io.links import resolve
from lambdabuild.model.abi import Inventory
from lambdabuild.model.comparison import Difference, ImageView, Library, Moved
from lambdabuild.model.contents import ImageContents


def difference(old: ImageView, new: ImageView) -> Difference:
    """From `old` to `new`. Everything is sorted by name."""
    before, after = _libraries(old.inventory), _libraries(new.inventory)
    renamed = tuple(_renamed(sorted(before.keys() - after.keys()), sorted(after.keys() - before.keys())))
    gone, come = {one.old for one in renamed}, {one.new for one in renamed}
    return Difference(
        added=tuple(sorted(after.keys() - before.keys() - come)),
        removed=tuple(sorted(before.keys() - after.keys() - gone)),
        renamed=renamed,
        changed=tuple(
            Library(name=name, old=before[name], new=after[name])
            for name in sorted(before.keys() & after.keys())
            if before[name] != after[name]
        ),
        packages=_packages(old.contents, new.contents),
        problem=next(_problems(old.contents, new.contents), None),
        environment=_moved(old.inventory.environment, new.inventory.environment),
        setup=_moved(_setup(old.contents), _setup(new.contents)) if old.contents and new.contents else None,
        layers=(old.contents.layers, new.contents.layers) if old.contents and new.contents else None,
    )


def _libraries(inventory: Inventory) -> dict[str, frozenset[str]]:
    """The version nodes of each library that the loader finds by name; plugins in folders of their own are not.

    Of two files of one name that counts which every program gets: the first in LD_LIBRARY_PATH, the loader's cache, its
    own folders (ld.so(8)).
    """
    there = {posixpath.dirname(path) for path in (*inventory.objects, *inventory.links)}
    told = [resolve(folder, inventory.links) for folder in inventory.library_path.split(":") if folder]
    own = [resolve(folder, inventory.links) for folder in inventory.directories]
    before, after = ([folder for folder in dict.fromkeys(folders) if folder in there] for folders in (told, own))
    found: dict[str, frozenset[str]] = {}
    for name in {known.soname or posixpath.basename(path) for path, known in inventory.objects.items()}:
        cached = [inventory.cache[name]] if name in inventory.cache else []
        paths = (*(f"{folder}/{name}" for folder in before), *cached, *(f"{folder}/{name}" for folder in after))
        files = (resolve(path, inventory.links) or "" for path in paths)
        known = next((inventory.objects[file] for file in files if file in inventory.objects), None)
        if known is not None:
            found[name] = known.linkage.nodes or frozenset()
    return found


def _renamed(gone: Iterable[str], come: Iterable[str]) -> Iterator[Moved]:
    """`libssl.so.10` to `libssl.so.3`: the same library as people see it, another one for a program that needs it."""
    before, after = _by_stem(gone), _by_stem(come)
    for stem in sorted(before.keys() & after.keys()):
        if len(before[stem]) == len(after[stem]) == 1:
            yield Moved(name=stem, old=before[stem][0], new=after[stem][0])


def _by_stem(names: Iterable[str]) -> dict[str, list[str]]:
    """Sonames by what stands before the version (ld(1), -soname; libtool and distributions write it after `.so`)."""
    stems: dict[str, list[str]] = {}
    for name in names:
        stem, dot, version = name.partition(".so.")
        if dot and version:
            stems.setdefault(f"{stem}.so", []).append(name)
    return stems


def _moved(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Moved, ...]:
    return tuple(
        Moved(name=name, old=old.get(name), new=new.get(name))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    )


def _packages(old: ImageContents | None, new: ImageContents | None) -> tuple[Moved, ...] | None:
    """Of each name all versions that are installed."""
    if not (old and new and old.packages.known and new.packages.known):
        return None
    before, after = (
        {name: ", ".join(versions) for name, versions in one.packages.versions.items()} for one in (old, new)
    )
    return _moved(before, after)


def _problems(*images: ImageContents | None) -> Iterator[str]:
    for one in images:
        if one is not None and one.packages.problem is not None:
            yield f"`{one.packages.database}` {one.packages.problem}"


def _setup(contents: ImageContents) -> dict[str, str]:
    """As a shell would write it; what is not set is absent."""
    facts = {
        "command": shlex.join(contents.command),
        "entrypoint": shlex.join(contents.entrypoint),
        "user": contents.user,
        "working directory": contents.working_dir,
    }
    return {name: fact for name, fact in facts.items() if fact}
