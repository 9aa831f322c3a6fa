"""From a binary and its files to a zip: the same bytes wherever and whenever it is written."""

from lambdabuild.model.spec import DIST
from lambdabuild.package.dist import REPORT, describe, described, publish, staging
from lambdabuild.package.entries import collect
from lambdabuild.package.layout import SUFFIXES, dispatcher, program, write_dispatcher
from lambdabuild.package.zip import write_zip

__all__ = [
    "DIST",
    "REPORT",
    "SUFFIXES",
    "collect",
    "describe",
    "described",
    "dispatcher",
    "program",
    "publish",
    "staging",
    "write_dispatcher",
    "write_zip",
]
