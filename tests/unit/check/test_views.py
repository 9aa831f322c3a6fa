"""One artifact for both CPUs: each program is judged for its own, and the artifact once."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from lambdabuild.check import Runtime, Subject, check
from lambdabuild.model.artifact import FaultKind
from lambdabuild.model.finding import Finding, Severity
from lambdabuild.model.platform import Architecture
from tests.support.artifact import Artifact
from tests.support.elf import Programs
from tests.support.inventories import al2023

AMD64, ARM64 = Architecture.AMD64, Architecture.ARM64
NAMES = {AMD64: "orders", ARM64: "orders_arm64"}
SCRIPT = b'#!/bin/sh\nexec "/var/task/$_HANDLER"\n'


@pytest.fixture
def whole(artifact: Artifact, programs: Programs) -> Artifact:
    """A dispatcher, and a static program for each CPU."""
    artifact.put("bootstrap", SCRIPT).put("orders", programs("go")).put("orders_arm64", programs("go/arm64"))
    return artifact.but(handler="orders")


def views(artifact: Artifact) -> list[Subject]:
    return [
        replace(
            artifact.subject,
            architecture=here,
            programs=frozenset([NAMES[here]]),
            elsewhere=frozenset([NAMES[there]]),
            cpus=(AMD64, ARM64),
        )
        for here, there in ((AMD64, ARM64), (ARM64, AMD64))
    ]


def findings(artifact: Artifact) -> Sequence[Finding]:
    return check(views(artifact), lambda architecture: (al2023(architecture),))


def told(artifact: Artifact) -> list[tuple[str, str]]:
    return [(one.rule, one.file) for one in findings(artifact)]


def test_each_program_is_well_on_its_cpu(whole: Artifact) -> None:
    assert findings(whole) == ()


def test_programs_of_the_wrong_cpu_are_both_told(artifact: Artifact, programs: Programs) -> None:
    artifact.put("bootstrap", SCRIPT).put("orders", programs("go/arm64")).put("orders_arm64", programs("go"))

    assert told(artifact) == [("LB202", "orders"), ("LB202", "orders_arm64")]


@pytest.mark.parametrize(("cpu", "missing"), NAMES.items())
def test_a_program_that_is_missing_is_told(
    artifact: Artifact, programs: Programs, cpu: Architecture, missing: str
) -> None:
    artifact.put("bootstrap", SCRIPT).but(handler="orders")
    for name, program in (("orders", "go"), ("orders_arm64", "go/arm64")):
        if name != missing:
            artifact.put(name, programs(program))

    (finding,) = findings(artifact)

    assert finding.rule == "LB106"
    assert finding.message == f"the handler `orders` needs `{missing}` on {cpu}, which is not there"


@pytest.mark.parametrize("handler", ["bootstrap", "bootstrap_arm64"])
def test_the_dispatcher_is_no_handler(whole: Artifact, handler: str) -> None:
    (finding,) = findings(whole.but(handler=handler))

    assert finding.message == f"the handler `{handler}` is the script that starts the others"


def test_the_handler_of_arm64_is_the_same_where_a_script_starts_it(whole: Artifact) -> None:
    assert findings(whole.but(handler="orders_arm64")) == ()


def test_go1x_starts_the_handler_itself(whole: Artifact) -> None:
    (finding,) = findings(whole.but(handler="orders_arm64", rpc=True))

    assert finding.message == "the handler `orders_arm64` is what go1.x itself would start, and it is for arm64"


def test_what_is_carried_for_either_cpu_is_well(whole: Artifact, programs: Programs) -> None:
    whole.put("lib/amd64/tool", programs("go")).put("lib/arm64/tool", programs("go/arm64"))

    assert findings(whole) == ()


def test_what_is_carried_for_no_cpu_is_told_once(whole: Artifact, programs: Programs) -> None:
    of_riscv = programs("go")[:18] + bytes([243, 0]) + programs("go")[20:]

    (finding,) = findings(whole.put("tool", of_riscv))

    assert finding.message == "`tool` is for linux/RISCV (64-bit), the function for linux/amd64 and linux/arm64"


def test_a_name_twice_is_an_error_where_it_is_started(whole: Artifact) -> None:
    whole.fault(FaultKind.DUPLICATE, "orders_arm64")

    assert [(one.rule, one.severity) for one in findings(whole)] == [("LB124", Severity.ERROR)]


def test_a_program_that_may_not_be_executed_is_an_error(artifact: Artifact, programs: Programs) -> None:
    artifact.put("bootstrap", SCRIPT).put("orders", programs("go")).put("orders_arm64", programs("go/arm64"), 0o644)

    assert told(artifact) == [("LB103", "orders_arm64")]


def test_a_program_that_is_not_static_is_told(artifact: Artifact, programs: Programs) -> None:
    artifact.put("bootstrap", SCRIPT).put("orders", programs("go/cgo")).put("orders_arm64", programs("go/arm64"))

    assert told(artifact) == [("LB301", "orders")]


def test_what_is_wrong_with_the_whole_is_said_once(whole: Artifact) -> None:
    whole.put("secret", b"x", 0o600)
    whole.holds(unzipped=300 << 20)

    assert [rule for rule, _ in told(whole)] == ["LB501", "LB104"]


def test_an_allow_that_counts_on_one_cpu_is_not_idle(artifact: Artifact, programs: Programs) -> None:
    artifact.put("bootstrap", SCRIPT).put("orders", programs("go/cgo")).put("orders_arm64", programs("go/arm64"))

    assert told(artifact.allow("LB301", "LB406")) == [("LB901", "bootstrap")]
    assert "LB406" in findings(artifact)[0].message


def test_each_cpu_is_held_against_its_own_image(artifact: Artifact, programs: Programs) -> None:
    artifact.put("bootstrap", SCRIPT).put("orders", programs("go/cgo")).put("orders_arm64", programs("go/arm64"))
    asked = []

    def runtimes(architecture: Architecture) -> tuple[Runtime, ...]:
        asked.append(architecture)
        return (al2023(architecture),)

    assert check([replace(view, static=False) for view in views(artifact)], runtimes) == ()
    assert asked == [AMD64]
