"""What a user writes for an image of this machine, in skopeo's words (containers-transports(5))."""

from pathlib import Path

from lambdabuild.errors import UsageError
from lambdabuild.image.sources.archive import DockerArchive
from lambdabuild.image.sources.layout import Layout
from lambdabuild.image.sources.source import ImageSource

LOCAL = ("oci", "docker-archive")


def local_image(text: str) -> ImageSource | None:
    """`oci:DIR[:TAG]` or `docker-archive:FILE[:NAME:TAG]`; None where `text` is another name, such as a registry's.

    The path ends at the next colon, as with skopeo.
    """
    transport, colon, rest = text.partition(":")
    if transport not in LOCAL or not colon:
        return None
    path, _, tag = rest.partition(":")
    if not path:
        raise UsageError(f"`{text}` names no path", hint="write `oci:DIR`, or `docker-archive:FILE`")
    return Layout(Path(path), tag or None) if transport == "oci" else DockerArchive(Path(path), tag or None)
