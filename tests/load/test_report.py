"""The figures of a run, as they are printed."""

from collections import Counter

from tests.load.report import Run, describe
from tests.load.usage import Group, Usage


def test_a_report_shows_speed_endings_processor_time_and_memory() -> None:
    before = Group(Usage(5, 100, 1, 4), Usage(1, 50, 3, 3))
    peak = Group(Usage(20, 400, 1, 90), Usage(8, 150, 12, 24))
    after = Group(Usage(25, 200, 1, 9), Usage(11, 60, 4, 8))
    run = Run(Counter({"succeeded": 39, "failed (rejected)": 1}), Counter({503: 2}), 5.2, 30, before, peak, after)
    assert describe(run).splitlines() == [
        "40 videos at once: 39 succeeded, 1 failed (rejected)",
        "accepted after 5 s, with refusals: 2 503",
        "ended after 30 s: 80 videos a minute",
        "CPU a video: 0.750 s (service 0.500, sandboxes 0.250)",
        "before: PSS 150 MB (service 100, sandboxes 50), 4 processes, 7 threads",
        "peak:   PSS 550 MB (service 400, sandboxes 150), 13 processes, 114 threads",
        "after:  PSS 260 MB (service 200, sandboxes 60), 5 processes, 17 threads",
    ]
