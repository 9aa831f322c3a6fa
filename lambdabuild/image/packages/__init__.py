"""The packages of an image, by its own package manager's database. Damaged ones are told as such, never a traceback."""

from lambdabuild.image.packages.installed import FILES, LARGEST, installed

__all__ = ["FILES", "LARGEST", "installed"]
