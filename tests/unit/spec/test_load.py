"""A good spec, filled in; and what is said where there is none, or another's."""

import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from lambdabuild.errors import SpecError, UsageError
from lambdabuild.model.platform import Architecture
from lambdabuild.model.reference import Mirror
from lambdabuild.model.spec import Allow, Function, Include, Spec
from lambdabuild.spec import load
from tests.support.spec import FUNCTION, TOP

AMD64, ARM64 = Architecture.AMD64, Architecture.ARM64

WHOLE = """\
version: 1
go: "1.26.8"                       # exact; its hashes are in images.lock
zig: "0.17.1"                      # only where cgo: zig is used
runtime: provided.al2023           # default of every function
architectures: [arm64, amd64]      # x86_64 is accepted for amd64

images:                            # every image that a build may touch, by name
  provided.al2023: public.ecr.aws/lambda/provided:al2023
  provided.al2: public.ecr.aws/lambda/provided:al2
  gcc: public.ecr.aws/sam/build-provided.al2023:1.150.0

defaults:                          # anything that a function may say
  executor: host                   # host | docker | remote
  cgo: off                         # off | zig | image
  tags: [lambda.norpc]

functions:
  orders:
    package: ./cmd/orders
  thumbnails:
    package: ./cmd/thumbnails
    cgo: zig
    include:
      - templates/**/*.html
      - {source: config/prod.yaml, target: config.yaml, mode: "0644"}
  audio:
    package: ./cmd/audio
    cgo: image
    build_image: gcc
    executor: docker
  legacy:                          # both binaries and a dispatcher
    package: ./cmd/legacy
    layout: forward-compatible
"""

