"""When an order may be submitted: what is a time, and which times are accepted."""

from datetime import timedelta

import pytest

from cliprelay.orders.not_before import LATEST, SKEW, is_ahead, normal_time, not_before_complaints
from cliprelay.video.record import iso
from tests.support.makers import NOW

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("2026-11-22T07:00:00Z", "2026-11-22T07:00:00Z"),
        ("2026-11-22T07:00:00+00:00", "2026-11-22T07:00:00Z"),
        ("2026-11-22T07:00:00-00:00", "2026-11-22T07:00:00Z"),
        ("2026-11-22T08:30:00+01:30", "2026-11-22T07:00:00Z"),
        ("2026-11-21T23:00:00-08:00", "2026-11-22T07:00:00Z"),
        ("2026-11-22T06:59:59.000001Z", "2026-11-22T07:00:00Z"),
        ("2026-11-22T07:00:00.000Z", "2026-11-22T07:00:00Z"),
    ],
)
def test_a_time_is_stored_in_utc_and_never_earlier_than_it_was_written(written: str, normal: str) -> None:
    assert normal_time(written) == normal


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-22T07:00:00",
        "2026-11-22",
        "2026-11-22 07:00:00Z",
        "20261122T070000Z",
        "2026-W48-5T10:00:00Z",
        "2026-11-22T07:00Z",
        "2026-02-30T07:00:00Z",
        "2026-11-22T25:00:00Z",
        "2026-11-22T07:00:60Z",
        "2026-11-22T07:00:00+25:00",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59.5Z",
        "1795330800",
        "tomorrow",
        "",
        "2026-11-22T07:00:00Z\n",
        "٢٠٢٦-11-22T07:00:00Z",
    ],
)
def test_anything_else_is_not_a_time(written: str) -> None:
    assert normal_time(written) is None


@pytest.mark.parametrize("moment", [NOW - SKEW, NOW, NOW + SECOND, NOW + LATEST])
def test_a_time_is_accepted_for_three_days(moment: object) -> None:
    assert not_before_complaints(iso(moment), NOW) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("moment", "says"),
    [(NOW - SKEW - SECOND, "has passed: it is 2026-11-22T06:00:00Z"), (NOW + LATEST + SECOND, "is more than 72 hours ahead")],
)
def test_any_other_time_is_refused_with_what_would_be_accepted(moment: object, says: str) -> None:
    (complaint,) = not_before_complaints(iso(moment), NOW)  # type: ignore[arg-type]
    assert complaint["field"] == "not_before"
    assert complaint["message"].startswith(says)
    assert "at most 72 hours ahead" in complaint["accepted"]


def test_only_a_time_to_come_makes_an_order_wait() -> None:
    moments = (None, iso(NOW - SECOND), iso(NOW), iso(NOW + SECOND))
    assert [is_ahead(moment, NOW) for moment in moments] == [False, False, False, True]
