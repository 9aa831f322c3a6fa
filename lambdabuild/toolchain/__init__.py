"""The locked Go and zig, fetched once by the ordinary clients, verified by ourselves, kept in the cache."""

from lambdabuild.toolchain.go import GoToolchains
from lambdabuild.toolchain.zig import ZigToolchains

__all__ = ["GoToolchains", "ZigToolchains"]
