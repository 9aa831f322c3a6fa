"""`sam build` with the real SAM and our hook: what lies in the built folders is what lies in our zips."""

import hashlib
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from lambdabuild.hooks.building import turn
from lambdabuild.io.store import Store
from tests.support.aws import REGION, running_lambda
from tests.support.cli import CACHE, ROOT, Cli
from tests.support.project import digests, sha256, write_mains, write_project
from tests.support.sam import Sam, files
from tests.support.shops import LOGICAL_IDS, write_shop_of_ten

EXAMPLES = ROOT / "examples"


@pytest.fixture(scope="module")
def sam(tmp_path_factory: pytest.TempPathFactory) -> Sam:
    return Sam(home=tmp_path_factory.mktemp("home"))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A copy of the examples."""
    return Path(shutil.copytree(EXAMPLES, tmp_path / "shop", ignore=shutil.ignore_patterns("node_modules", "dist")))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A project of `orders` and `users`, and a template that agrees with its spec."""
    project = write_project(tmp_path / "small")
    (project / "template.yaml").write_text(TEMPLATE)
    return project


TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  OrdersFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Runtime: provided.al2023
      Handler: bootstrap
      Architectures: [x86_64]
"""


def packed(bundle: Path) -> dict[str, tuple[int, bytes]]:
    """Every file of a zip, with its permissions and its bytes."""
    with zipfile.ZipFile(bundle) as opened:
        return {one.filename: (one.external_attr >> 16 & 0o777, opened.read(one)) for one in opened.infolist()}


def hook(
    project: Path, *arguments: str, artifacts: str | None = None, environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The hook as make runs it, where no SAM is needed."""
    said = {"ARTIFACTS_DIR": artifacts} if artifacts is not None else {}
    return Cli(environ={**said, **(environ or {})}).run("hook", "sam", *arguments, cwd=project)


@pytest.mark.parametrize("how", [(), ("--build-in-source",)])
def test_the_built_folders_hold_our_zips_and_nothing_else(how: tuple[str, ...], shop: Path, sam: Sam) -> None:
    sam.done("build", *how, cwd=shop / "sam")

    built = shop / "sam" / ".aws-sam" / "build"
    orders = files(built / "OrdersFunction")
    assert orders == packed(shop / "dist" / "orders-arm64.zip")
    assert files(built / "ReceiptsFunction") == packed(shop / "dist" / "receipts-amd64.zip")
    assert orders["bootstrap"][0] == 0o755
    assert sorted(path.name for path in (shop / "dist").iterdir()) == [
        "build.json",
        "orders-arm64.zip",
        "receipts-amd64.zip",
    ]


def test_ten_functions_in_parallel_are_built_from_copies_of_their_folders_alone(tmp_path: Path, sam: Sam) -> None:
    """Two of them in a nested stack; their module has a `replace` to a folder that SAM does not copy."""
    project = write_shop_of_ten(tmp_path / "ten")

    sam.done("build", "--parallel", cwd=project)

    built = project / ".aws-sam" / "build"
    bootstraps = {name: files(built / folder) for folder, name in LOGICAL_IDS.items()}
    assert len({content["bootstrap"] for content in bootstraps.values()}) == 10
    for name, content in bootstraps.items():
        architecture = "arm64" if name == "fn9" else "amd64"
        assert content == packed(project / "dist" / f"{name}-{architecture}.zip")


def test_a_cached_build_calls_the_hook_each_time_and_so_misses_no_change(small: Path, sam: Sam) -> None:
    """What changed lies outside of CodeUri, which is all that SAM compares."""
    folder = small / "deploy"
    folder.mkdir()
    (folder / "template.yaml").write_text(
        TEMPLATE.replace("    Properties", "    Metadata: {BuildMethod: makefile}\n    Properties")
    )
    (folder / "Makefile").write_text("build-OrdersFunction:\n\tlambdabuild hook sam\n")
    built = folder / ".aws-sam" / "build" / "OrdersFunction"

    sam.done("build", "--cached", cwd=folder)
    first = files(built)
    write_mains(small, "other words")
    sam.done("build", "--cached", cwd=folder)

    assert files(built) == packed(small / "dist" / "orders-amd64.zip")
    assert files(built) != first


