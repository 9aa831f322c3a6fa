"""`buildspec.yaml` as it is written: its types, shapes, and words for editors. Nothing is filled in yet.

Importing this imports pydantic: do so inside the function that reads. A `default` here is for editors;
`resolve` gives it, and a test holds the two equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import ConfigDict, Discriminator, Field, Tag
from pydantic.fields import FieldInfo

from lambdabuild.model.spec import Cgo, Executor, Layout
from lambdabuild.spec import shapes

Host: TypeAlias = Literal[
    "linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"
]
ArchitectureName: TypeAlias = Literal["arm64", "amd64", "x86_64"]

_STRICT: Final = ConfigDict(extra="forbid", strict=True)
_ONLY_THESE: Final = {"additionalProperties": False}


def _said(description: str, *, default: object = None, examples: list[Any] | None = None) -> FieldInfo:
    extra: dict[str, Any] = {} if default is None else {"default": default}
    field: FieldInfo = Field(description=description, examples=examples, json_schema_extra=extra)
    return field


def _kind(value: object) -> str | None:
    match value:
        case str():
            return "<text>"
        case dict():
            return "<map>"
    return None


Text: TypeAlias = Annotated[str, Field(pattern=shapes.TEXT)]
Value: TypeAlias = Annotated[str, Field(pattern=shapes.VALUE)]
Name: TypeAlias = Annotated[str, Field(pattern=shapes.NAME)]
Version: TypeAlias = Annotated[str, Field(pattern=shapes.VERSION)]
Architectures: TypeAlias = Annotated[
    tuple[ArchitectureName, ...], Field(min_length=1, json_schema_extra={"uniqueItems": True})
]
BuildImage: TypeAlias = Annotated[
    Annotated[Name, Tag("<text>")] | Annotated[Mapping[ArchitectureName, Name], Field(min_length=1), Tag("<map>")],
    Discriminator(_kind),
]
Environment: TypeAlias = Annotated[
    Mapping[Annotated[str, Field(pattern=shapes.VARIABLE)], Value], Field(json_schema_extra=_ONLY_THESE)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncludeDocument:
    """Files for the zip under another name or with other permissions."""

    __pydantic_config__ = _STRICT

    source: Annotated[
        Text, _said("Path or pattern, relative to the project; `**` crosses folders. dist/ and .git are left out.")
    ]
    target: Annotated[
        Text | None,
        _said("Name in the zip: a file, or a folder where it ends in `/` or `source` is a pattern."),
    ] = None
    mode: Annotated[
        Annotated[str, Field(pattern=shapes.MODE)] | None,
        _said("Permission bits, octal, in quotes.", default="0644", examples=["0755"]),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowDocument:
    """A finding of `lambdabuild check` that is accepted."""

    __pydantic_config__ = _STRICT

    rule: Annotated[str, Field(pattern=shapes.RULE), _said("The rule's id.", examples=["LB101"])]
    reason: Annotated[Text, _said("Why it is fine here.")]


Include: TypeAlias = Annotated[
    Annotated[Text, Tag("<text>")] | Annotated[IncludeDocument, Tag("<map>")], Discriminator(_kind)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionDocument:
    """One function, or what all have in common.

    A field of a function replaces that of `defaults`, lists whole; only `env` is merged name by name.
    """

    __pydantic_config__ = _STRICT

    package: Annotated[
        Text | None, _said("Folder of the main package, relative to the project.", examples=["./cmd/orders"])
    ] = None
    module: Annotated[
        Text | None,
        _said("Folder of go.mod, relative to the project; found upwards from `package` if absent."),
    ] = None
    runtime: Annotated[
        Name | None, _said("The runtime that it is for: a name in `images`.", examples=["provided.al2023"])
    ] = None
    architectures: Annotated[
        Architectures | None, _said("CPUs to build for; x86_64 is accepted for amd64.", examples=[["arm64"]])
    ] = None
    go: Annotated[Version | None, _said("Exact version of Go, in quotes.", examples=["1.26.8"])] = None
    executor: Annotated[Executor | None, _said("Where the compiler runs.", default="host")] = None
    build_image: Annotated[
        BuildImage | None,
        _said("Image to compile in: a name in `images`, or one for each architecture. The runtime's if absent."),
    ] = None
    cgo: Annotated[
        Cgo | None,
        _said(
            "C and C++: `off`, with the locked `zig`, or with the compiler of the build `image`.",
            default="off",
        ),
    ] = None
    tags: Annotated[
        tuple[Annotated[str, Field(pattern=shapes.TAG)], ...] | None,
        _said(
            "Build tags. Where `floor` has go1.x, `lambda.norpc` is left out on amd64.",
            default=[],
            examples=[["lambda.norpc"]],
        ),
    ] = None
    ldflags: Annotated[
        tuple[Text, ...] | None,
        _said(
            "Flags for the linker, after ours. `${name}` stands for a variable.",
            default=[],
            examples=[["-X main.version=${version}"]],
        ),
    ] = None
    gcflags: Annotated[
        tuple[Text, ...] | None, _said("Flags for the compiler.", default=[], examples=[["all=-N -l"]])
    ] = None
    goamd64: Annotated[
        Annotated[str, Field(pattern=shapes.GOAMD64)] | None,
        _said("Level of the amd64 instruction set.", default="v1"),
    ] = None
    goarm64: Annotated[
        Annotated[str, Field(pattern=shapes.GOARM64)] | None,
        _said("Version of the arm64 instruction set.", default="v8.0", examples=["v8.2,lse,crypto"]),
    ] = None
    goexperiment: Annotated[
        Annotated[str, Field(pattern=shapes.GOEXPERIMENT)] | None,
        _said("Experiments of the toolchain, comma-separated.", examples=["jsonv2"]),
    ] = None
    gofips140: Annotated[
        Annotated[str, Field(pattern=shapes.GOFIPS140)] | None,
        _said("The FIPS 140-3 module to build with.", default="off", examples=["latest", "v1.0.0"]),
    ] = None
    strip: Annotated[bool | None, _said("Leave out symbol table and debug information.", default=True)] = None
    env: Annotated[
        Environment | None,
        _said(
            "Variables for cgo. Merged over those of `defaults`.",
            default={},
            examples=[{"CGO_CFLAGS": "-O2"}],
        ),
    ] = None
    include: Annotated[tuple[Include, ...] | None, _said("Files for the zip, beside the binary.", default=[])] = None
    layout: Annotated[
        Layout | None,
        _said(
            "One binary; both binaries and a dispatcher; or `extensions/<function>` of a layer.",
            default="single",
        ),
    ] = None
    handler: Annotated[
        Annotated[str, Field(pattern=shapes.FILE_NAME)] | None,
        _said("File name of the binary in a forward-compatible zip; the function's name if absent."),
    ] = None
    extra_needed: Annotated[
        tuple[Text, ...] | None,
        _said("Libraries that are opened with dlopen.", default=[], examples=[["libvips.so.42"]]),
    ] = None
    floor: Annotated[
        tuple[Name, ...] | None,
        _said(
            "Older runtimes that must work too: names in `images`; go1.x needs no image where the program is static.",
            default=[],
        ),
    ] = None
    allow: Annotated[
        tuple[AllowDocument, ...] | None, _said("Findings that are accepted, each with a reason.", default=[])
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecDocument:
    """What lambdabuild builds: Go functions for AWS Lambda, and every image and tool that they need."""

    __pydantic_config__ = _STRICT

    version: Annotated[Literal[1], _said("Version of this format.")]
    go: Annotated[Version, _said("Exact version of Go, in quotes.", examples=["1.26.8"])]
    zig: Annotated[Version | None, _said("Exact version of zig, for `cgo: zig`.", examples=["0.17.1"])] = None
    runtime: Annotated[Name | None, _said("The runtime of every function: a name in `images`.")] = None
    architectures: Annotated[Architectures | None, _said("The CPUs of every function.")] = None
    hosts: Annotated[
        Annotated[tuple[Host, ...], Field(json_schema_extra={"uniqueItems": True})] | None,
        _said(
            "Platforms that compile, whose toolchains are locked; linux/amd64 always is.",
            default=["linux/amd64", "linux/arm64", "darwin/arm64"],
        ),
    ] = None
    variables: Annotated[
        Annotated[
            Mapping[Annotated[str, Field(pattern=shapes.VARIABLE)], Value],
            Field(json_schema_extra=_ONLY_THESE),
        ]
        | None,
        _said("Words for `${name}` in `ldflags`, and their defaults; `build --set name=value` sets them."),
    ] = None
    images: Annotated[
        Mapping[Name, Text],
        Field(min_length=1, json_schema_extra=_ONLY_THESE),
        _said(
            "Every image that a build may touch, by a name of yours: `registry/name:tag`, or pinned by digest.",
            examples=[{"provided.al2023": "public.ecr.aws/lambda/provided:al2023"}],
        ),
    ]
    vendor: Annotated[
        Text | None,
        _said(
            "Folder of copies that locked images are read from, and from nowhere else: `lock --vendor` writes it.",
            examples=["third_party/images"],
        ),
    ] = None
    mirror: Annotated[
        Text | None,
        _said(
            "Registry, or a part of one, that locked images are read from first: `lock --mirror` writes to it.",
            examples=["registry.example.com/mirror"],
        ),
    ] = None
    defaults: Annotated[FunctionDocument | None, _said("Anything that a function may say, for all of them.")] = None
    functions: Annotated[
        Mapping[Name, FunctionDocument],
        Field(min_length=1, json_schema_extra=_ONLY_THESE),
        _said("The Lambda functions, by name."),
    ]
