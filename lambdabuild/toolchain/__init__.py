"""The locked Go and zig, fetched once by the ordinary clients, verified by ourselves, kept in the cache."""

from lambdabuild.toolchain.go import GoToolchains
from lambdabuild.toolchain.zig import ZigToolchains, require_pip

__all__ = ["GoToolchains", "ZigToolchains", "require_pip"]
