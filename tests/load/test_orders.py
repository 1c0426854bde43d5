"""Many orders against a fake API."""

from typing import Any

import pytest

from tests.load.orders import CLIENTS, Answer, Orders


class FakeApi:
    """Refuses the first orders, and ends a video at the second look."""

    def __init__(self, *refusals: int) -> None:
        self.refusals, self.keys, self.looks = list(refusals), list[str](), list[str]()
        self.ending: dict[str, Any] = {"status": "succeeded", "error": None}

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        if method == "POST":
            self.keys.append(headers["Idempotency-Key"])
            return (self.refusals.pop(), {}) if self.refusals else (202, {"id": headers["Idempotency-Key"]})
        self.looks.append(path)
        return 200, self.ending if self.looks.count(path) > 1 else {"status": "queued"}


def test_every_order_is_sent_and_a_passing_refusal_repeats_the_same_order() -> None:
    api, pauses = FakeApi(503, 429), list[float]()
    orders = Orders(api.ask, "image", pauses.append)
    assert sorted(orders.order(CLIENTS + 3)) == sorted(f"load-{number}" for number in range(CLIENTS + 3))
    assert dict(orders.refused) == {503: 1, 429: 1}
    assert (len(api.keys), len(pauses)) == (CLIENTS + 5, 2)


def test_a_lasting_refusal_ends_the_run() -> None:
    with pytest.raises(SystemExit, match="refused with 422"):
        Orders(FakeApi(422).ask, "image").order(1)


def test_the_endings_are_counted_with_their_codes() -> None:
    api = FakeApi()
    assert Orders(api.ask, "image").wait(["a", "b"], ("succeeded",), lambda: False) == {"succeeded": 2}
    api.ending = {"status": "failed", "error": {"code": "rejected"}}
    assert Orders(api.ask, "image").wait(["c"], ("failed",), lambda: False) == {"failed (rejected)": 1}


def test_a_video_that_has_not_ended_in_time_is_counted_as_it_is() -> None:
    assert Orders(FakeApi().ask, "image").wait(["a", "b"], ("succeeded",), lambda: True) == {"queued": 2}
