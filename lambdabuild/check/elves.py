"""Judges ELF files by themselves: what each is for, and what it was built with."""

import re
from collections.abc import Iterator
from typing import Final

from lambdabuild.check.buildinfo import BuildInfo
from lambdabuild.check.facts import FileFacts
from lambdabuild.check.subject import Subject
from lambdabuild.check.verdict import Verdict
from lambdabuild.model.elf import DamagedElf, ElfFacts
from lambdabuild.model.spec import NO_RPC

GRAVITON2 = (8, 2)
"""Lambda's arm64 is Graviton2, Neoverse N1, which is Armv8.2-A."""

NOT_STATIC: Final = frozenset(["LB301", "LB302", "LB303"])
"""What a static build that is not static is found by; two of them name `Subject.cgo_packages`."""

FIRST_WITH_RUNTIME_API = (1, 18, 0)
"""aws-lambda-go's release notes: support for provided runtimes (aws/aws-lambda-go#298)."""

_SDK = "github.com/aws/aws-lambda-go"
_ABIS = {0: "linux", 2: "netbsd", 3: "linux", 6: "solaris", 7: "aix", 9: "freebsd", 12: "openbsd"}
_READ = 0o004
_VERSION = re.compile(r"v(\d{1,9})\.(\d{1,9})")
_RELEASE = re.compile(r"v(\d{1,9})\.(\d{1,9})\.(\d{1,9})")
_ISA_V3, _ISA_V4 = 4, 8
_OPENS_PLUGINS = frozenset(["dlmopen", "dlopen"])


def started_elf(subject: Subject, file: FileFacts, elf: ElfFacts) -> Iterator[Verdict]:
    """Judge a file that Lambda starts by the first that is wrong; what follows from it is not said again."""
    system = _system(elf, file.build)
    if system != "linux":
        yield Verdict(rule="LB207", file=file.name, details={"system": system})
    elif elf.architecture is not subject.architecture:
        details = {"found": _machine(elf), "wanted": subject.architecture}
        yield Verdict(rule="LB202", file=file.name, details=details)
    elif not elf.program:
        yield Verdict(rule="LB206", file=file.name, details={"type": elf.type})
    elif isinstance(file.linkage, DamagedElf):
        yield Verdict(rule="LB204", file=file.name, details={"reason": file.linkage.reason})
    else:
        if subject.static and file.name in subject.mains and not elf.static:
            yield _not_static(subject, file, elf)
        yield from _needs_glibc(subject, file, elf)
        yield from _cpu(file, started=True)
        yield from _sdk(subject, file)
        yield from marks(file, carried=False)


def carried_elf(subject: Subject, file: FileFacts, elf: ElfFacts) -> Iterator[Verdict]:
    """Judge a file that may never be loaded."""
    system = _system(elf, file.build)
    if system == "linux" and elf.architecture in subject.cpus and elf.architecture is not subject.architecture:
        return  # it is judged there
    if system != "linux" or elf.architecture is not subject.architecture:
        cpus = subject.cpus or (subject.architecture,)
        details = {"found": f"{system}/{_machine(elf)}", "wanted": " and ".join(one.platform for one in cpus)}
        yield Verdict(rule="LB203", file=file.name, details=details)
        return
    if isinstance(file.linkage, DamagedElf):
        yield Verdict(rule="LB205", file=file.name, details={"reason": file.linkage.reason})
        return
    if elf.program and file.mode & _READ and not file.mode & 0o001:
        yield Verdict(rule="LB105", file=file.name, details={"mode": f"{file.mode:04o}"})
    yield from _cpu(file, started=False)


