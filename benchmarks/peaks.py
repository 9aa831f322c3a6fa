"""How much memory it takes at its peak, whatever the image."""

from pathlib import Path

from benchmarks.images import hub, huge, realistic
from benchmarks.measuring import memory
from benchmarks.programs import dynamic, zipped


def peaks(scratch: Path) -> None:
    """The first inventory of two images, and the check of a large program."""
    program = dynamic(scratch / "large")
    with hub(scratch) as (registry, environ):
        images = {"150 MB": realistic(registry), "a layer of 1 GB, a library of 400 MB": huge(registry)}
        for name, image in images.items():
            arguments = ("abi", image.reference, "--arch", "amd64")
            memory(f"first inventory, {name}", *arguments, scratch=scratch, environ=environ)
    options = ("--image", images["150 MB"].reference)
    for path in (program, zipped(program)):
        memory(f"check of a C++ program, {path.name}", "check", path, *options, scratch=scratch, environ=environ)
