"""Small texts read right: challenges, times."""

import pytest

from lambdabuild.io.registry.challenge import Challenge, parse_challenges
from lambdabuild.io.registry.documents import normal_time


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            'Bearer realm="https://public.ecr.aws/token/",service="public.ecr.aws",scope="aws"',
            [
                (
                    "bearer",
                    {"realm": "https://public.ecr.aws/token/", "service": "public.ecr.aws", "scope": "aws"},
                )
            ],
        ),
        ('BASIC Realm="a, \\"b\\""', [("basic", {"realm": 'a, "b"'})]),
        ("Bearer realm=x , scope=y", [("bearer", {"realm": "x", "scope": "y"})]),
        (
            'Negotiate, Basic realm="a", Bearer realm="b"',
            [("negotiate", {}), ("basic", {"realm": "a"}), ("bearer", {"realm": "b"})],
        ),
        ('Bearer scope="repository:a:pull,push"', [("bearer", {"scope": "repository:a:pull,push"})]),
        ("", []),
        ('"', []),
    ],
)
def test_challenges(header: str, expected: list[tuple[str, dict[str, str]]]) -> None:
    assert list(parse_challenges(header)) == [
        Challenge(scheme=scheme, parameters=parameters) for scheme, parameters in expected
    ]


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("2026-02-27T21:04:11Z", "2026-02-27T21:04:11Z"),
        ("2026-02-27T21:04:11.123456789Z", "2026-02-27T21:04:11Z"),
        ("2026-02-27t23:04:11.9+02:00", "2026-02-27T21:04:11Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("0001-01-01T00:00:00+14:00", None),
        ("2026-02-30T00:00:00Z", None),
        ("2026-02-27", None),
        ("", None),
    ],
)
def test_times_become_seconds_and_z(text: str, normal: str | None) -> None:
    assert normal_time(text) == normal
