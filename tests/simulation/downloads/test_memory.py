"""What a video costs Archive in memory does not depend on its length; a small pair stands in for the long one of the command."""

import base64

import pytest

from cliprelay.video.states import Status
from tests.simulation.downloads.memory import Measured, measure

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def small() -> Measured:
    return measure(5 * MEGABYTE)


def test_ten_times_the_video_takes_the_same_memory(small: Measured) -> None:
    large = measure(50 * MEGABYTE)
    assert (small.is_the_video, large.is_the_video) == (True, True)
    assert large.peak - small.peak < 10 * MEGABYTE
    assert (small.left, large.left) == (0, 0)


def test_the_bucket_gets_the_video_as_it_is_under_a_checksum_made_while_fetching(small: Measured) -> None:
    """A trailing checksum would need another encoding of the body, and another look at every byte."""
    assert small.status == Status.SUCCEEDED
    assert "content-encoding" not in small.headers
    assert base64.b64decode(small.headers["x-amz-checksum-sha256"]).hex() == small.headers["x-amz-meta-sha256"]
    assert small.headers["if-none-match"] == "*"


def test_a_video_beyond_the_cap_is_given_back_and_leaves_nothing(small: Measured) -> None:
    seen = measure(9 * MEGABYTE + 1, storage_mb=10)
    assert (seen.status, seen.left, seen.headers) == (Status.ARCHIVING, 0, {})
    assert measure(9 * MEGABYTE, storage_mb=10).status == Status.SUCCEEDED
