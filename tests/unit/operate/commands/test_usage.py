"""`python -m operate usage`: what tenants have used, and whether the counters agree with the records."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from cliprelay.video.record import Video, iso
from cliprelay.video.spend import counter_key
from cliprelay.video.states import Status
from tests.support.makers import NOW, TENANT, any_video
from tests.support.operate_stack import Operate

if TYPE_CHECKING:
    from tests.support.world import World

pytestmark = pytest.mark.usefixtures("fixed_day")

QUOTE = {"tokens": 100_000, "usd": "0.2400", "usd_per_million": "2.4"}


def _accept(world: "World", number: int = 1, **changes: object) -> Video:
    values: dict[str, object] = {"id": f"vid_{number:026d}", "created_at": iso(NOW), "quote": QUOTE, "reserved": 250_000, "claim": "c"}
    video = any_video(**values | changes)
    world.videos.accept(video, None, NOW)
    return video


def _end(world: "World", video: Video, status: Status = Status.FAILED) -> Video:
    running = world.videos.move(video, Status.SUBMITTING, NOW).video
    running = world.videos.move(running, Status.RUNNING, NOW, upstream_id=f"task-{video.id}").video
    return world.videos.move(running, status, NOW, error={"code": "generation_failed", "message": "?"}).video


def test_every_tenant_with_a_key_is_shown_with_a_total(world: "World", operate: Operate) -> None:
    world.keys.create("other")
    assert world.key
    _accept(world)
    _end(world, _accept(world, 2, tenant="other"))
    status, out, _ = operate("usage")
    rows = [line.split() for line in out.splitlines()[1:]]
    today = str(NOW.date())
    assert status == 0
    assert rows == [
        [TENANT, today, "1", "5", "0", "0.2500", "0.0000", "0.0000"],
        ["other", today, "1", "5", "0", "0.0000", "0.0000", "0.2400"],
        ["total", "2", "10", "0", "0.2500", "0.0000", "0.2400"],
    ]


def test_one_tenant_is_shown_by_status(world: "World", operate: Operate) -> None:
    _accept(world)
    _end(world, _accept(world, 2))
    _, out, _ = operate("usage", "--tenant", TENANT, "--by", "status")
    assert [line.split()[:3] for line in out.splitlines()[1:3]] == [[TENANT, "failed", "1"], [TENANT, "open", "1"]]


def test_without_use_the_period_is_named(operate: Operate) -> None:
    status, out, err = operate("usage", "--tenant", TENANT, "--from", "2026-01-01", "--to", "2026-01-31")
    assert (status, out, err) == (0, "", "Nothing was used from 2026-01-01 to 2026-01-31.\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--from", "2026-02-30"], "argument --from: must be a UTC day such as 2026-11-27, not '2026-02-30'"),
        (["--from", "2026-02-02", "--to", "2026-02-01"], "argument --from: must not be after --to, which is 2026-02-01"),
        (["--from", "2020-01-01", "--to", "2026-02-01"], "argument --from: begins a period of 2,224 days; at most 400"),
        (["--by", "week"], "argument --by: invalid choice"),
        (["recount", "--by", "day"], "recount takes no other option"),
        (["count"], "invalid choice: 'count'"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_in_one_line(operate: Operate, words: list[str], message: str) -> None:
    status, _, err = operate("usage", *words)
    assert (status, err.count("\n")) == (2, 1)
    assert message in err


# Recount


def test_counters_agree_with_the_records_that_made_them(world: "World", operate: Operate) -> None:
    _accept(world)
    _end(world, _accept(world, 2))
    assert world.videos.resolve_charge(_end(world, _accept(world, 3)), "charged", NOW).won
    status, out, _ = operate("usage", "recount")
    first = NOW.date() - timedelta(days=29)
    assert (status, out) == (0, f"0 differences in 3 records of 1 counters since {first}.\n")


def test_a_counter_that_lost_a_move_is_named_with_both_values(world: "World", operate: Operate) -> None:
    video = _accept(world)
    table = world.spend.table
    table.write(table.update_part(counter_key(video), {}, "", {}, adds={"reserved": 7}))
    _, out, _ = operate("usage", "recount")
    assert out.splitlines()[0] == f"tenant {TENANT}, {NOW.date()}, {video.model}, key -: reserved 250007 counted, 250000 in records"
    assert out.splitlines()[1].startswith("1 differences in 1 records of 1 counters")


def test_a_counter_without_records_and_a_record_without_a_counter_differ(world: "World", operate: Operate) -> None:
    table = world.spend.table
    table.write(table.update_part(("usage#gone", f"{NOW.date()}#m#-#0"), {}, "", {}, adds={"videos": 1}))
    world.put(any_video(created_at=iso(NOW), quote=QUOTE, reserved=250_000))
    _, out, _ = operate("usage", "recount")
    assert "videos 1 counted, 0 in records" in out
    assert "videos 0 counted, 1 in records" in out


def test_records_of_earlier_versions_and_days_before_the_retention_are_left_out(world: "World", operate: Operate) -> None:
    world.put(any_video(created_at=iso(NOW), quote=QUOTE))
    table = world.spend.table
    table.write(table.update_part((f"usage#{TENANT}", "2026-01-01#m#-#0"), {}, "", {}, adds={"videos": 1}))
    _, out, _ = operate("usage", "recount")
    assert out.startswith("0 differences in 0 records of 0 counters")
    assert "1 records of earlier versions are not counted" in out


def test_the_end_of_a_video_from_a_restored_table_is_expected_to_have_moved_nothing(world: "World", operate: Operate) -> None:
    video = _accept(world)
    marked = world.videos.mark_unconfirmed(video, NOW, {"code": "restored", "message": "?"}).video
    world.videos.move(marked, Status.FAILED, NOW, error={"code": "outcome_unknown", "message": "?"})
    _, out, _ = operate("usage", "recount")
    assert out.startswith("0 differences in 1 records")