def test_templates_are_valid(shop: Path, sam: Sam) -> None:
    for template in ("template.yaml", "zips.yaml"):
        assert "is a valid SAM Template" in sam.done("validate", "--lint", "--template", template, cwd=shop / "sam")


def test_zips_of_dist_are_left_alone_by_build_and_reach_the_bucket_byte_for_byte(
    shop: Path, sam: Sam, tmp_path: Path
) -> None:
    Cli().done("build", "--arch", "arm64", cwd=shop)
    zips = {shop / "dist" / f"{name}-arm64.zip" for name in ("orders", "receipts")}
    digests = {sha256(path) for path in zips}

    sam.done("build", "--template", "zips.yaml", cwd=shop / "sam")
    with running_lambda(tmp_path) as there:
        there.client("s3").create_bucket(Bucket="shop", CreateBucketConfiguration={"LocationConstraint": REGION})
        sending = Sam(home=sam.home, environ=there.environ)
        sending.done("package", "--template", "zips.yaml", "--s3-bucket", "shop", cwd=shop / "sam")
        sent = there.client("s3").list_objects_v2(Bucket="shop")["Contents"]
        bodies = [there.client("s3").get_object(Bucket="shop", Key=one["Key"])["Body"].read() for one in sent]

    assert [path.name for path in (shop / "sam" / ".aws-sam" / "build").iterdir()] == ["template.yaml"]
    assert {sha256(path) for path in zips} == digests
    assert {hashlib.sha256(body).hexdigest() for body in bodies} == digests


def test_a_template_that_says_otherwise_fails_sam_build(shop: Path, sam: Sam) -> None:
    template = shop / "sam" / "template.yaml"
    template.write_text(template.read_text().replace("Runtime: provided.al2023", "Runtime: provided.al2"))

    answer = sam.run("build", cwd=shop / "sam")

    assert answer.returncode == 1
    assert (
        f"error: `{template}:7`: `Runtime` of `OrdersFunction` is `provided.al2`, and"
        f" `{shop}/buildspec.yaml` builds `orders` for `provided.al2023`" in answer.stderr
    )