ORDERS = Function(
    name="orders",
    package="./cmd/orders",
    module=None,
    runtime="al2023",
    architectures=(ARM64,),
    go="1.26.8",
    executor="host",
    build_image={ARM64: "al2023"},
    cgo="off",
    tags=(),
    ldflags=(),
    gcflags=(),
    goamd64="v1",
    goarm64="v8.0",
    goexperiment="",
    gofips140="off",
    strip=True,
    env={},
    include=(),
    layout="single",
    handler=None,
    extra_needed=(),
    floor=(),
    allow=(),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "buildspec.yaml"


def read(file: Path, text: str | bytes, **variables: str) -> Spec:
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(file, variables=variables)


def refusal(file: Path, text: str | bytes, **variables: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        read(file, text, **variables)
    assert caught.value.exit_code == 2
    return caught.value


def test_what_is_not_said_has_its_default(file: Path) -> None:
    assert read(file, FUNCTION) == Spec(
        file=file,
        go="1.26.8",
        zig=None,
        images={"al2023": "public.ecr.aws/lambda/provided:al2023"},
        hosts=("linux/amd64", "linux/arm64", "darwin/arm64"),
        variables={},
        functions={"orders": ORDERS},
        vendor=None,
        mirror=None,
    )


def test_where_copies_are_is_read(file: Path) -> None:
    spec = read(file, FUNCTION + "vendor: ./third_party/my images/\nmirror: localhost:5000\n")

    assert spec.vendor_folder == file.parent / "third_party" / "my images"
    assert spec.mirror == Mirror(prefix="localhost:5000")


def test_the_whole_example_is_read(file: Path) -> None:
    spec = read(file, WHOLE)
    orders, thumbnails, audio, legacy = spec.functions.values()

    assert (spec.go, spec.zig, spec.project) == ("1.26.8", "0.17.1", file.parent)
    assert orders.architectures == (ARM64, AMD64)
    assert {each.tags for each in spec.functions.values()} == {("lambda.norpc",)}
    assert thumbnails.include == (
        Include(source="templates/**/*.html"),
        Include(source="config/prod.yaml", target="config.yaml", mode=0o644),
    )
    assert (audio.cgo, audio.executor) == ("image", "docker")
    assert audio.build_image == {ARM64: "gcc", AMD64: "gcc"}
    assert legacy.build_image == {ARM64: "provided.al2023", AMD64: "provided.al2023"}
    assert (legacy.layout, legacy.handler) == ("forward-compatible", "legacy")


def test_every_field_of_a_function_is_read(file: Path) -> None:
    text = f"""{TOP}hosts: [windows/arm64]
functions:
  all:
    package: ./a/./b/
    module: a/
    runtime: al2023
    architectures: [x86_64, arm64]
    go: "1.21.0"
    executor: remote
    build_image: {{x86_64: al2023, arm64: al2023}}
    cgo: image
    tags: [a.b, c_d]
    ldflags: [-s -w, "-X 'main.name=a b'"]
    gcflags: ["all=-N -l"]
    goamd64: v2
    goarm64: v8.2,crypto,lse
    goexperiment: jsonv2,nosynchashtriemap
    gofips140: v1.0.0
    strip: false
    env: {{CC: clang, CGO_LDFLAGS_ALLOW: "-Wl,.*"}}
    include: [{{source: a, target: ./b/}}]
    layout: forward-compatible
    handler: main
    extra_needed: [libvips.so.42]
    floor: [al2023]
    allow: [{{rule: LB101, reason: it is opened by hand}}]
"""
    spec = read(file, text)

    assert spec.hosts == ("linux/amd64", "windows/arm64")
    assert spec.functions["all"] == Function(
        name="all",
        package="./a/b",
        module=PurePosixPath("a"),
        runtime="al2023",
        architectures=(AMD64, ARM64),
        go="1.21.0",
        executor="remote",
        build_image={AMD64: "al2023", ARM64: "al2023"},
        cgo="image",
        tags=("a.b", "c_d"),
        ldflags=("-s", "-w", "-X", "'main.name=a b'"),
        gcflags=("all=-N -l",),
        goamd64="v2",
        goarm64="v8.2,crypto,lse",
        goexperiment="jsonv2,nosynchashtriemap",
        gofips140="v1.0.0",
        strip=False,
        env={"CC": "clang", "CGO_LDFLAGS_ALLOW": "-Wl,.*"},
        include=(Include(source="a", target="b/"),),
        layout="forward-compatible",
        handler="main",
        extra_needed=("libvips.so.42",),
        floor=("al2023",),
        allow=(Allow(rule="LB101", reason="it is opened by hand"),),
    )


def test_the_nearest_value_counts_and_env_is_merged(file: Path) -> None:
    text = f"""{TOP}defaults:
  architectures: [amd64]
  tags: [a]
  env: {{CGO_CFLAGS: -O1, CGO_LDFLAGS: -lm}}
functions:
  near: {{package: ., architectures: [arm64], tags: [b], env: {{CGO_CFLAGS: -O2}}}}
  far: {{package: .}}
"""
    near, far = read(file, text).functions.values()

    assert (near.architectures, near.tags) == ((ARM64,), ("b",))
    assert near.env == {"CGO_CFLAGS": "-O2", "CGO_LDFLAGS": "-lm"}
    assert (far.architectures, far.tags) == ((AMD64,), ("a",))
    assert far.env == {"CGO_CFLAGS": "-O1", "CGO_LDFLAGS": "-lm"}


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_checkout_on_windows_is_fine(file: Path, ending: str) -> None:
    text = FUNCTION.replace("\n", ending).encode("utf-8-sig")

    assert read(file, text).functions == {"orders": ORDERS}


VARIABLES = FUNCTION + '    ldflags: ["-X main.version=${version} -X main.rest=$rest"]\nvariables: {version: dev}\n'


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (None, "main.version=dev"),
        ("1.2.3", "main.version=1.2.3"),
        ("", "main.version="),
        ("1 -o x", "'main.version=1 -o x'"),
        ("it's", '"main.version=it\'s"'),
        ("${version}", "main.version=${version}"),
    ],
)
def test_a_variable_is_part_of_one_flag_whatever_its_value(file: Path, given: str | None, word: str) -> None:
    spec = read(file, VARIABLES, **({} if given is None else {"version": given}))

    assert spec.functions["orders"].ldflags == ("-X", word, "-X", "main.rest=$rest")
    assert spec.variables == {"version": "dev" if given is None else given}


