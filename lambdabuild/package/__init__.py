"""From a binary and its files to a zip: the same bytes wherever and whenever it is written."""

from lambdabuild.package.dist import DIST, describe, described, publish, staging
from lambdabuild.package.entries import collect
from lambdabuild.package.unpack import unpack
from lambdabuild.package.zip import write_zip

__all__ = ["DIST", "collect", "describe", "described", "publish", "staging", "unpack", "write_zip"]