def test_hooks_take_turns(small: Path, tmp_path: Path) -> None:
    """Ten at once would each compile the standard library."""
    spec = small / "buildspec.yaml"
    cli = Cli(environ={"ARTIFACTS_DIR": str(tmp_path / "OrdersFunction"), "LAMBDABUILD_FILE": str(spec)})
    store, name = Store(root=CACHE), turn(spec)
    with store.alone(name):
        waiting = subprocess.Popen(
            cli.argv("hook", "sam"), cwd=small, env=cli.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        wait_until(lambda: has_open(waiting.pid, store.root / "locks" / f"{name}.lock"))
        assert waiting.poll() is None
        assert not (tmp_path / "OrdersFunction").exists()
        assert not (small / "dist").exists()
    stdout, stderr = waiting.communicate(timeout=120)

    assert (waiting.returncode, stdout) == (0, b""), stderr
    assert files(tmp_path / "OrdersFunction") == packed(small / "dist" / "orders-amd64.zip")


def has_open(pid: int, path: Path) -> bool:
    """Whether a process has a file open: it asks for the lock, again and again."""
    with suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if descriptor.readlink() == path:
                    return True
    return False


def wait_until(holds: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline


def test_another_template_is_built_where_sam_or_the_hook_is_told_and_else_refused(shop: Path, sam: Sam) -> None:
    template, intel = shop / "sam" / "template.yaml", shop / "sam" / "intel.yaml"
    intel.write_text(template.read_text().replace("[arm64]", "[x86_64]"))
    built = shop / "sam" / ".aws-sam" / "build" / "OrdersFunction"

    by_option = sam.run("build", "-t", "intel.yaml", "OrdersFunction", cwd=shop / "sam")
    assert by_option.returncode == 1
    assert (
        f"error: `OrdersFunction` has one `Architectures` in `{template}:10` and another in `{intel}:10`,"
        " and SAM does not say which template it builds" in by_option.stderr
    )
    assert not (shop / "dist").exists()

    config = 'version = 0.1\n[default.build.parameters]\ntemplate_file = "intel.yaml"\n'
    (shop / "sam" / "samconfig.toml").write_text(config)
    sam.done("build", "OrdersFunction", cwd=shop / "sam")
    assert files(built) == packed(shop / "dist" / "orders-amd64.zip")
    assert "x86_64" in (built.parent / "template.yaml").read_text().partition("OrdersFunction")[0]

    told = Sam(home=sam.home, environ={"SAM_TEMPLATE_FILE": "template.yaml"})
    told.done("build", "OrdersFunction", cwd=shop / "sam")
    assert files(built) == packed(shop / "dist" / "orders-arm64.zip")
    assert "arm64" in (built.parent / "template.yaml").read_text().partition("OrdersFunction")[0]


def test_a_template_above_is_not_taken_before_one_where_sam_runs(small: Path) -> None:
    deploy = small / "deploy"
    deploy.mkdir()
    (deploy / "prod.yaml").write_text(TEMPLATE.replace("provided.al2023", "provided.al2"))

    answer = hook(deploy, artifacts=str(deploy / ".aws-sam" / "build" / "OrdersFunction"))

    assert answer.returncode == 2
    assert f"`Runtime` in `{small}/template.yaml:7` and another in `{deploy}/prod.yaml:7`" in answer.stderr


def test_the_named_template_is_not_compared_with_others(small: Path) -> None:
    (small / "other.yaml").write_text(TEMPLATE.replace("provided.al2023", "provided.al2"))
    artifacts = str(small / ".aws-sam" / "build" / "OrdersFunction")

    refused = hook(small, artifacts=artifacts)
    built = hook(small, artifacts=artifacts, environ={"LAMBDABUILD_TEMPLATE": str(small / "template.yaml")})

    assert refused.returncode == 2
    assert "SAM does not say which template it builds" in refused.stderr
    assert built.returncode == 0, built.stderr


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LAMBDABUILD_FILE", "buildspec.yaml"),
        ("LAMBDABUILD_LOCK", "images.lock"),
        ("LAMBDABUILD_TEMPLATE", "template.yaml"),
    ],
)
def test_a_relative_variable_is_refused_though_the_copy_has_such_a_file(small: Path, variable: str, value: str) -> None:
    artifacts = str(small / ".aws-sam" / "build" / "OrdersFunction")

    answer = hook(small, artifacts=artifacts, environ={variable: value})

    assert answer.returncode == 2
    assert (
        f"error: {variable} is `{value}`, and SAM runs make in a copy of CodeUri, where that is another file or none"
        "\n\nhint: set it to an absolute path\n" in answer.stderr
    )
    assert not (small / "dist").exists()


def test_the_architecture_of_the_environment_settles_only_what_the_template_leaves_open(small: Path) -> None:
    spec, template = small / "buildspec.yaml", small / "template.yaml"
    spec.write_text(spec.read_text().replace("[amd64]", "[amd64, arm64]"))
    artifacts, arm = small / ".aws-sam" / "build" / "OrdersFunction", {"LAMBDABUILD_ARCH": "arm64"}

    said = hook(small, artifacts=str(artifacts), environ=arm)
    assert said.returncode == 0, said.stderr
    assert files(artifacts) == packed(small / "dist" / "orders-amd64.zip")

    template.write_text(template.read_text().replace("[x86_64]", "!Ref Cpu"))
    left = hook(small, artifacts=str(artifacts), environ=arm)
    assert left.returncode == 0, left.stderr
    assert files(artifacts) == packed(small / "dist" / "orders-arm64.zip")


def test_a_variable_of_the_spec_is_set_as_in_a_build(small: Path) -> None:
    Cli().done("build", "--function", "orders", "--set", "version=1.2.3", cwd=small)
    before = digests(small)

    answer = hook(small, "--set", "version=1.2.3", artifacts=str(small / ".aws-sam" / "build" / "OrdersFunction"))

    assert answer.returncode == 0, answer.stderr
    assert digests(small) == before


