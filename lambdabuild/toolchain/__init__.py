"""The locked Go, fetched once by the ordinary Go client, verified by ourselves, kept in the cache."""

from lambdabuild.toolchain.go import GoToolchains

__all__ = ["GoToolchains"]
