"""Artifacts of any tool, opened: zips, which may be hostile, and folders. What is wrong is data, never an exception."""

from lambdabuild.io.archive.folder import open_folder
from lambdabuild.io.archive.zip import open_zip

__all__ = ["open_folder", "open_zip"]
