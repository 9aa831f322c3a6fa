"""An action and its digest, as the Remote Execution API defines them.

Source: remote_execution.proto of bazelbuild/remote-apis (v2): Action, Command (variables sorted by name, output paths
relative to the working directory), Directory.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath

from lambdabuild.io import merkle, reapi_pb2
from lambdabuild.model.plan import BuildImage, Command, Digest, InputFile, Inputs, InputTree
from lambdabuild.model.reference import ImageReference

OUTPUT = "lambdabuild.out"
"""The binary, in the working directory: no Go file and no folder has this name."""

_TOOLCHAIN = PurePosixPath("go")
_ZIG = PurePosixPath("zig")
_LAUNCHER = PurePosixPath("launch")

# go insists on absolute paths, which only the machine that runs the action knows.
_PLACES = b"""#!/bin/sh
set -eu
here=$PWD
cd "${0%/*}"
root=$PWD
cd "$here"
export GOROOT="$root/go" GOMODCACHE="$root/mod" GOCACHE="$root/cache/go" GOPATH="$root/cache/gopath"
export TMPDIR="${TMPDIR:-/tmp}"
"""
_COMPILERS = b"""\
export CC="'$root/zig/zig' cc $ZIG_FLAGS" CXX="'$root/zig/zig' c++ $ZIG_FLAGS"
export ZIG_GLOBAL_CACHE_DIR="$root/cache/zig" ZIG_LOCAL_CACHE_DIR="$root/cache/zig"
"""
# In a container the input root is always at one place, and this is what C then says of it as well.
_MAPPED = b"""\
map=-ffile-prefix-map=$root=/lambdabuild
export CGO_CFLAGS="${CGO_CFLAGS:--g -O2} $map" CGO_CXXFLAGS="${CGO_CXXFLAGS:--g -O2} $map"
"""
_START = b"""\
exec "$root/go/bin/go" "$@"
"""


def command(
    *,
    package: str,
    flags: tuple[str, ...],
    env: Mapping[str, str],
    folder: PurePosixPath,
    image: BuildImage | None,
) -> Command:
    """The command that builds `package` from `folder`, a path in the input tree."""
    launcher = "/".join([".."] * len(folder.parts) + [str(_LAUNCHER)])
    return Command(
        argv=("/bin/sh", launcher, "build", *flags, "-o", OUTPUT, package),
        env=dict(sorted(env.items())),
        working_directory=folder,
        outputs=(OUTPUT,),
        properties={} if image is None else {"container-image": f"docker://{_untagged(image.pin)}"},
    )


def inputs(
    files: list[InputFile],
    trees: list[InputTree],
    *,
    toolchain: Digest,
    zig: Digest | None = None,
    gcc: bool = False,
) -> Inputs:
    """The input root: what was found, the locked toolchain, the locked zig where there is C for it, the launcher.

    `gcc`: a compiler of the image compiles C.
    """
    script = _PLACES + (_COMPILERS if zig else b"") + (_MAPPED if gcc else b"") + _START
    launcher = InputFile(path=_LAUNCHER, digest=merkle.digest_of(script), executable=True, content=script)
    every_file = tuple(sorted([*files, launcher], key=lambda file: file.path.parts))
    locked = {_TOOLCHAIN: toolchain, **({_ZIG: zig} if zig else {})}
    every_tree = tuple(
        sorted(
            [*trees, *(InputTree(path=path, digest=digest, source=None) for path, digest in locked.items())],
            key=lambda tree: tree.path.parts,
        )
    )
    return Inputs(root=merkle.root_of(every_file, every_tree), files=every_file, trees=every_tree)


def action_digest(what: Command, root: Digest) -> Digest:
    """The digest of the Action message. It is the key everywhere: on disk, over HTTP, over gRPC, on a cluster."""
    return merkle.digest_of_message(action_message(what, root))


def action_message(what: Command, root: Digest) -> reapi_pb2.Action:
    """The Action message of a command on an input root."""
    return reapi_pb2.Action(
        command_digest=merkle.wire(merkle.digest_of_message(command_message(what))),
        input_root_digest=merkle.wire(root),
        platform=_platform(what),
    )


def command_message(what: Command) -> reapi_pb2.Command:
    """The Command message of a command."""
    return reapi_pb2.Command(
        arguments=what.argv,
        environment_variables=[
            reapi_pb2.EnvironmentVariable(name=name, value=value) for name, value in sorted(what.env.items())
        ],
        platform=_platform(what),
        working_directory=str(what.working_directory),
        output_paths=sorted(what.outputs),
    )


def _untagged(pin: str) -> str:
    """`name@sha256:…`: what a name means is up to the digest alone, and some workers refuse both."""
    reference = ImageReference.parse(pin)
    return f"{reference.name}@{reference.digest}"


def _platform(what: Command) -> reapi_pb2.Platform | None:
    if not what.properties:
        return None
    return reapi_pb2.Platform(
        properties=[reapi_pb2.Property(name=name, value=value) for name, value in sorted(what.properties.items())]
    )
