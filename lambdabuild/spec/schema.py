"""The JSON schema of `buildspec.yaml`, made from the types that read it. Editors complete from it."""

from typing import Any


def json_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12. It says what one value may be; how values fit together, `load` says."""
    from pydantic import TypeAdapter
    from pydantic.json_schema import GenerateJsonSchema
    from pydantic_core import core_schema

    from lambdabuild.spec.document import SpecDocument

    class Schema(GenerateJsonSchema):
        """Absent is not null: a key that has no value is an error."""

        def nullable_schema(self, schema: core_schema.NullableSchema) -> dict[str, Any]:
            return self.generate_inner(schema["schema"])

        def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
            return self.generate_inner(schema["schema"])

        def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic's signature
            return False

    generated = TypeAdapter(SpecDocument).json_schema(schema_generator=Schema)
    return {"$schema": Schema.schema_dialect, **generated, "title": "buildspec.yaml of lambdabuild"}
