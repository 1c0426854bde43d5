"""Names: sorted by age, never the same twice, and as hard to guess as they claim."""

import base64
from collections.abc import Callable
from datetime import timedelta

import pytest

from cliprelay import ids
from tests.support.makers import NOW


@pytest.mark.parametrize(("make", "prefix"), [(ids.video_id, "vid_"), (ids.event_id, "evt_")])
def test_a_name_sorts_by_its_time(make: Callable[..., str], prefix: str) -> None:
    names = [make(NOW + timedelta(milliseconds=number)) for number in range(5)]
    assert names == sorted(names)
    assert all(name.startswith(prefix) and len(name) == 30 for name in names)


@pytest.mark.parametrize("make", [lambda: ids.video_id(NOW), lambda: ids.event_id(NOW), ids.claim_token, ids.link_bits, ids.object_name])
def test_no_name_is_drawn_twice(make: Callable[[], str]) -> None:
    assert len({make() for _ in range(1_000)}) == 1_000


def test_names_that_open_something_carry_the_bits_that_they_claim() -> None:
    assert len(bytes.fromhex(ids.claim_token())) == len(bytes.fromhex(ids.object_name())) == 16
    assert len(base64.urlsafe_b64decode(ids.link_bits() + "=")) == 32