def test_stdout_is_not_for_json_whatever_the_environment_says(small: Path) -> None:
    artifacts, json = str(small / ".aws-sam" / "build" / "OrdersFunction"), {"LAMBDABUILD_JSON": "1"}

    built = hook(small, artifacts=artifacts, environ=json)
    failed = hook(small, "Cart", artifacts=artifacts, environ=json)

    assert (built.returncode, built.stdout) == (0, ""), built.stderr
    assert (failed.returncode, failed.stdout) == (2, "")
    assert "error: " in failed.stderr


def test_a_logical_id_on_the_command_line_comes_before_the_folder(small: Path) -> None:
    answer = hook(small, "OrdersFunction", artifacts=str(small / "anything"))

    assert (answer.returncode, answer.stdout) == (0, ""), answer.stderr
    assert list(files(small / "anything")) == ["bootstrap"]


def test_a_forward_compatible_zip_is_unpacked_whole_where_the_handler_is_its_own(small: Path) -> None:
    spec, template = small / "buildspec.yaml", small / "template.yaml"
    both = "  orders:\n    layout: forward-compatible\n    architectures: [amd64, arm64]\n"
    spec.write_text(spec.read_text().replace("  orders:\n", both))
    artifacts = small / ".aws-sam" / "build" / "OrdersFunction"

    other = hook(small, artifacts=str(artifacts))
    template.write_text(template.read_text().replace("Handler: bootstrap", "Handler: orders"))
    same = hook(small, artifacts=str(artifacts))

    assert other.returncode == 2
    assert f"`{template}:8`: `Handler` of `OrdersFunction` is `bootstrap`" in other.stderr
    assert same.returncode == 0, same.stderr
    assert files(artifacts) == packed(small / "dist" / "orders.zip")
    assert {name: mode for name, (mode, _) in files(artifacts).items()} == {
        "bootstrap": 0o755,
        "orders": 0o755,
        "orders_arm64": 0o755,
    }


@pytest.mark.parametrize(
    ("artifacts", "arguments", "message", "hint"),
    [
        (None, (), "ARTIFACTS_DIR is not set", "let `sam build` call it, by a Makefile"),
        (
            "/tmp/samcli/artifacts",
            (),
            "ARTIFACTS_DIR is `/tmp/samcli/artifacts`: under `--use-container` only CodeUri is there",
            "run `sam build` without `--use-container`",
        ),
        (
            ".aws-sam/build/CartFunction",
            (),
            "template.yaml` has no function `CartFunction`",
            "it has `OrdersFunction`; set LAMBDABUILD_TEMPLATE",
        ),
        (
            ".aws-sam/build/OrdersFunction",
            ("--template", "none.yaml"),
            "`none.yaml` cannot be read: No such file or directory",
            "name the template",
        ),
        (
            ".aws-sam/build/OrdersFunction",
            ("--arch", "arm64"),
            "`OrdersFunction` is for x86_64, and",
            "say the same",
        ),
        (
            "cmd",
            ("OrdersFunction",),
            "cmd` holds `orders/main.go`, which",
            "remove the folder, and let `include` in the spec name what belongs into the artifact",
        ),
    ],
)
def test_what_sam_does_not_give_is_told(
    small: Path, artifacts: str | None, arguments: tuple[str, ...], message: str, hint: str
) -> None:
    answer = hook(small, *arguments, artifacts=artifacts)

    error, _, advice = answer.stderr.rpartition("\n\nhint: ")
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert message in error.rpartition("error: ")[2]
    assert hint in advice


def test_a_folder_outside_of_every_project_needs_the_spec_by_name(small: Path, tmp_path: Path) -> None:
    artifacts = str(tmp_path / "elsewhere" / "OrdersFunction")
    copy = Path(shutil.copytree(small, tmp_path / "copy"))

    lost = hook(copy, artifacts=artifacts)
    found = hook(copy, artifacts=artifacts, environ={"LAMBDABUILD_FILE": str(small / "buildspec.yaml")})

    assert lost.returncode == 2
    assert f"no `buildspec.yaml` in `{tmp_path}/elsewhere`, or in a folder above" in lost.stderr
    assert not (copy / "dist").exists()
    assert found.returncode == 0, found.stderr
    assert list(files(Path(artifacts))) == ["bootstrap"]


