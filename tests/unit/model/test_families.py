"""What version nodes mean to a person."""

import pytest

from lambdabuild.model.families import family_of, in_order, project_of, release, release_of, spans


@pytest.mark.parametrize(
    ("nodes", "release"),
    [
        (["GLIBC_2.34"], "glibc 2.34"),
        (["GLIBC_2.4", "GLIBC_2.17", "GLIBC_2.2.5"], "glibc 2.17"),
        (["GLIBCXX_3.4.30"], "the libstdc++ of GCC 12"),
        (["GLIBCXX_3.4.29", "CXXABI_1.3.15"], "the libstdc++ of GCC 14"),
        (["CXXABI_1.3.13"], "the libstdc++ of GCC 11"),
        (["GCC_7.0.0", "GCC_3.0"], "the libgcc of GCC 7.0.0"),
        (["GCC_7.0.0", "GLIBC_2.0"], "the libgcc of GCC 7.0.0"),
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
    assert release_of(["GLIBCXX_3.4.99"]) == release_of(["GLIBCXX_3.4.99", "GLIBCXX_3.4.35"]) == ""


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


@pytest.mark.parametrize("node", ["GLIBC_" + "9" * 5000, "GLIBC_2." + "1" * 5000, "GLIBC_²"])
def test_numbers_that_no_release_has_are_no_numbers(node: str) -> None:
    assert release_of([node]) == ""


def test_a_release_is_a_project_and_its_number() -> None:
    assert release(["GLIBC_2.26", "GLIBC_2.34"]) == ("glibc", "2.34")
    assert release(["GLIBCXX_3.4.33"]) == ("libstdc++", "GCC 14")
    assert release(["OPENSSL_3.0.0"]) is None


EVERY = ["A_1.2", "A_1.3", "A_1.4", "A_1.10", "A_2", "B_1", "B_2", "A_PRIVATE", "X"]


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ([], []),
        (["A_1.3"], ["A_1.3"]),
        (["A_1.4", "A_1.3"], ["A_1.3", "A_1.4"]),
        (["A_1.4", "A_1.3", "A_1.10"], ["A_1.3 … 1.10"]),
        (["A_1.2", "A_1.4", "A_1.10", "A_2"], ["A_1.2", "A_1.4 … 2"]),
        (["B_1", "B_2", "A_1.2"], ["B_1", "B_2", "A_1.2"]),
        (["A_1.2", "A_PRIVATE", "X"], ["A_PRIVATE", "A_1.2", "X"]),
    ],
)
def test_versions_that_follow_each_other_are_told_as_one(nodes: list[str], words: list[str]) -> None:
    assert spans(nodes, EVERY) == words
