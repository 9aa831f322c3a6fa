"""From what was found to the spec to be."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lambdabuild.discovery.drafting import GO, Drafted, draft
from lambdabuild.model.discovery import Deployed, Discovery, DraftFunction, GoMain, Remark
from lambdabuild.model.platform import Architecture
from lambdabuild.model.template import TemplateFunction

ARM64, AMD64 = Architecture.ARM64, Architecture.AMD64


def discovery(*packages: str, go: tuple[int, int, int] | None = None, **facts: Any) -> Discovery:
    mains = tuple(
        GoMain(package=package, import_path=f"m/{package.removeprefix('./')}", go_mod="go.mod", **facts)
        for package in packages
    )
    asked_by = None if go is None else "go.mod"
    return Discovery(
        mains=mains,
        go=go,
        go_asked_by=asked_by,
        packages=1,
        other_mains=(),
        left_out=(),
        folders=frozenset({""}),
        remarks=(),
    )


def deployed(
    name: str, code: str, file: str = "template.yaml", runtime: str | None = "provided.al2023", **said: Any
) -> Deployed:
    function = TemplateFunction(
        file=Path(file), logical_id=name, line=7, runtime=runtime, code=code, **{"lines": {"runtime": 9}, **said}
    )
    return Deployed(said=function, kind="sam", name=name, file=file)


def functions(drafted: Drafted) -> dict[str, DraftFunction]:
    return {one.name: one for one in drafted.draft.functions}


def test_without_templates_all_is_built_for_graviton() -> None:
    drafted = draft(discovery("./cmd/a", "./cmd/b"), []).draft

    assert [(one.name, one.package) for one in drafted.functions] == [("a", "./cmd/a"), ("b", "./cmd/b")]
    assert (drafted.runtime, drafted.architectures) == ("provided.al2023", (ARM64,))
    assert drafted.architectures_reason == "Graviton, which costs less; amd64 is Lambda's x86_64"


@pytest.mark.parametrize(
    ("said", "architectures", "reason"),
    [
        ({}, (AMD64,), "x86_64, Lambda's default: template.yaml says nothing"),
        ({"architectures": ("arm64",)}, (ARM64,), "as in template.yaml"),
        ({"architectures": ("x86_64",)}, (AMD64,), "as in template.yaml"),
        (
            {"unsettled": frozenset({"architectures"})},
            (ARM64, AMD64),
            "both: template.yaml leaves it to the deployment",
        ),
    ],
)
def test_templates_choose_the_cpu(said: dict[str, Any], architectures: tuple[Architecture, ...], reason: str) -> None:
    drafted = draft(discovery("./a"), [deployed("A", "./a", **said)]).draft

    assert (drafted.architectures, drafted.architectures_reason) == (architectures, reason)


def test_functions_are_called_as_in_the_template_and_other_mains_follow() -> None:
    drafted = functions(draft(discovery("./a", "./b"), [deployed("OrdersFunction", "./b")]))

    assert list(drafted) == ["OrdersFunction", "a"]
    assert drafted["OrdersFunction"].origin == "template.yaml:7"
    assert drafted["a"].origin == "in no template"
    assert drafted["a"].architectures == (AMD64,)


def test_two_functions_may_be_of_one_main() -> None:
    drafted = functions(draft(discovery("./a"), [deployed("One", "./a"), deployed("Two", "./a")]))

    assert {name: one.package for name, one in drafted.items()} == {"One": "./a", "Two": "./a"}


@pytest.mark.parametrize(
    ("runtime", "expected"),
    [
        ("provided.al2023", "provided.al2023"),
        ("provided.al2", "provided.al2"),
        ("provided", "provided.al2023"),
        ("go1.x", "provided.al2023"),
    ],
)
def test_a_runtime_without_a_future_becomes_the_newest(runtime: str, expected: str) -> None:
    assert functions(draft(discovery("./a"), [deployed("A", "./a", runtime=runtime)]))["A"].runtime == expected


def test_go1_leaves_its_handler_for_the_layout() -> None:
    old = draft(discovery("./a"), [deployed("A", "./a", runtime="go1.x", handler="main")])
    new = draft(discovery("./a"), [deployed("A", "./a", handler="main")])

    assert (functions(old)["A"].handler, functions(new)["A"].handler) == ("main", None)


def test_a_runtime_that_the_deployment_settles_is_asked_about() -> None:
    drafted = draft(discovery("./a"), [deployed("A", "./a", runtime=None, unsettled=frozenset({"runtime"}))])

    assert functions(drafted)["A"].runtime == "provided.al2023"
    assert drafted.remarks == (
        Remark(
            place="template.yaml:9",
            function="A",
            message="its runtime is settled at the deployment, and provided.al2023 is taken for it",
            hint="where it is another one, write it in the spec",
        ),
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"runtime": "python3.13"}, "its runtime is python3.13"),
        ({"runtime": None}, "it says no runtime"),
        ({"package_type": "Image"}, "it is a container image"),
        ({"build_method": "rust-cargolambda"}, "it is built by rust-cargolambda"),
    ],
)
def test_what_is_not_go_is_passed_over_with_a_word(said: dict[str, Any], why: str) -> None:
    drafted = draft(discovery("./a"), [deployed("Py", "./a", **said)])

    assert [one.line for one in drafted.passed_over] == [f"template.yaml:7: `Py`: is passed over: {why}"]
    assert list(functions(drafted)) == ["a"]


def test_code_that_is_elsewhere_is_passed_over() -> None:
    (word,) = draft(discovery("./a"), [deployed("A", "s3://bucket/key")]).passed_over

    assert word.message == "is passed over: its code is at s3://bucket/key"


def test_a_function_without_a_main_is_left_out_with_a_word() -> None:
    found = discovery("./a", "./b")
    drafted = draft(found, [deployed("Some", "."), deployed("Other", "python/x")])

    assert [(one.line, one.hint) for one in drafted.remarks] == [
        (
            "template.yaml:7: `Some`: is left out: it could be any of `./a`, `./b`",
            "add it to `functions` by hand: `Some: {package: ./…}`",
        ),
        (
            "template.yaml:7: `Other`: is left out: no main package of Go was found for it",
            "add it to `functions` by hand: `Other: {package: ./…}`",
        ),
    ]


def test_templates_of_two_stages_make_one_function() -> None:
    both = [deployed("A", "./a"), deployed("A", "./a", file="template-arm.yaml", architectures=("arm64",))]

    assert functions(draft(discovery("./a"), both))["A"].architectures == (AMD64, ARM64)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (({}, {"architectures": ("arm64",)}), (AMD64, ARM64)),
        (({}, {"architectures": ("x86_64",)}), (AMD64,)),
        (({}, {"unsettled": frozenset({"architectures"})}), (ARM64, AMD64)),
        (({"architectures": ("arm64",)}, {"unsettled": frozenset({"architectures"})}), (ARM64, AMD64)),
    ],
)
def test_the_order_of_stages_does_not_count(
    said: tuple[dict[str, Any], dict[str, Any]], expected: tuple[Architecture, ...]
) -> None:
    stages = [deployed("A", "./a", file=f"{number}.yaml", **each) for number, each in enumerate(said)]

    for order in (stages, stages[::-1]):
        assert functions(draft(discovery("./a"), order))["A"].architectures == expected


def test_stages_of_an_app_of_cdk_are_one_function() -> None:
    stages = [
        replace(deployed("Api", ".", file=f"infra/cdk.out/assembly-{stage}/{stage}Shop.template.json"), main="m/a")
        for stage in ("Dev", "Prod")
    ]
    other = replace(deployed("Api", ".", file="ops/cdk.out/assembly-Dev/Ops.template.json"), main="m/b")

    drafted = functions(draft(discovery("./a", "./b"), [*stages, other]))

    assert {name: one.package for name, one in drafted.items()} == {"infra-Api": "./a", "ops-Api": "./b"}


def test_the_only_main_is_taken_with_a_word_for_the_only_function() -> None:
    drafted = draft(discovery("."), [deployed("Api", "build", architectures=("arm64",))])

    assert functions(drafted)["Api"].package == "."
    assert [(one.line, one.hint) for one in drafted.remarks] == [
        (
            (
                "template.yaml:7: `Api`: neither code nor handler says what it is built from;"
                " `.`, the only main, is taken"
            ),
            "where it is built from something else, take it out of `functions`",
        )
    ]


def test_the_only_main_is_that_of_a_function_in_two_stages() -> None:
    stages = [deployed("Api", "build", file=f"{stage}.yaml") for stage in ("dev", "prod")]

    assert list(functions(draft(discovery("."), stages))) == ["Api"]


def test_the_only_main_is_not_taken_where_another_was_left_out_or_it_is_taken_already() -> None:
    broken = replace(discovery("."), left_out=("./other",))
    old = [deployed("Old", ".", runtime="go1.x"), deployed("Other", "build", runtime="go1.x")]
    both = [deployed("One", "build"), deployed("Two", "build")]

    assert functions(draft(broken, [deployed("Api", "build")])).keys() == {"m"}
    assert functions(draft(discovery("."), old)).keys() == {"Old"}
    assert functions(draft(discovery("."), both)).keys() == {"m"}


def test_the_cpu_of_functions_without_a_main_counts_too() -> None:
    drafted = draft(discovery("./a"), [deployed("Rust", "rust/x"), deployed("Other", "rust/y")])

    assert functions(drafted)["a"].architectures == (AMD64,)
    assert functions(drafted)["a"].origin == "in no template"
    assert drafted.draft.architectures_reason == "x86_64, Lambda's default: template.yaml says nothing"


def test_a_main_for_one_cpu_is_built_for_that_alone() -> None:
    found = replace(discovery("./a"), mains=(replace(discovery("./a").mains[0], architectures=(AMD64,)),))
    unsettled = frozenset({"architectures"})

    alone = draft(found, []).draft
    assert (alone.architectures, alone.functions[0].architectures) == ((AMD64,), (AMD64,))
    assert alone.architectures_reason == "as the Go files say, by their names or build constraints"
    both = draft(found, [deployed("A", "./a", unsettled=unsettled)])
    assert (functions(both)["A"].architectures, both.remarks) == ((AMD64,), ())


def test_a_main_that_is_not_for_the_cpu_of_its_function_is_told() -> None:
    found = replace(discovery("./a"), mains=(replace(discovery("./a").mains[0], architectures=(AMD64,)),))

    drafted = draft(found, [deployed("A", "./a", architectures=("arm64",))])

    assert functions(drafted)["A"].architectures == (ARM64,)
    assert [(one.line, one.hint) for one in drafted.remarks] == [
        (
            "template.yaml:7: `A`: is for arm64, and the Go files of `./a` are for amd64 alone",
            "change the template, or the names or build constraints (`//go:build`) of the files",
        )
    ]


def test_functions_of_one_name_in_two_services_are_told_apart() -> None:
    both = [deployed("Api", ".", file=f"{one}/template.yaml") for one in ("x", "y")]

    drafted = functions(draft(discovery("./x", "./y"), both))

    assert {name: one.package for name, one in drafted.items()} == {"x-Api": "./x", "y-Api": "./y"}


@pytest.mark.parametrize(
    ("asked", "go", "reason"),
    [
        (None, "1.26.8", "exact"),
        ((1, 21, 0), "1.26.8", "exact; go.mod asks for 1.21.0 or newer"),
        (GO, "1.26.8", "exact; go.mod asks for 1.26.8"),
        ((1, 99, 1), "1.99.1", "exact; go.mod asks for 1.99.1"),
    ],
)
def test_go_is_never_older_than_what_is_asked_for(asked: tuple[int, int, int] | None, go: str, reason: str) -> None:
    drafted = draft(discovery("./a", go=asked), []).draft

    assert (drafted.go, drafted.go_reason) == (go, reason)


def test_c_that_may_be_compiled_in_is_asked_about() -> None:
    found = discovery("./a", perhaps_native="example.com/c")

    for deployment in ([], [deployed("A", "./a")]):
        (remark,) = draft(found, deployment).remarks
        assert (remark.place, remark.message) == ("go.mod", "its module requires example.com/c, which is C")
        assert remark.hint == "if that is compiled into it, write `cgo: zig` in the spec"
