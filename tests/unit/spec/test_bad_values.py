"""Values that are not of their type or shape: the place, what was expected, what to write."""

from pathlib import Path

import pytest

from tests.support.spec import FUNCTION, TOP, Bad, expect

KEYS = (
    "`version`, `go`, `zig`, `runtime`, `architectures`, `hosts`, `variables`, `images`, `vendor`, `mirror`, "
    "`defaults`, `functions`"
)

FUNCTION_KEYS = (
    "`package`, `module`, `runtime`, `architectures`, `go`, `executor`, `build_image`, `cgo`, `tags`, `ldflags`, "
    "`gcflags`, `goamd64`, `goarm64`, `goexperiment`, `gofips140`, `strip`, `env`, `include`, `layout`, `handler`, "
    "`extra_needed`, `floor`, `allow`"
)

TABLE = [
    Bad(
        FUNCTION + "    archs: [arm64]\n",
        "9:5",
        "`functions.orders.archs` is not a known key",
        "did you mean `architectures`?",
    ),
    Bad(
        FUNCTION + "    fubar: 1\n",
        "9:5",
        "`functions.orders.fubar` is not a known key",
        f"known keys: {FUNCTION_KEYS}",
    ),
    Bad(
        FUNCTION + "    images: {}\n",
        "9:5",
        "`functions.orders.images` is not a known key",
        "write `images` at the top of the file",
    ),
    Bad(
        FUNCTION + "cgo: off\n", "9:1", "`cgo` is not a known key", "write `cgo` under `defaults`, or for one function"
    ),
    Bad(FUNCTION + "imagse: {}\n", "9:1", "`imagse` is not a known key", "did you mean `images`?"),
    Bad(
        FUNCTION + "    include: [{source: a, mode: 0644}]\n",
        "9:33",
        "`functions.orders.include[0].mode` is the number `0644`, expected text",
        'quote it: `mode: "0644"`',
    ),
    Bad(
        FUNCTION + '    include: [{source: a, mode: "4755"}]\n',
        "9:33",
        "`functions.orders.include[0].mode` is `4755`, expected four octal digits, the first a 0",
        'only permission bits: `"0644"` for a file, `"0755"` for a program',
    ),
    Bad(
        FUNCTION + "    include: [{sourc: a}]\n",
        "9:16",
        "`functions.orders.include[0].sourc` is not a known key",
        "did you mean `source`?",
    ),
    Bad(
        FUNCTION + "    include: [5]\n",
        "9:15",
        "`functions.orders.include[0]` is the number `5`, expected text or a map",
        'quote it: `"5"`',
    ),
    Bad(
        FUNCTION + "    include: a/b\n",
        "9:14",
        "`functions.orders.include` is `a/b`, expected a list",
        "write `include: [a/b]`",
    ),
    Bad(
        FUNCTION + '    tags: "a,b"\n',
        "9:11",
        "`functions.orders.tags` is `a,b`, expected a list",
        'write `tags: ["a,b"]`',
    ),
    Bad(
        FUNCTION + '    tags: ["a,b"]\n',
        "9:12",
        "`functions.orders.tags[0]` is `a,b`, expected one build tag",
        "letters, digits, `_` and `.`; one item for each tag",
    ),
    Bad(
        FUNCTION + "    strip: off\n",
        "9:12",
        "`functions.orders.strip` is `off`, expected `true` or `false`",
        "write `strip: false`; in YAML 1.2 only `true` and `false` are not words",
    ),
    Bad(
        FUNCTION + "    cgo: false\n",
        "9:10",
        "`functions.orders.cgo` is `false`, expected `off`, `zig` or `image`",
        "write `off`",
    ),
    Bad(
        FUNCTION + "    cgo: yes\n",
        "9:10",
        "`functions.orders.cgo` is `yes`, expected `off`, `zig` or `image`",
        "write one of them",
    ),
    Bad(
        FUNCTION + "    executor: dokcer\n",
        "9:15",
        "`functions.orders.executor` is `dokcer`, expected `host`, `docker` or `remote`",
        "did you mean `docker`?",
    ),
    Bad(
        FUNCTION + "    architectures: [aarch64]\n",
        "9:21",
        "`functions.orders.architectures[0]` is `aarch64`, expected `arm64`, `amd64` or `x86_64`",
        "write `arm64`",
    ),
    Bad(
        FUNCTION + "    architectures: []\n",
        "9:20",
        "`functions.orders.architectures` is an empty list, expected at least one",
        "name one",
    ),
    Bad(
        FUNCTION + "    architectures: arm64\n",
        "9:20",
        "`functions.orders.architectures` is `arm64`, expected a list",
        "write `architectures: [arm64]`",
    ),
    Bad(
        FUNCTION + "    build_image: {armx: al2023}\n",
        "9:19",
        "`functions.orders.build_image.armx` is `armx`, expected `arm64`, `amd64` or `x86_64`",
        "did you mean `arm64`?",
    ),
    Bad(
        FUNCTION + "    build_image: [x]\n",
        "9:18",
        "`functions.orders.build_image` is a list, expected text or a map",
        "write one line of text",
    ),
    Bad(
        FUNCTION + "    env: {FOO: 1}\n",
        "9:16",
        "`functions.orders.env.FOO` is the number `1`, expected text",
        'quote it: `FOO: "1"`',
    ),
    Bad(
        FUNCTION + "    env: {FOO-X: x}\n",
        "9:11",
        "`functions.orders.env.FOO-X` is a bad name, expected letters, digits and `_`, the first not a digit",
        "a name such as `version` or `CGO_CFLAGS`",
    ),
    Bad(
        FUNCTION + "    allow: [{rule: LB101}]\n",
        "9:13",
        "`functions.orders.allow[0].reason` is missing",
        "write `reason: why it is fine here`",
    ),
    Bad(
        FUNCTION + "    ldflags: -s\n",
        "9:14",
        "`functions.orders.ldflags` is `-s`, expected a list",
        "write `ldflags: [-s]`",
    ),
    Bad(
        FUNCTION + "    go: 1.26\n",
        "9:9",
        "`functions.orders.go` is the number `1.26`, expected text",
        'write all three numbers, in quotes, such as `go: "1.26.0"`',
    ),
    Bad(
        FUNCTION + '    go: "1.26"\n',
        "9:9",
        "`functions.orders.go` is `1.26`, expected an exact version",
        'write all three numbers, in quotes, such as `go: "1.26.0"`',
    ),
    Bad(
        FUNCTION + "    go: latest\n",
        "9:9",
        "`functions.orders.go` is `latest`, expected an exact version",
        'write all three numbers, in quotes, such as `go: "1.26.8"`',
    ),
    Bad(
        FUNCTION + "zig: 0.17\n",
        "9:6",
        "`zig` is the number `0.17`, expected text",
        'write all three numbers, in quotes, such as `zig: "0.17.0"`',
    ),
    Bad(
        FUNCTION + "  a/b: {package: ./x}\n",
        "9:3",
        "`functions.a/b` is a bad name, expected at most 64 letters, digits, `.`, `_` and `-`, "
        "the first a letter or a digit",
        "names become file names: keep them plain",
    ),
    Bad(FUNCTION + "  b:\n", "9:3", "`functions.b` has no value", "write one, or remove the line"),
    Bad(
        FUNCTION + "  b: 5\n",
        "9:6",
        "`functions.b` is the number `5`, expected a map",
        "write `key: value`, one a line, indented",
    ),
    Bad(TOP + "functions: {}\n", "6:12", "`functions` is an empty map, expected at least one", "name one"),
    Bad(TOP, "1:1", "`functions` is missing", "write `functions: {orders: {package: ./cmd/orders}}`"),
    Bad(
        TOP + "functions: []\n",
        "6:12",
        "`functions` is an empty list, expected a map",
        "write `key: value`, one a line, indented",
    ),
    Bad("- a\n", "1:1", "the file is a list, expected a map", "begin with `version: 1`"),
    Bad("x", "1:1", "the file is `x`, expected a map", "begin with `version: 1`"),
    Bad(
        "version: 2\n",
        "1:10",
        "`version` is the number `2`, expected the number `1`",
        "write `version: 1`, the only one so far",
    ),
    Bad(
        'version: "1"\n' + FUNCTION.removeprefix("version: 1\n"),
        "1:10",
        '`version` is `"1"`, text, expected the number `1`',
        "write `version: 1`, the only one so far",
    ),
    Bad(
        FUNCTION + "hosts: [linux/x]\n",
        "9:9",
        "`hosts[0]` is `linux/x`, expected `linux/amd64`, `linux/arm64`, `darwin/amd64`, "
        "`darwin/arm64`, `windows/amd64` or `windows/arm64`",
        "did you mean `linux/arm64`?",
    ),
    Bad(
        FUNCTION + "hosts: linux/amd64\n",
        "9:8",
        "`hosts` is `linux/amd64`, expected a list",
        "write `hosts: [linux/amd64]`",
    ),
    Bad(
        FUNCTION + "variables: {version: 1.2}\n",
        "9:22",
        "`variables.version` is the number `1.2`, expected text",
        'quote it: `version: "1.2"`',
    ),
    Bad(
        FUNCTION + 'variables: {"a b": x}\n',
        "9:13",
        '`variables["a b"]` is a bad name, expected letters, digits and `_`, the first not a digit',
        "a name such as `version` or `CGO_CFLAGS`",
    ),
    Bad(
        FUNCTION + "variables: []\n",
        "9:12",
        "`variables` is an empty list, expected a map",
        "write `key: value`, one a line, indented",
    ),
    Bad(
        FUNCTION + "    module: {}\n",
        "9:13",
        "`functions.orders.module` is an empty map, expected text",
        "write one line of text",
    ),
    Bad(FUNCTION + "foo:\n", "9:1", "`foo` is not a known key", f"known keys: {KEYS}"),
    Bad(FUNCTION + "    env:\n", "9:5", "`functions.orders.env` has no value", "write one, or remove the line"),
    Bad(
        FUNCTION + "    tags: [a, ~]\n",
        "9:15",
        "`functions.orders.tags[1]` has no value",
        "write one, or remove the line",
    ),
    Bad(
        FUNCTION + "    tags:\n      -\n",
        "10:8",
        "`functions.orders.tags[0]` has no value",
        "write one, or remove the line",
    ),
    Bad(
        FUNCTION + '  x: {package: "a\\nb"}\n',
        "9:16",
        "`functions.x.package` is `a\\nb`, expected one line of text",
        "write something, without line breaks and control characters",
    ),
    Bad(
        FUNCTION + "    build_image: 5\n",
        "9:18",
        "`functions.orders.build_image` is the number `5`, expected text or a map",
        'quote it: `build_image: "5"`',
    ),
    Bad(
        FUNCTION + "    floor: al2\n",
        "9:12",
        "`functions.orders.floor` is `al2`, expected a list",
        "write `floor: [al2]`",
    ),
    Bad(FUNCTION + "    target: x\n", "9:5", "`functions.orders.target` is not a known key", "did you mean `tags`?"),
    Bad(
        FUNCTION + "    layout: forward\n",
        "9:13",
        "`functions.orders.layout` is `forward`, expected `single`, `forward-compatible` or `extension`",
        "did you mean `forward-compatible`?",
    ),
    Bad(
        FUNCTION + "defaults: [a]\n",
        "9:11",
        "`defaults` is a list, expected a map",
        "write `key: value`, one a line, indented",
    ),
    Bad(
        FUNCTION + "    env: [CC]\n",
        "9:10",
        "`functions.orders.env` is a list, expected a map",
        "write `key: value`, one a line, indented",
    ),
    Bad(
        FUNCTION + "    tags: {a: b}\n",
        "9:11",
        "`functions.orders.tags` is a map, expected a list",
        "write `tags: […]`",
    ),
    Bad(
        FUNCTION + "    tags: [[a]]\n",
        "9:12",
        "`functions.orders.tags[0]` is a list, expected text",
        "write one line of text",
    ),
    Bad(FUNCTION + "    tag: [a]\n", "9:5", "`functions.orders.tag` is not a known key", "did you mean `tags`?"),
    Bad(
        FUNCTION + "    timeout: 5\n",
        "9:5",
        "`functions.orders.timeout` is not a known key",
        f"known keys: {FUNCTION_KEYS}",
    ),
    Bad(
        FUNCTION + "    gofips140: v1\n",
        "9:16",
        "`functions.orders.gofips140` is `v1`, expected `off`, `latest`, `certified`, `inprocess` or a version",
        "write `latest`, or such as `v1.0.0`",
    ),
]


@pytest.mark.parametrize("bad", TABLE, ids=[bad.message for bad in TABLE])
def test_a_bad_value_is_refused_at_its_place(bad: Bad, tmp_path: Path) -> None:
    expect(bad, tmp_path)
