"""What an image holds as bytes: a JSON document for the cache. No lock names its digest, so it may grow."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from lambdabuild.io.registry.fields import Fields, MalformedError
from lambdabuild.model.contents import ImageContents, Packages, StoredLayer

FORMAT: Final = 1
"""Of the document; what is read of an image, or how, cannot change without it."""


def encode(contents: ImageContents) -> bytes:
    """The document."""
    return json.dumps({"version": FORMAT, **asdict(contents)}, sort_keys=True, separators=(",", ":")).encode()


def decode(document: bytes) -> ImageContents:
    """The contents of a document; ValueError for what is none."""
    fields = Fields.of_json(document)
    if fields.integer("version") != FORMAT:
        raise MalformedError("is of another format")
    packages = fields.object("packages")
    versions = packages.object("versions")
    return ImageContents(
        manifest=fields.text("manifest"),
        platform=fields.text("platform"),
        created=fields.optional_text("created"),
        environment=_texts(fields.object("environment")),
        entrypoint=fields.optional_texts("entrypoint"),
        command=fields.optional_texts("command"),
        working_dir=fields.text("working_dir"),
        user=fields.optional_text("user") or "",
        layers=tuple(
            StoredLayer(digest=layer.text("digest"), diff_id=layer.text("diff_id"), size=layer.integer("size"))
            for layer in fields.objects("layers")
        ),
        packages=Packages(
            database=packages.optional_text("database"),
            versions={name: versions.optional_texts(name) for name in versions.values},
            problem=packages.optional_text("problem"),
        ),
    )


def _texts(fields: Fields) -> Mapping[str, str]:
    return {name: fields.optional_text(name) or "" for name in fields.values}
