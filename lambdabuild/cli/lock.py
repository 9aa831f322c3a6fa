"""`lambdabuild lock`."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lambdabuild.cli.options import Globals, common, formats

if TYPE_CHECKING:
    from lambdabuild.model.report import Copy, LockReport
    from lambdabuild.pipeline.request import Request
    from lambdabuild.report.style import Form

EPILOG = """\b
Examples:
  lambdabuild lock                              pin what the spec names, move nothing
  lambdabuild lock --check                      in CI: offline, exit 3 where the lock is stale
  lambdabuild lock --outdated                   ask the registries: exit 3 where a tag has moved
  lambdabuild lock --update --dry-run           what would move, and what would come with it
  lambdabuild lock --update provided.al2023 --format markdown > pull-request.md
  lambdabuild lock --vendor third_party/images           copies of what is locked, in an OCI layout
  lambdabuild lock --mirror registry.example.com/mirror  copies on a registry of yours
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """The command line, as click has read it."""

    names: tuple[str, ...]
    check: bool
    update: bool
    outdated: bool
    dry_run: bool
    accept_loss: bool
    form: "Form"
    vendor: Path | None
    mirror: str | None

    @property
    def copies(self) -> bool:
        """Whether images are to be copied."""
        return self.vendor is not None or self.mirror is not None


@click.command(epilog=EPILOG)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@common
@click.option("--check", is_flag=True, help="Write nothing, use no network: exit 3 where the lock is stale.")
@click.option("--update", is_flag=True, help="Move pins to where their tags are now, and show what moved.")
@click.option("--outdated", is_flag=True, help="Write nothing, ask the registries: exit 3 where a tag has moved.")
@click.option(
    "--dry-run", is_flag=True, help="Show what would be done, and write nothing: exit 3 where --update is refused."
)
@click.option("--accept-loss", is_flag=True, help="Update though something is lost that a function relies on.")
@click.option(
    "--vendor",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Copy every locked image into this folder, an OCI image layout.",
)
@click.option(
    "--mirror",
    metavar="REGISTRY/PREFIX",
    help="Copy every locked image to a registry, below a prefix.",
)
@formats("Markdown for the text of a pull request.", "markdown")
def lock(options: Globals, **given: Any) -> int:
    """Pin every image and toolchain that the spec names. Adds and drops; only --update moves a pin.

    NAME is a name in `images` of the spec, or its reference: the images to update, or to ask for; else all of them.
    """
    from lambdabuild.diff import UpdateRefusedError
    from lambdabuild.errors import LockError
    from lambdabuild.report.lock import show_lock, show_outdated
    from lambdabuild.report.progress import progress

    said = _Said(**given)
    _refuse_what_does_not_go_together(said)
    try:
        with progress(options.style) as emit:
            report = _asked(options.request(emit), said)
    except UpdateRefusedError as refusal:
        if not options.as_json:  # where the failure is the one document
            show_lock(refusal.report, options.style, said.form)
        raise
    if report.refused:
        show_lock(report, options.style, said.form)
        return LockError.exit_code
    try:
        with progress(options.style) as emit:
            copies = _copied(options.request(emit), said)
    except BaseException:  # the pins have moved already
        form = "text" if options.as_json else said.form  # where the failure is the one document
        show_lock(report, replace(options.style, as_json=False), form)
        raise
    report = replace(report, copies=copies)
    if said.outdated:
        show_outdated(report, options.style, said.form)
        return LockError.exit_code if report.images else 0
    show_lock(report, options.style, said.form)
    return 0


def _asked(request: "Request", said: _Said) -> "LockReport":
    """What was done to the lock, or would be. Places that copies cannot go to are refused before it is written."""
    if said.copies:
        from lambdabuild.pipeline.copying import refuse_wrong_places

        refuse_wrong_places(request, folder=said.vendor, mirror=said.mirror)
    if said.outdated or said.update:
        from lambdabuild.pipeline.updating import Update, outdated, update_lock

        if said.outdated:
            return outdated(request, said.names)
        return update_lock(request, Update(names=said.names, accept_loss=said.accept_loss, dry=said.dry_run))
    from lambdabuild.pipeline import locking

    return locking.check_lock(request) if said.check else locking.lock(request, dry=said.dry_run)


def _copied(request: "Request", said: _Said) -> tuple["Copy", ...]:
    if not said.copies:
        return ()
    from lambdabuild.pipeline.copying import copy_all

    return copy_all(request, folder=said.vendor, mirror=said.mirror)


def _refuse_what_does_not_go_together(said: _Said) -> None:
    modes = [f"--{name}" for name in ("check", "update", "outdated") if getattr(said, name)]
    alone = " or ".join(modes)
    for wrong, why in (
        (len(modes) > 1, f"`{'` and `'.join(modes)}` are different things to ask for"),
        (said.names and not (said.update or said.outdated), "NAME goes with `--update` or `--outdated`"),
        (said.dry_run and (said.check or said.outdated), f"`{alone}` never writes: `--dry-run` says nothing there"),
        (said.accept_loss and not said.update, "`--accept-loss` goes with `--update`"),
        (
            (said.vendor or said.mirror) and (said.check or said.outdated or said.dry_run),
            f"`{alone or '--dry-run'}` writes nothing: leave out `--vendor` and `--mirror`",
        ),
    ):
        if wrong:
            raise click.UsageError(why, click.get_current_context())
