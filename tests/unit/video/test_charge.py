"""What each ending counts for: settled, released, or in doubt until somebody has looked."""

from typing import Any

import pytest

from cliprelay.video.charge import Charge, ChargeKind, charge_of
from cliprelay.video.states import Status
from tests.support.makers import any_video

QUOTE = {"tokens": 108_900, "usd": "0.2614", "usd_per_million": "2.4"}
QUOTED, RESERVED = 261_360, 270_000


def _charge(**changes: Any) -> Charge:
    return charge_of(any_video(quote=QUOTE, reserved=RESERVED, **changes))


def _error(code: str) -> dict[str, str]:
    return {"code": code, "message": "?"}


@pytest.mark.parametrize("status", [each for each in Status if each not in ("succeeded", "failed", "expired", "canceled")])
def test_an_open_video_counts_as_reserved_unconfirmed_ones_too(status: Status) -> None:
    assert _charge(status=status, upstream_id="t-1") == (ChargeKind.RESERVED, RESERVED)


@pytest.mark.parametrize(("tokens", "micros"), [(100_000, 240_000), (None, QUOTED), (100_000_000, QUOTED)], ids=["told", "not", "absurd"])
def test_a_video_that_succeeded_settles_at_believable_tokens_or_else_at_the_quote(tokens: int | None, micros: int) -> None:
    assert _charge(status=Status.SUCCEEDED, upstream_id="t-1", tokens=tokens) == (ChargeKind.SETTLED, micros)


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELED, Status.EXPIRED])
def test_an_ending_without_a_task_and_without_a_doubt_releases_all(status: Status) -> None:
    assert _charge(status=status, error=_error("not_submitted")) == (ChargeKind.RELEASED, 0)


@pytest.mark.parametrize(
    "changes",
    [{"upstream_id": "t-1", "error": _error("moderated")}, {"error": _error("outcome_unknown")}],
    ids=["accepted", "not known"],
)
@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELED, Status.EXPIRED])
def test_every_other_ending_is_in_doubt_at_the_quote_until_it_is_resolved(status: Status, changes: dict[str, Any]) -> None:
    assert _charge(status=status, **changes) == (ChargeKind.DOUBTFUL, QUOTED)
    assert _charge(status=status, resolved_charge="charged", **changes) == (ChargeKind.SETTLED, QUOTED)
    assert _charge(status=status, resolved_charge="not_charged", **changes) == (ChargeKind.RELEASED, 0)


def test_a_charge_that_the_operator_found_is_no_doubt() -> None:
    assert _charge(status=Status.FAILED, error=_error("charged_without_video")) == (ChargeKind.SETTLED, QUOTED)


def test_a_record_without_a_quote_counts_for_nothing() -> None:
    assert charge_of(any_video(quote=None, status=Status.SUCCEEDED)) == (ChargeKind.SETTLED, 0)
