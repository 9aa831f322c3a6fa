"""What is different in two locks: what `lambdabuild lock` did."""

from collections.abc import Iterator, Mapping

from lambdabuild.model.lock import Lock, LockedImage
from lambdabuild.model.report import Change, ToolchainMove


def changes(old: Lock, new: Lock) -> tuple[Change, ...]:
    """Images and toolchains that were added, completed and dropped. A pin or a toolchain that moved is neither."""
    return (*_images(old, new), *_toolchains(old, new), *_dropped(old, new))


def moved(old: Lock, new: Lock) -> tuple[str, ...]:
    """The references whose pin is another, sorted. What the spec pins by digest never moves, only back."""
    both = sorted(old.images.keys() & new.images.keys())
    return tuple(name for name in both if old.images[name].pin != new.images[name].pin and "@" not in name)


def toolchain_moves(old: Lock, new: Lock) -> tuple[ToolchainMove, ...]:
    """Toolchains with another version in their place: `go@1.26.7` to `go@1.26.8`. The lowest take the lowest's place.

    Where one lock names more versions than the other, no one can tell which moved.
    """
    locked = _hosts(old), _hosts(new)
    gone, come = _versions(*locked), _versions(*reversed(locked))
    return tuple(
        ToolchainMove(tool=tool, old=before, new=after)
        for tool in sorted(gone.keys() & come.keys())
        if len(gone[tool]) == len(come[tool])
        for before, after in zip(gone[tool], come[tool], strict=True)
    )


def _images(old: Lock, new: Lock) -> Iterator[Change]:
    for name, image in sorted(new.images.items()):
        before = old.images.get(name)
        if before is None:
            yield Change(verb="added", subject=f"{name} {image.digest}")
        elif before.pin == image.pin or "@" in name:
            yield from _completed(name, before, image)


def _completed(name: str, old: LockedImage, new: LockedImage) -> Iterator[Change]:
    digests = [{platform: one.digest for platform, one in image.platforms.items()} for image in (old, new)]
    if digests[0] != digests[1] or (old.created, old.pin) != (new.created, new.pin):
        yield Change(verb="completed", subject=f"{name} {new.digest}")
    for platform, found in sorted(new.platforms.items()):
        before = old.platforms.get(platform)
        if found.abi is not None and found != before:
            yield Change(verb="completed", subject=f"{name} {platform} {found.abi}")


def _toolchains(old: Lock, new: Lock) -> Iterator[Change]:
    moves = {f"{move.tool}@{move.new}" for move in toolchain_moves(old, new)}
    before = _hosts(old)
    for name, hosts in sorted(_hosts(new).items()):
        if name not in moves:
            known = before.get(name, ())
            yield from (Change(verb="added", subject=f"{name} {host}") for host in hosts if host not in known)


def _dropped(old: Lock, new: Lock) -> Iterator[Change]:
    yield from (Change(verb="dropped", subject=name) for name in sorted(old.images.keys() - new.images.keys()))
    moves = {f"{move.tool}@{move.old}" for move in toolchain_moves(old, new)}
    after = _hosts(new)
    for name, hosts in sorted(_hosts(old).items()):
        if name not in moves:
            gone = sorted(set(hosts) - set(after.get(name, ())))
            yield from (Change(verb="dropped", subject=f"{name} {host}") for host in gone)


def _hosts(lock: Lock) -> dict[str, tuple[str, ...]]:
    """The hosts that each toolchain is locked for, in the order of the lock."""
    return {name: tuple(hosts) for each in (lock.toolchains, lock.zigs) for name, hosts in each.items()}


def _versions(some: Mapping[str, object], others: Mapping[str, object]) -> dict[str, list[str]]:
    """The versions of each tool that only `some` has, the lowest first."""
    found: dict[str, list[str]] = {}
    for name in some.keys() - others.keys():
        tool, _, version = name.partition("@")
        found.setdefault(tool, []).append(version)
    return {tool: sorted(versions, key=_number) for tool, versions in found.items()}


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
