"""What moved between two images of one platform."""

import shlex
from collections.abc import Iterable, Iterator, Mapping

from lambdabuild.model.abi import Inventory
from lambdabuild.model.comparison import Difference, ImageView, Library, Moved, Setup


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
        packages=None if old.packages is None or new.packages is None else _moved(old.packages, new.packages),
        environment=_moved(old.inventory.environment, new.inventory.environment),
        setup=None if old.setup is None or new.setup is None else _moved(_told(old.setup), _told(new.setup)),
        layers=None if old.setup is None or new.setup is None else (old.setup.layers, new.setup.layers),
    )


def _libraries(inventory: Inventory) -> dict[str, frozenset[str]]:
    """The version nodes of each library. Two files of one soname count as one: which is loaded depends on who asks."""
    found: dict[str, frozenset[str]] = {}
    for path, known in inventory.objects.items():
        name = known.soname or path
        found[name] = found.get(name, frozenset()) | (known.linkage.nodes or frozenset())
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


def _told(setup: Setup) -> dict[str, str]:
    """As a shell would write it; what is not set is absent."""
    facts = {
        "command": shlex.join(setup.command),
        "entrypoint": shlex.join(setup.entrypoint),
        "user": setup.user,
        "working directory": setup.working_directory,
    }
    return {name: fact for name, fact in facts.items() if fact}
