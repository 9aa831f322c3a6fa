"""YAML to model, with line and column in every error. Importing this imports neither PyYAML nor pydantic."""

from lambdabuild.spec.copies import GO_VENDOR
from lambdabuild.spec.load import load
from lambdabuild.spec.refusals import CodeBuildSpecError
from lambdabuild.spec.schema import json_schema

__all__ = ["GO_VENDOR", "CodeBuildSpecError", "json_schema", "load"]
