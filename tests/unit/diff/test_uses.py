"""Who relies on an image."""

from pathlib import Path

from lambdabuild.diff import Use, uses
from lambdabuild.spec import load

SPEC = """\
version: 1
go: "1.26.8"
zig: "0.17.1"
runtime: new
architectures: [arm64]
images: {new: "x/new:1", old: "x/old:1", gcc: "x/gcc:1", gcc-arm: "x/gcc-arm:1"}
functions:
  static: {package: ./a, floor: [old], architectures: [amd64, arm64]}
  opens: {package: ./d, extra_needed: [libvips.so.42]}
  zig: {package: ./b, cgo: zig, floor: [old]}
  gcc:
    package: ./c
    cgo: image
    executor: docker
    architectures: [amd64, arm64]
    build_image: {amd64: gcc, arm64: gcc-arm}
"""


def use(image: str, platform: str, function: str, *, judged: bool = False) -> Use:
    return Use(image=f"x/{image}:1", platform=f"linux/{platform}", function=function, judged=judged)


def test_runtimes_floors_and_build_images_are_used_and_only_what_needs_libraries_is_judged(tmp_path: Path) -> None:
    (tmp_path / "buildspec.yaml").write_text(SPEC)

    assert uses(load(tmp_path / "buildspec.yaml")) == (
        use("new", "amd64", "static"),
        use("old", "amd64", "static"),
        use("new", "arm64", "static"),
        use("old", "arm64", "static"),
        use("new", "arm64", "opens", judged=True),
        use("new", "arm64", "zig", judged=True),
        use("old", "arm64", "zig", judged=True),
        use("new", "amd64", "gcc", judged=True),
        use("gcc", "amd64", "gcc"),
        use("new", "arm64", "gcc", judged=True),
        use("gcc-arm", "arm64", "gcc"),
    )
