"""Which error is told when several happened."""

from collections.abc import Callable

import pytest

from lambdabuild.errors import EnvironmentFailure
from lambdabuild.io.registry.retry import Clock, PassingFailure, Patience, Retries

CUT = PassingFailure("cut", hint="wait")
REFUSED = EnvironmentFailure("refused", temporary=True)
ABSENT = EnvironmentFailure("absent")


def failing(*failures: EnvironmentFailure) -> Callable[[], str]:
    waiting = list(failures)

    def attempt() -> str:
        if waiting:
            raise waiting.pop(0)
        return "done"

    return attempt


def run(attempt: Callable[[], str], slept: list[float] | None = None) -> str:
    clock = Clock(sleep=(slept if slept is not None else []).append)
    return Retries(patience=Patience(attempts=3), clock=clock).run(attempt)


def test_what_passes_is_tried_again() -> None:
    slept: list[float] = []
    assert run(failing(CUT, CUT), slept) == "done"
    assert slept == [0.5, 1.0]


@pytest.mark.parametrize(
    ("failures", "message", "temporary"),
    [
        ([CUT, PassingFailure("other"), PassingFailure("third")], "cut (tried 3 times)", True),
        ([CUT, REFUSED], "cut (tried 2 times)", True),
        ([REFUSED], "refused", True),
        ([ABSENT], "absent", False),
        ([CUT, ABSENT], "absent", False),
    ],
)
def test_the_first_error_is_told_unless_a_definite_answer_came(
    failures: list[EnvironmentFailure], message: str, temporary: bool
) -> None:
    with pytest.raises(EnvironmentFailure) as caught:
        run(failing(*failures))
    assert (caught.value.message, caught.value.temporary) == (message, temporary)
