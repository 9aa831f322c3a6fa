"""What mangled names mean to a person."""

import time

import pytest

from lambdabuild.check.demangle import demangled, listed


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("puts", "puts"),
        (
            "_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE",
            "std::condition_variable::wait(std::unique_lock<std::mutex>&)",
        ),
        ("_Z", "_Z"),
        ("_Zfoo", "_Zfoo"),
        ("_ZN", "_ZN"),
        ("_ZNKSt7codecvtIDiDu11__mbstate_tE11do_encodingEv", "_ZNKSt7codecvtIDiDu11__mbstate_tE11do_encodingEv"),
    ],
)
def test_names_of_cpp_are_shown_as_written(name: str, shown: str) -> None:
    """What the demangler does not know stays as it is."""
    assert demangled(name) == shown


def test_a_name_that_stands_for_a_million_is_not_written_out() -> None:
    """Each substitution doubles the one before it."""
    doubled = "".join(f"S{chr(48 + n)}_IS{chr(49 + n)}_S{chr(49 + n)}_E" for n in range(8))
    for bomb in (f"_Z1fI1aEvS_IS_S_E{doubled}", "_ZN" + "1a" * 200_000 + "E", "_Z" + "N" * 5000):
        began = time.process_time()
        demangled(bomb)
        assert time.process_time() - began < 1


def test_a_few_symbols_are_named_and_the_rest_is_counted() -> None:
    assert listed(["b", "a", "a"]) == "`a`, `b`"
    assert listed(["d", "c", "b", "a", "e"]) == "`a`, `b`, `c` and 2 more"


def test_names_that_would_harm_a_terminal_are_made_harmless() -> None:
    assert listed(["a`b\x1b[31m", "x" * 200]) == f"`a?b?[31m`, `{'x' * 99}…`"
