"""`python -m operate videos reindex`."""

from typing import TYPE_CHECKING

from cliprelay.steps.sweep_listing import AFTER, SEEN_AT, SINCE
from cliprelay.video.listing import LISTED_AT, SWEEP
from tests.support.operate_stack import Operate

if TYPE_CHECKING:
    from tests.support.world import World


def test_the_sweep_looks_at_all_records_again_and_one_under_way_cannot_prevent_it(world: "World", operate: Operate) -> None:
    lease = world.sweep_lease()
    assert lease.take(None, world.clock())
    world.change(SWEEP, **{SINCE: 1, SEEN_AT: 2, AFTER: "vid_1", LISTED_AT: 3})
    status, out, _ = operate("videos", "reindex")
    assert (status, "20 minutes" in out) == (0, True)
    lease.findings = {SEEN_AT: 4, LISTED_AT: 4}
    lease.release()
    assert world.item(SWEEP).keys() == {"id", "held_until", SINCE}


def test_a_table_that_was_never_swept_has_nothing_to_forget(world: "World", operate: Operate) -> None:
    assert operate("videos", "reindex")[0] == 0
    assert world.item(SWEEP) == {"id": SWEEP}
