"""An answer about usage reads counters, whose number does not grow with that of the videos."""

from tests.bench.usage import answered, counters


def test_every_video_is_counted_once_in_few_reads() -> None:
    found = answered(30, videos=3_000)
    assert (found.videos, found.reads) == (3_000, 1)


def test_ten_times_the_videos_have_as_many_counters() -> None:
    assert len(counters(20_000, 10)) == len(counters(40_000, 10)) == 10 * 2 * 3 * 8
