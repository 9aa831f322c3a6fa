"""`lambdabuild lock`."""

from pathlib import Path

import click

from lambdabuild.cli.options import Globals, common

EPILOG = """\b
Examples:
  lambdabuild lock
  lambdabuild lock --check
  lambdabuild lock --vendor third_party/images                copies of what is locked, in an OCI layout
  lambdabuild lock --mirror registry.example.com/mirror  copies on a registry of yours
"""


@click.command(epilog=EPILOG)
@common
@click.option("--check", is_flag=True, help="Write nothing, use no network: exit 3 where the lock is stale.")
@click.option(
    "--vendor",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Copy every locked image into this folder, an OCI image layout.",
)
@click.option(
    "--mirror", metavar="REGISTRY/PREFIX",
    help="Copy every locked image to a registry, below a prefix.",
)  # fmt: skip
def lock(options: Globals, check: bool, vendor: Path | None, mirror: str | None) -> None:
    """Pin every image and toolchain that the spec names. Adds and drops; never moves a pin."""
    from lambdabuild.pipeline import copying, locking
    from lambdabuild.report import progress, show_changes

    if check and (vendor or mirror):
        raise click.UsageError("--check writes nothing: leave out --vendor and --mirror")
    with progress(options.style) as emit:
        request = options.request(emit)
        if check:
            locking.check_lock(request)
        changes = () if check else locking.lock(request)
        copies = copying.copy_all(request, folder=vendor, mirror=mirror)
    show_changes(changes, options.lock, options.style, copies=copies)
