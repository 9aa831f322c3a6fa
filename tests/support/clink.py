"""C programs and libraries that are linked against one thing and may meet another."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from lambdabuild.model.platform import Architecture
from tests.support.elf import run
from tests.support.gates import require

_PREFIX = {Architecture.AMD64: "", Architecture.ARM64: "aarch64-linux-gnu-"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiler:
    """This machine's gcc and g++ for one CPU; what they make lies in `folder`."""

    folder: Path
    architecture: Architecture = Architecture.AMD64

    def program(self, source: str, *flags: str, name: str = "program", language: str = "c") -> Path:
        """A program, linked against the libraries among the flags."""
        return self._made(source, flags, name, language)

    def library(self, soname: str, source: str, *flags: str, nodes: str = "", folder: str = "lib") -> Path:
        """A library; `nodes` is a version script."""
        script = self.folder / folder / f"{soname}.map"
        if nodes:
            script.parent.mkdir(parents=True, exist_ok=True)
            script.write_text(nodes)
        versions = (f"-Wl,--version-script={script}",) if nodes else ()
        shared = ("-shared", "-fPIC", f"-Wl,-soname,{soname}")
        return self._made(source, (*shared, *versions, *flags), f"{folder}/{soname}", "c")

    def own(self, soname: str) -> Path:
        """A library of this machine, as its gcc finds it."""
        argv = [require(f"{_PREFIX[self.architecture]}gcc"), f"-print-file-name={soname}"]
        return Path(subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()).resolve()

    def _made(self, source: str, flags: tuple[str, ...], name: str, language: str) -> Path:
        compiler = require(f"{_PREFIX[self.architecture]}{'g++' if language == 'c++' else 'gcc'}")
        out = self.folder / name
        out.parent.mkdir(parents=True, exist_ok=True)
        code = out.with_name(f"{out.name}.{'cc' if language == 'c++' else 'c'}")
        code.write_text(source)
        run([compiler, "-O1", "-o", str(out), str(code), *flags], self.folder, {"PATH": "/usr/bin:/bin"})
        return out
