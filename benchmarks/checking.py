"""`lambdabuild check` of large programs, bare and in a zip, against `readelf` and `unzip -t` of the same files."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.images import hub, realistic, standin
from benchmarks.measuring import Run, command, pair, process
from benchmarks.programs import dynamic, static_go, zipped

ROUNDS = 7


def checks(scratch: Path) -> None:
    """A static program needs no image; a dynamic one has one whose inventory is kept."""
    go, large = static_go(scratch / "go"), dynamic(scratch / "large")
    with hub(scratch) as (registry, environ):
        images = {"the stand-in": standin(registry), "150 MB": realistic(registry)}
        for image in images.values():
            process(command("lambdabuild", "abi", image.reference, "--arch", "amd64"), environ=environ)()
    for path, other, peer in forms(go):
        run = process(command("lambdabuild", "check", path), cwd=scratch, environ=environ)
        pair(f"check of a Go program of {size(go)}, {form(path)}", run, other, peer, ROUNDS)
    for name, image in images.items():
        for path, other, peer in forms(large):
            argv = command("lambdabuild", "check", path, "--image", image.reference)
            run = process(argv, cwd=scratch, codes=(0, 5), environ=environ)
            pair(f"check of a C++ program of {size(large)}, {form(path)}, {name}", run, other, peer, ROUNDS)


def forms(program: Path) -> Sequence[tuple[Path, str, Run]]:
    """Bare and in a zip, each with what people would look with, and nothing that judges."""
    archive = zipped(program)
    return (
        (program, "readelf -dVW", process(["readelf", "-dVW", program])),
        (archive, "unzip -t", process(["unzip", "-tqq", archive])),
    )


def form(path: Path) -> str:
    """In words."""
    return "in a zip" if path.suffix else "bare"


def size(program: Path) -> str:
    """In words."""
    return f"{program.stat().st_size / 1e6:.0f} MB"
