"""What version nodes and mangled names mean to a person."""

import time

import pytest

from lambdabuild.check.demangle import demangled, listed
from lambdabuild.model.families import family_of, in_order, project_of, release_of


@pytest.mark.parametrize(
    ("nodes", "release"),
    [
        (["GLIBC_2.34"], "glibc 2.34"),
        (["GLIBC_2.4", "GLIBC_2.17", "GLIBC_2.2.5"], "glibc 2.17"),
        (["GLIBCXX_3.4.30"], "the libstdc++ of GCC 12"),
        (["GLIBCXX_3.4.29", "CXXABI_1.3.15"], "the libstdc++ of GCC 14"),
        (["CXXABI_1.3.13"], "the libstdc++ of GCC 11"),
        (["GCC_7.0.0", "GCC_3.0"], "the libgcc of GCC 7.0.0"),
        (["OPENSSL_3.2.0"], ""),
        (["GLIBC_PRIVATE"], ""),
        (["GLIBC_ABI_DT_RELR"], ""),
        ([], ""),
    ],
)
def test_the_release_that_has_versions(nodes: list[str], release: str) -> None:
    assert release_of(nodes) == release


def test_a_later_gcc_is_the_newest_that_is_known() -> None:
    """What no table has yet is named by its version alone."""
    assert release_of(["GLIBCXX_3.4.99"]) == ""


@pytest.mark.parametrize(
    ("node", "family", "project"),
    [
        ("GLIBC_2.34", "GLIBC", "glibc"),
        ("GLIBC_ABI_DT_RELR", "GLIBC_ABI_DT", "glibc"),
        ("GLIBCXX_3.4.30", "GLIBCXX", "libstdc++"),
        ("CXXABI_1.3", "CXXABI", "libstdc++"),
        ("OPENSSL_3.0.0", "OPENSSL", "OPENSSL"),
        ("V1", "V1", "V1"),
    ],
)
def test_the_library_that_a_version_is_of(node: str, family: str, project: str) -> None:
    assert (family_of(node), project_of(node)) == (family, project)


def test_versions_are_in_the_order_of_their_numbers() -> None:
    assert in_order(["GLIBC_2.34", "GLIBC_2.4", "CXXABI_1.3", "V2"]) == [
        "CXXABI_1.3", "GLIBC_2.4", "GLIBC_2.34", "V2",
    ]  # fmt: skip


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


@pytest.mark.parametrize("node", ["GLIBC_" + "9" * 5000, "GLIBC_2." + "1" * 5000, "GLIBC_²"])
def test_numbers_that_no_release_has_are_no_numbers(node: str) -> None:
    assert release_of([node]) == ""


def test_a_few_symbols_are_named_and_the_rest_is_counted() -> None:
    assert listed(["b", "a", "a"]) == "`a`, `b`"
    assert listed(["d", "c", "b", "a", "e"]) == "`a`, `b`, `c` and 2 more"


def test_names_that_would_harm_a_terminal_are_made_harmless() -> None:
    assert listed(["a`b\x1b[31m", "x" * 200]) == f"`a?b?[31m`, `{'x' * 99}…`"
