"""Values that do not fit together, or name what is not there: the place, and what to write."""

from pathlib import Path

import pytest

from tests.support.spec import FUNCTION, IMAGE, Bad, expect

TABLE = [
    Bad(
        FUNCTION + "vendor: ../images\n",
        "9:9",
        "`vendor` is `../images`, which leaves the project",
        "move it into the project, or the spec above it",
    ),
    Bad(
        FUNCTION + "vendor: /srv/images\n",
        "9:9",
        "`vendor` is `/srv/images`, an absolute path",
        "write it relative to the project",
    ),
    Bad(FUNCTION + "vendor: ./\n", "9:9", "`vendor` is `./`, the project itself", "write `vendor: third_party/images`"),
    Bad(
        FUNCTION + "vendor: vendor/images\n",
        "9:9",
        "`vendor` is `vendor/images`, in a folder that go takes for modules",
        "write `vendor: third_party/images`",
    ),
    Bad(
        FUNCTION + "mirror: https://mirror.example/aws/\n",
        "9:9",
        "`mirror` is `https://mirror.example/aws/`, expected a registry",
        "write `mirror.example/aws`",
    ),
    Bad(
        FUNCTION + "mirror: aws\n",
        "9:9",
        "`mirror` is `aws`, expected a registry",
        "write a host and a prefix, such as `registry.example.com/mirror`",
    ),
    Bad(
        FUNCTION + '    include: [{source: a, mode: "0244"}]\n',
        "9:33",
        "`functions.orders.include[0].mode` is `0244`, which its owner cannot read",
        'write `"0644"`, or `"0755"` for a program',
    ),
    Bad(
        FUNCTION + "    include: [a, ../b]\n",
        "9:18",
        "`functions.orders.include[1]` is `../b`, which leaves the project",
        "move it into the project, or the spec above it",
    ),
    Bad(
        FUNCTION + "    cgo: image\n",
        "9:10",
        "`functions.orders.cgo` is `image`, but the executor of `orders` is `host`",
        "add `executor: docker` or `executor: remote`",
    ),
    Bad(
        FUNCTION + "    cgo: zig\n",
        "9:10",
        "`functions.orders.cgo` is `zig`, but the file does not name a version of zig",
        'add `zig: "0.17.1"` at the top of the file',
    ),
    Bad(
        FUNCTION + '    cgo: zig\n    strip: false\nzig: "0.17.1"\n',
        "10:12",
        "`functions.orders.strip` is `false`, but what zig leaves for debuggers names folders of the machine",
        "leave it out, or build the function with `cgo: image`",
    ),
    Bad(
        FUNCTION + "    architectures: [amd64, x86_64]\n",
        "9:28",
        "`functions.orders.architectures[1]` is `x86_64`, which is there already",
        "name each CPU once",
    ),
    Bad(
        FUNCTION + "    runtime: al2032\n",
        "9:14",
        "`functions.orders.runtime` is `al2032`, which is not in `images`",
        "did you mean `al2023`?",
    ),
    Bad(
        FUNCTION + "    floor: [al2]\n",
        "9:13",
        "`functions.orders.floor[0]` is `al2`, which is not in `images`",
        "did you mean `al2023`?",
    ),
    Bad(
        FUNCTION + "    build_image: {amd64: al2023}\n",
        "9:5",
        "`functions.orders.build_image` has no image for `arm64`, which `orders` is built for",
        "write `arm64: …`",
    ),
    Bad(
        FUNCTION + "    handler: x\n",
        "9:5",
        "`functions.orders.handler` is for `layout: forward-compatible`; the layout of `orders` is `single`",
        "remove it",
    ),
    Bad(
        FUNCTION + "    layout: forward-compatible\n",
        "9:13",
        "`functions.orders.layout` is `forward-compatible`, but `orders` is built for `arm64` alone",
        "add `architectures: [arm64, amd64]`",
    ),
    Bad(
        FUNCTION + "    layout: forward-compatible\n    architectures: [arm64, amd64]\n    handler: bootstrap\n",
        "11:5",
        "`functions.orders.handler` would name the binary `bootstrap`, which is the dispatcher's name",
        "write another `handler`",
    ),
    Bad(
        FUNCTION + "    layout: forward-compatible\n    architectures: [arm64, amd64]\n    handler: x_arm64\n",
        "11:5",
        "`functions.orders.handler` would name the binary `x_arm64`, and `_arm64` is what the dispatcher adds on arm64",
        "write another `handler`",
    ),
    Bad(
        FUNCTION + "    runtime: go1.x\n",
        "9:14",
        "`functions.orders.runtime` is `go1.x`, which Lambda has ended",
        "write `runtime: provided.al2023`, and `floor: [go1.x]` for as long as functions still run there",
    ),
    Bad(
        FUNCTION.replace("images: {", 'images: {old: "public.ecr.aws/lambda/go:1", '),
        "5:15",
        "`images.old` is `public.ecr.aws/lambda/go:1`, the image of `go1.x`",
        "call it `go1.x`, as Lambda does",
    ),
    Bad(
        FUNCTION + "    floor: [go1.x]\n",
        "9:13",
        "`functions.orders.floor[0]` is `go1.x`, which never ran on arm64, and `orders` is built for that alone",
        "remove it, or build for `amd64`, too",
    ),
    Bad(
        FUNCTION + "    architectures: [amd64]\n    floor: [go1.x]\n    extra_needed: [libm.so.6]\n",
        "10:13",
        "`functions.orders.floor[0]` is `go1.x`, which is not in `images`",
        "add `go1.x: public.ecr.aws/lambda/go:1` to `images`: its libraries are what it is held against",
    ),
    Bad(
        FUNCTION + "    env: {GOFLAGS: -x}\n",
        "9:11",
        "`functions.orders.env.GOFLAGS` is not for `env`",
        "write `tags`, `ldflags` or `gcflags`",
    ),
    Bad(
        FUNCTION + "    env: {CC: gcc}\n",
        "9:11",
        "`functions.orders.env.CC` needs `cgo: image`; cgo is `off` here",
        "leave it out, or build in an image that has it",
    ),
    Bad(
        FUNCTION + "    env: {CGO_CFLAG: -x}\n",
        "9:11",
        "`functions.orders.env.CGO_CFLAG` is not a variable of the compiler",
        "did you mean `CGO_CFLAGS`?",
    ),
    Bad(
        FUNCTION + '    ldflags: ["-buildid=x"]\n',
        "9:15",
        "`functions.orders.ldflags[0]` sets `-buildid`",
        "leave it out: it is empty, so that equal source gives equal bytes",
    ),
    Bad(
        FUNCTION + '    ldflags: ["-X main.version=${version}"]\n',
        "9:15",
        "`functions.orders.ldflags[0]` uses `${version}`, which is not in `variables`",
        "write `variables: {version: …}` at the top of the file",
    ),
    Bad(
        FUNCTION + '    ldflags: ["-X \'a"]\n',
        "9:15",
        "`functions.orders.ldflags[0]` is `-X 'a`, with a quote that is never closed",
        "close it",
    ),
    Bad(
        FUNCTION + '    go: "1.20.1"\n',
        "9:9",
        "`functions.orders.go` is `1.20.1`; toolchains can be locked from 1.21.0 on",
        "name a later Go; it builds older modules as they ask for",
    ),
    Bad(
        FUNCTION + "  Orders: {package: ./x}\n",
        "9:3",
        "`functions.Orders` and `functions.orders` are one name where case does not count",
        "rename one of them",
    ),
    Bad(
        FUNCTION + "  orders-arm64: {package: ./x, layout: forward-compatible, architectures: [arm64, amd64]}\n",
        "9:3",
        "`functions.orders-arm64` and `functions.orders` would both write `dist/orders-arm64.zip`",
        "rename one of them",
    ),
    Bad(
        FUNCTION + "  nul: {package: ./x, layout: forward-compatible, architectures: [arm64, amd64]}\n",
        "9:3",
        "`functions.nul` would write `dist/nul.zip`, the name of a device on Windows",
        "rename it",
    ),
    Bad(
        FUNCTION + "  b: {}\n",
        "9:3",
        "`functions.b.package` is missing",
        "write the folder of its main package, such as `package: ./cmd/orders`",
    ),
    Bad(
        FUNCTION + "  b: {package: cmd/x}\n",
        "9:16",
        "`functions.b.package` is `cmd/x`, expected a path that begins with `./`",
        "write `./cmd/x`",
    ),
    Bad(
        FUNCTION + "  b: {package: ./...}\n",
        "9:16",
        "`functions.b.package` is `./...`, a pattern, expected one package",
        "name one folder; every function has its own",
    ),
    Bad(
        FUNCTION + "  b: {package: ./main.go}\n",
        "9:16",
        "`functions.b.package` is `./main.go`, a file, expected the folder of a package",
        "write its folder: `.`",
    ),
    Bad(
        FUNCTION + "  b: {package: ../x}\n",
        "9:16",
        "`functions.b.package` is `../x`, which leaves the project",
        "move it into the project, or the spec above it",
    ),
    Bad(
        FUNCTION + "  b: {package: .\\x}\n",
        "9:16",
        "`functions.b.package` is `.\\x`, with a backslash",
        "write `./x`, on Windows too",
    ),
    Bad(
        FUNCTION + "  b: {package: ./x, module: x/go.mod}\n",
        "9:29",
        "`functions.b.module` is `x/go.mod`, a file, expected the folder of go.mod",
        "write `x`",
    ),
    Bad(
        FUNCTION.replace(IMAGE, "public.ecr.aws/lambda/provided"),
        "5:18",
        "`images.al2023` is `public.ecr.aws/lambda/provided`, without a tag",
        "write the one that you mean: `public.ecr.aws/lambda/provided:al2023`",
    ),
    Bad(
        FUNCTION.replace(IMAGE, "public.ecr.aws/lambda/provided:latest"),
        "5:18",
        "`images.al2023` is `public.ecr.aws/lambda/provided:latest`, with the tag `latest`, which moves",
        "write the one that you mean: `public.ecr.aws/lambda/provided:al2023`",
    ),
    Bad(
        FUNCTION.replace(IMAGE, "golang:latest"),
        "5:18",
        "`images.al2023` is `golang:latest`, with the tag `latest`, which moves",
        "write the version that you mean, `golang:<version>`, or a digest, `golang@sha256:…`",
    ),
    Bad(
        FUNCTION.replace(IMAGE, "Foo Bar"),
        "5:18",
        "`images.al2023` is `Foo Bar`, expected an image reference",
        "write `registry/name:tag`, such as `public.ecr.aws/lambda/provided:al2023`",
    ),
    Bad(
        FUNCTION + "    ldflags: [\"-X 'a=${v '\"]\n",
        "9:15",
        "`functions.orders.ldflags[0]` has a `${` that is never closed",
        "write `${name}`",
    ),
    Bad(
        FUNCTION + '    ldflags: ["${v}\'"]\nvariables: {v: "\\""}\n',
        "9:15",
        "`functions.orders.ldflags[0]` is `\"'`, with both kinds of quotes, which no flag of Go can carry",
        "leave one kind out",
    ),
    Bad(
        FUNCTION + '    ldflags: ["-X main.v=${versoin}"]\nvariables: {version: "x"}\n',
        "9:15",
        "`functions.orders.ldflags[0]` uses `${versoin}`, which is not in `variables`",
        "did you mean `version`?",
    ),
    Bad(
        FUNCTION + "defaults: {package: /x, handler: x}\n",
        "9:25",
        "`defaults.handler` is for `layout: forward-compatible`; the layout of `orders` is `single`",
        "remove it",
    ),
    Bad(
        FUNCTION + "  bootstrap: {package: ., layout: forward-compatible, architectures: [arm64,amd64]}\n",
        "9:3",
        "`functions.bootstrap` would name the binary `bootstrap`, which is the dispatcher's name",
        "write another `handler`",
    ),
]


@pytest.mark.parametrize("bad", TABLE, ids=[bad.message for bad in TABLE])
def test_what_does_not_fit_is_refused_at_its_place(bad: Bad, tmp_path: Path) -> None:
    expect(bad, tmp_path)