def marks(file: FileFacts, *, carried: bool) -> Iterator[Verdict]:
    """What a file asks of the loader and of the CPU by marks of its own."""
    elf = file.elf
    if not isinstance(elf, ElfFacts) or not elf.loadable:
        return
    if elf.executable_stack:
        yield Verdict(rule="LB322", file=file.name, carried=carried)
    if elf.dynamic is not None and elf.dynamic.text_relocations:
        yield Verdict(rule="LB323", file=file.name, carried=carried)
    if elf.isa_needed & _ISA_V4:
        yield Verdict(rule="LB406", file=file.name, carried=carried)
    elif elf.isa_needed & _ISA_V3:
        yield Verdict(rule="LB405", file=file.name, carried=carried)


def _not_static(subject: Subject, file: FileFacts, elf: ElfFacts) -> Verdict:
    settings = file.build.settings if file.build else {}
    details = {
        "interpreter": elf.interpreter or "",
        "needed": ", ".join(elf.needed),
        "packages": ", ".join(subject.cgo_packages),
    }
    if settings.get("CGO_ENABLED", "1" if subject.cgo_packages else "0") == "1":
        return Verdict(rule="LB301", file=file.name, details=details)
    if settings.get("-buildmode") == "pie":
        return Verdict(rule="LB302", file=file.name, details=details)
    return Verdict(rule="LB303", file=file.name, details=details)


def _needs_glibc(subject: Subject, file: FileFacts, elf: ElfFacts) -> Iterator[Verdict]:
    """Whether a static program loads libraries: by what it holds, and by what the linker said of it."""
    warned = subject.shared_at_runtime if file.name in subject.mains and elf.static else ()
    if file.static_nss or warned:
        does = "looks up hosts or users by it" if file.static_nss else "loads shared libraries all the same"
        details = {"does": does, "symbols": ", ".join(f"`{name}`" for name in warned)}
        plugins_alone = not file.static_nss and _OPENS_PLUGINS.issuperset(warned)
        yield Verdict(rule="LB324", file=file.name, details=details, carried=plugins_alone)


def _sdk(subject: Subject, file: FileFacts) -> Iterator[Verdict]:
    """How aws-lambda-go, where it is linked in, was built. Pseudo-versions are of no release, and pass."""
    version = file.build.modules.get(_SDK) if file.build else None
    if version is None or file.build is None:
        return
    without_rpc = NO_RPC in file.build.settings.get("-tags", "").strip('"').split(",")
    if subject.rpc and without_rpc:
        yield Verdict(rule="LB604", file=file.name)
    if not subject.runtime.startswith("provided"):
        return
    release = _RELEASE.fullmatch(version)
    if release is not None and tuple(map(int, release.groups())) < FIRST_WITH_RUNTIME_API:
        yield Verdict(rule="LB602", file=file.name, details={"version": version, "runtime": subject.runtime})
    elif not subject.rpc and not without_rpc:
        yield Verdict(rule="LB603", file=file.name)


def _system(elf: ElfFacts, build: BuildInfo | None) -> str:
    """Go's name of the operating system. EI_OSABI is 0 for many of them, so build info goes first."""
    said = build.settings.get("GOOS") if build else None
    return said or _ABIS.get(elf.abi, f"EI_OSABI {elf.abi}")


def _machine(elf: ElfFacts) -> str:
    if elf.architecture is not None:
        return elf.architecture
    order = "" if elf.little else ", big-endian"
    return f"{elf.machine.removeprefix('EM_')} ({elf.bits}-bit{order})"


def _cpu(file: FileFacts, *, started: bool) -> Iterator[Verdict]:
    """Judge only what the build info says: instructions themselves are not looked at."""
    settings = file.build.settings if file.build else {}
    amd64, arm64 = settings.get("GOAMD64", ""), settings.get("GOARM64", "")
    version = _VERSION.match(arm64)
    if amd64 == "v3":
        yield Verdict(rule="LB401", file=file.name)
    if amd64 == "v4":
        yield Verdict(rule="LB402" if started else "LB404", file=file.name, details={"level": "GOAMD64=v4"})
    if version is not None and (int(version[1]), int(version[2])) > GRAVITON2:
        level = {"level": f"GOARM64={arm64}"}
        yield Verdict(rule="LB403" if started else "LB404", file=file.name, details=level)