def test_an_artifact_that_would_not_load_is_not_unpacked(small: Path, tmp_path: Path) -> None:
    spec = small / "buildspec.yaml"
    spec.write_text(f"{spec.read_text()}    goamd64: v4\n".replace("  orders:\n", "  orders:\n    goamd64: v4\n"))

    answer = hook(small, artifacts=str(small / ".aws-sam" / "build" / "OrdersFunction"))

    assert answer.returncode == 5
    assert "`orders` would not load: a check failed" in answer.stderr
    assert not (small / ".aws-sam").exists()
    assert not (small / "dist").exists()


def test_lines_are_written_into_a_template_and_printed_for_the_makefile(shop: Path) -> None:
    template = shop / "sam" / "template.yaml"
    wanted = (shop / "sam" / "Makefile").read_text()
    bare = template.read_text().replace("    Metadata:\n      BuildMethod: makefile\n", "")
    template.write_text(bare)

    first = hook(shop / "sam", "--write-template")
    after = template.read_text()
    again = hook(shop / "sam", "--write-template", "--template", "template.yaml")

    assert first.returncode == again.returncode == 0, first.stderr
    assert first.stdout == again.stdout == wanted.partition("\n\n")[2]
    assert [line for line in after.splitlines() if line not in bare.splitlines()] == [
        "    Metadata:",
        "      BuildMethod: makefile",
        "      LambdabuildFunction: orders",
        "    Metadata:",
        "      BuildMethod: makefile",
        "      LambdabuildFunction: receipts",
    ]
    assert "wrote" in first.stderr
    assert "already in" in again.stderr
    assert template.read_text() == after


def test_each_makefile_gets_its_own_lines(small: Path) -> None:
    (small / "template.yaml").write_text(
        TEMPLATE.replace("CodeUri: .", "CodeUri: ./cmd/orders/")
        + "  Users: {Type: AWS::Serverless::Function, Properties: {CodeUri: cmd/users}}\n"
        + "  Zip: {Type: AWS::Serverless::Function, Properties: {CodeUri: dist/users-amd64.zip}}\n"
        + "  Node: {Type: AWS::Serverless::Function, Properties: {CodeUri: ., Runtime: nodejs22.x}}\n"
        + "  Image: {Type: AWS::Serverless::Function, Properties: {PackageType: Image}}\n"
    )

    answer = hook(small, "--write-template")

    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == (
        "# cmd/orders/Makefile\nbuild-OrdersFunction:\n\tlambdabuild hook sam\n"
        "# cmd/users/Makefile\nbuild-Users:\n\tlambdabuild hook sam\n"
    )


def test_the_only_makefile_is_named_unless_it_is_the_templates_own(small: Path) -> None:
    rule = "build-OrdersFunction:\n\tlambdabuild hook sam\n"

    assert hook(small, "--write-template").stdout == rule
    (small / "template.yaml").write_text(TEMPLATE.replace("CodeUri: .", "CodeUri: ./cmd/orders/"))
    assert hook(small, "--write-template").stdout == f"# cmd/orders/Makefile\n{rule}"


@pytest.mark.parametrize(
    ("arguments", "name"),
    [(("OrdersFunction",), "LOGICAL_ID"), (("--arch", "arm64"), "--arch"), (("--set", "version=1"), "--set")],
)
def test_lines_are_written_of_every_function(small: Path, arguments: tuple[str, ...], name: str) -> None:
    answer = hook(small, "--write-template", *arguments)

    assert answer.returncode == 2
    assert f"error: `--write-template` writes of every function, and takes no `{name}`\n" in answer.stderr
    assert (small / "template.yaml").read_text() == TEMPLATE


def test_a_template_with_nothing_to_build_is_told(small: Path) -> None:
    (small / "template.yaml").write_text("Resources:\n  Cart: {Type: AWS::Serverless::Function}\n")

    answer = hook(small, "--write-template")

    assert answer.returncode == 2
    assert "has no function that" in answer.stderr
    assert "hint: it builds `orders`, `users`; name one by `LambdabuildFunction` below `Metadata`" in answer.stderr