def test_a_variable_that_the_spec_does_not_have_cannot_be_set(file: Path) -> None:
    error = refusal(file, VARIABLES, versoin="1")

    assert error.message == f"`--set versoin=…`: `{file}` has no variable `versoin`"
    assert error.hint == "did you mean `version`?"
    assert refusal(file, VARIABLES, stage="1").hint == "known variables: `version`"
    assert refusal(file, FUNCTION, stage="1").hint == "add `variables: {stage: …}` with its default"


@pytest.mark.parametrize("value", ["a\nb", "\0", "\udcff"])
def test_a_value_is_one_line_of_text(file: Path, value: str) -> None:
    error = refusal(file, VARIABLES, version=value)

    assert error.message == "`--set version=…`: the value is not one line of text"
    assert error.hint == "leave out line breaks, control characters and bytes that are not UTF-8"


def test_several_problems_are_told_in_the_order_of_the_file(file: Path) -> None:
    error = refusal(
        file, FUNCTION + "    tags: a\n    strip: 1\n    go: 1.26\n    env: 1\n    allow: 1\n    floor: 1\n"
    )

    first, *_, last = error.message.splitlines()
    assert first == f"`{file}:9:11`: `functions.orders.tags` is `a`, expected a list (write `tags: [a]`)"
    assert last == "and 1 more"
    assert error.message.count("\n") == 5
    assert error.hint is None


def test_what_all_functions_inherit_is_told_once(file: Path) -> None:
    text = f"{TOP}defaults: {{cgo: image}}\nfunctions: {{a: {{package: .}}, b: {{package: .}}}}\n"

    error = refusal(file, text)

    assert error.message == f"`{file}:6:17`: `defaults.cgo` is `image`, but the executor of `a` is `host`"


def test_a_misspelt_key_is_not_also_missing(file: Path) -> None:
    error = refusal(file, TOP + "functoins: {a: {package: .}}\n")

    assert error.message == f"`{file}:6:1`: `functoins` is not a known key"
    assert error.hint == "did you mean `functions`?"


def test_of_a_later_version_nothing_else_is_said(file: Path) -> None:
    assert refusal(file, "version: 2\nactions: []\n").message == (
        f"`{file}:1:10`: `version` is the number `2`, expected the number `1`"
    )


@pytest.mark.parametrize("text", ["", "# later\n", "---\n"])
def test_an_empty_file_is_told_how_to_begin(file: Path, text: str) -> None:
    error = refusal(file, text)

    assert error.message == f"`{file}` is empty"
    assert error.hint == "begin with `version: 1`; `lambdabuild schema` prints what may be in it"


def test_a_file_of_codebuild_is_told_apart(file: Path) -> None:
    error = refusal(file, "version: 0.2\nphases:\n  build:\n    commands: [make]\n")

    assert error.message == f"`{file}` is a buildspec of AWS CodeBuild: it has `phases`"
    assert error.hint == "keep it for CodeBuild, write ours to another file, name it with `--file`"


def test_a_file_that_is_not_there_is_told_what_may_be_in_it(file: Path) -> None:
    with pytest.raises(SpecError) as caught:
        load(file)

    assert caught.value.message == f"`{file}` does not exist"
    assert caught.value.hint == "run `lambdabuild init`, which writes one for what is here"


def test_a_file_with_the_other_suffix_is_found(file: Path) -> None:
    other = file.with_suffix(".yml")
    other.write_text(FUNCTION)

    with pytest.raises(SpecError) as caught:
        load(file)

    assert caught.value.hint == f"there is `{other}`: name it with `--file {other}`"


def test_a_folder_is_not_a_spec(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        load(tmp_path)

    assert caught.value.message == f"`{tmp_path}` cannot be read: Is a directory"
    assert caught.value.hint == "name the file with `--file`"


def test_nothing_heavy_is_imported_before_a_file_is_read() -> None:
    code = "import sys, lambdabuild.spec; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "lambdabuild.spec.load" in done.stdout.split()
    assert {"yaml", "pydantic", "pydantic_core"}.isdisjoint(done.stdout.split())
