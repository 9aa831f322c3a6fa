"""Operating system, architecture, variant, in OCI's words."""

import platform as host
import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Architecture(StrEnum):
    """The two CPUs of AWS Lambda, by Go's and OCI's names."""

    AMD64 = "amd64"
    ARM64 = "arm64"

    @property
    def platform(self) -> str:
        """The OCI platform of a Lambda runtime on this CPU."""
        return f"linux/{self}"

    @classmethod
    def of_platform(cls, platform: str) -> Self:
        """The CPU of a Lambda runtime's OCI platform (`linux/arm64`); ValueError for another."""
        return cls(platform.removeprefix("linux/"))

    @classmethod
    def named(cls, name: str) -> "Architecture":
        """The CPU of this name, Go's or Lambda's; ValueError for another."""
        return OF_LAMBDA.get(name) or cls(name)


LAMBDA_NAMES = {Architecture.AMD64: "x86_64", Architecture.ARM64: "arm64"}
"""What Lambda calls the CPUs."""

OF_LAMBDA = {name: architecture for architecture, name in LAMBDA_NAMES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """`os/architecture[/variant]` (OCI image index specification)."""

    os: str
    architecture: str
    variant: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `linux/amd64` or `linux/arm64/v8`; ValueError for anything else."""
        match text.split("/"):
            case [os, architecture] if os and architecture:
                return cls(os=os, architecture=architecture)
            case [os, architecture, variant] if os and architecture and variant:
                return cls(os=os, architecture=architecture, variant=variant)
        raise ValueError(f"{text!r} is not os/architecture[/variant]")

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)

    @property
    def canonical(self) -> "Platform":
        """The same platform without a variant that says nothing (`arm64/v8` is `arm64`)."""
        if (self.architecture, self.variant) == ("arm64", "v8"):
            return Platform(os=self.os, architecture=self.architecture)
        return self


ACTION_HOST = "linux/amd64"
"""The host platform whose toolchain an action names, whatever host compiles."""

_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def host_platform() -> str:
    """This machine, in Go's words: `linux/amd64`, `darwin/arm64`."""
    machine = host.machine().lower()
    system = "windows" if sys.platform == "win32" else sys.platform
    return f"{system}/{_MACHINES.get(machine, machine)}"
