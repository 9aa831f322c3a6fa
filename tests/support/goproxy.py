"""A Go module proxy in a folder: modules that tests publish, fetched by the real go client.

Source of the layout: https://go.dev/ref/mod#goproxy-protocol; of the zip: https://go.dev/ref/mod#zip-files.
"""

import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleProxy:
    """One proxy. `environ` is what a user of it has set."""

    folder: Path

    @property
    def environ(self) -> dict[str, str]:
        """The settings that make go use it, and nothing else."""
        return {"GOPROXY": self.folder.as_uri(), "GOSUMDB": "off", "GOFLAGS": ""}

    def publish(self, path: str, version: str, files: Mapping[str, str]) -> None:
        """Publish a module; `files` has its go.mod."""
        home = self.folder / re.sub("[A-Z]", lambda match: f"!{match[0].lower()}", path) / "@v"
        home.mkdir(parents=True, exist_ok=True)
        (home / f"{version}.info").write_text(json.dumps({"Version": version}))
        (home / f"{version}.mod").write_text(files["go.mod"])
        with zipfile.ZipFile(home / f"{version}.zip", "w") as bundle:
            for name, content in files.items():
                bundle.writestr(f"{path}@{version}/{name}", content)
        with (home / "list").open("a") as versions:
            versions.write(version + "\n")

    def publish_toolchain(self, version: str, host: str, files: Mapping[str, str]) -> None:
        """Publish a Go for a host, as small as one can be."""
        files = {"go.mod": "module golang.org/toolchain\n", **files}
        self.publish("golang.org/toolchain", f"v0.0.1-go{version}.{host.replace('/', '-')}", files)
