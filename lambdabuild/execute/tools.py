"""What executors compile with: locked toolchains, for the platform that these run on."""

from typing import Protocol

from lambdabuild.model.plan import Toolchain, Zig


class Tools(Protocol):
    """Installs locked toolchains where they are absent, by version, for the platform that they run on."""

    def go(self, version: str, platform: str) -> Toolchain:
        """Go."""

    def zig(self, version: str, platform: str) -> Zig:
        """Zig."""
