"""An index of Python packages in a folder: wheels that tests publish, fetched by the real pip.

Source of the name and the layout: https://packaging.python.org/en/latest/specifications/binary-distribution-format/.
"""

import base64
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

TAGS = {
    "linux/amd64": "manylinux_2_12_x86_64.manylinux2010_x86_64.musllinux_1_1_x86_64",
    "linux/arm64": "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
    "darwin/arm64": "macosx_13_0_arm64",
}
"""What the wheels of ziglang 0.17.1 are called at PyPI, by host."""

ZIG = {"zig": "#!/bin/sh\necho tiny $1\n", "lib/libc/include/one.h": "#define ONE 1\n", "__init__.py": ""}
"""A zig as small as one can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelIndex:
    """One index. `environ` is what a user of it has set."""

    folder: Path

    @property
    def environ(self) -> dict[str, str]:
        """The settings that make pip use it, and nothing else."""
        return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.folder), "PIP_CONFIG_FILE": "/dev/null"}

    def publish_zig(self, version: str, host: str, files: Mapping[str, str] = ZIG) -> Path:
        """Publish a zig for a host: `files` by path in the folder `ziglang`."""
        return self.publish(version, host, {f"ziglang/{name}": content for name, content in files.items()})

    def publish(self, version: str, host: str, files: Mapping[str, str]) -> Path:
        """Publish a wheel `ziglang` of `files` and what every wheel has. The file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        info = f"ziglang-{version}.dist-info"
        every = {
            **files,
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: ziglang\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: false\n"
            + "".join(f"Tag: py3-none-{tag}\n" for tag in TAGS[host].split(".")),
        }
        every[f"{info}/RECORD"] = "".join(f"{name},{_recorded(text)}\n" for name, text in every.items())
        path = self.folder / f"ziglang-{version}-py3-none-{TAGS[host]}.whl"
        with zipfile.ZipFile(path, "w") as bundle:
            for name, content in every.items():
                bundle.writestr(zipfile.ZipInfo(name), content)
        return path


def _recorded(text: str) -> str:
    digest = base64.urlsafe_b64encode(sha256(text.encode()).digest()).rstrip(b"=").decode()
    return f"sha256={digest},{len(text.encode())}"
