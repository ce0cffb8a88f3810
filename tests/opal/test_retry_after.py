"""The wait that the other side asks for."""

from datetime import UTC, datetime

import pytest

from opal.retry_after import retry_after_s

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("Mon, 01 Jun 2026 12:01:30 GMT", 90),
        ("Mon, 01 Jun 2026 14:01:30 +0200", 90),
        ("Mon, 01 Jun 2026 12:01:30 -0000", 90),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
    ],
)
def test_it_is_seconds_or_a_date(value, seconds):
    assert retry_after_s(value, NOON) == seconds


@pytest.mark.parametrize("value", ["", "soon", "-5", "1e9", "1.5", "²", "9" * 400])
def test_anything_else_says_nothing(value):
    assert retry_after_s(value, NOON) is None
