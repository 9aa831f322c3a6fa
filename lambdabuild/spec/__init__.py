"""YAML to model, with line and column in every error. Importing this imports neither PyYAML nor pydantic."""

from lambdabuild.spec.copies import GO_VENDOR
from lambdabuild.spec.load import load
from lambdabuild.spec.refusals import CodeBuildSpecError
from lambdabuild.spec.schema import json_schema
from lambdabuild.spec.shapes import can_be_a_handler

__all__ = ["GO_VENDOR", "CodeBuildSpecError", "can_be_a_handler", "json_schema", "load"]
