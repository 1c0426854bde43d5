"""Poll asks, acts on the answer, and lets no outage end a video."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cliprelay.errors import NoAnswer, RefusedAccount, TaskNotFound
from cliprelay.steps.poll import poll
from cliprelay.upstream.contract import Outcome, PaidRequest, Task
from cliprelay.video.record import Video
from cliprelay.video.states import TERMINAL, Status
from cliprelay.video.table import DUE, KEEPER_MARGIN, STUCK, due_key
from cliprelay.webhooks.executions import DeliveryExecutions
from cliprelay.webhooks.table import DeliveryTable
from cliprelay.workflow.contract import CLAIM_HELD, Event, Result
from cliprelay.workflow.decisions import MISSES_ALLOWED
from cliprelay.workflow.durations import NOTHING
from cliprelay.workflow.durations_table import DurationsTable
from cliprelay.workflow.schedule import next_wait
from tests.support.fake_upstream import FakeUpstream
from tests.support.makers import GRACE, NOW, Meddled, any_settings, any_video, twice

if TYPE_CHECKING:
    from tests.support.world import World

DAY = 86_400
EPOCH = int(NOW.timestamp())
MARGIN = int(KEEPER_MARGIN.total_seconds())


def _paid(faults: str = "") -> tuple[FakeUpstream, Video]:
    """Return an upstream with one paid task, and its running video."""
    upstream = FakeUpstream()
    settings = any_settings(prompt=f"A lighthouse. [sim {faults}]")
    upstream.create(PaidRequest("any", json.dumps(settings).encode()), key=upstream.key)
    return upstream, any_video(status=Status.RUNNING, settings=settings, upstream_id="task-1", waited=18)


def _poll(world: "World", upstream: Any, *, run: int = 1, count: Callable[[str], None] = lambda _: None, **more: Any) -> Result:
    event = Event(video_id=any_video().id, run=run)
    if "wait" in more:
        event["wait"] = more.pop("wait")
    usual: dict[str, Any] = {"videos": world.videos, "upstream": upstream, "clock": world.clock, "grace": GRACE, "count": count}
    return poll(event, **usual | more)


def _now(world: "World") -> Video:
    return world.read(any_video().id)


class Answering:
    """An upstream that answers every poll with the same task."""

    def __init__(self, answer: Task) -> None:
        self.answer = answer

    def task(self, task_id: str) -> Task:
        return self.answer


class Silent:
    """An upstream that answers every poll with the same error."""

    def __init__(self, silence: Exception) -> None:
        self.silence = silence

    def task(self, task_id: str) -> Task:
        raise self.silence


# Answers


def test_a_running_task_is_polled_again_after_a_growing_wait(world: "World") -> None:
    upstream, video = _paid("outcome=never")
    world.put(replace(video, submitted_at=EPOCH))
    world.clock.advance(20)
    waits = []
    for _ in range(40):
        waits.append(_poll(world, upstream)["wait"])
        world.clock.advance(waits[-1])
    assert waits[0] == next_wait(20, "default")
    assert waits[-1] > 2 * waits[0]


def test_a_record_without_the_time_of_its_submit_counts_what_was_waited(world: "World") -> None:
    upstream, video = _paid("outcome=never")
    world.put(replace(video, waited=400))
    assert _poll(world, upstream)["wait"] == next_wait(400, "default") == 20
    assert _now(world).waited == 420


def test_progress_is_recorded_as_an_update(world: "World") -> None:
    upstream, video = _paid("outcome=never")
    world.put(video)
    world.clock.advance(60)
    _poll(world, upstream)
    assert (_now(world).progress, _now(world).updated_at) == (50, "2026-11-22T06:01:00Z")


def test_a_finished_task_goes_to_archive_with_its_link_only_in_the_record(world: "World") -> None:
    upstream, video = _paid()
    world.put(video)
    result = _poll(world, upstream)
    assert result == {"video_id": video.id, "run": 1, "status": "archiving", "next": "archive"}
    assert _now(world).upstream_url == "https://media.example.com/task-1.mp4"


@pytest.mark.parametrize(
    ("outcome", "status", "code"),
    [
        ("fail:internal", Status.FAILED, "generation_failed"),
        ("moderated", Status.FAILED, "moderated"),
        ("expired", Status.EXPIRED, "expired"),
        ("cancelled", Status.CANCELED, "canceled_upstream"),
    ],
)
def test_a_definite_end_goes_to_notify(world: "World", outcome: str, status: Status, code: str) -> None:
    upstream, video = _paid(f"outcome={outcome}")
    world.put(video)
    result = _poll(world, upstream)
    assert (result["next"], result["status"]) == ("notify", status.value)
    assert (_now(world).error or {})["code"] == code


def test_an_unknown_status_word_is_counted_and_polling_continues(world: "World") -> None:
    upstream, video = _paid("poll=unknown-status outcome=never")
    world.put(video)
    counted: list[str] = []
    assert _poll(world, upstream, count=counted.append)["next"] == "wait"
    assert _poll(world, upstream, count=counted.append)["next"] == "wait"
    assert counted == ["UnknownStatusWords"]


def test_a_success_without_a_link_is_polled_again_soon(world: "World") -> None:
    upstream, video = _paid("poll=no-url")
    world.put(video)
    assert (_poll(world, upstream)["next"], _now(world).misses) == ("wait", 1)
    assert _poll(world, upstream)["next"] == "archive"


def test_a_task_not_known_yet_is_polled_again(world: "World") -> None:
    upstream, video = _paid("poll=404 outcome=never")
    world.put(video)
    assert (_poll(world, upstream)["next"], _now(world).misses) == ("wait", 1)
    assert (_poll(world, upstream)["next"], _now(world).misses) == ("wait", 0)


def test_a_task_never_known_is_lost_after_15_minutes_and_possibly_charged(world: "World") -> None:
    world.put(any_video(status=Status.RUNNING, upstream_id="task-of-nobody"))
    results = [_poll(world, FakeUpstream()) for _ in range(MISSES_ALLOWED + 1)]
    assert [result["next"] for result in results] == ["wait"] * MISSES_ALLOWED + ["notify"]
    assert sum(result.get("wait", 0) for result in results) >= 900
    assert (_now(world).error or {})["code"] == "lost_upstream"


# Silence


@pytest.mark.parametrize(
    "silence", [NoAnswer("http_500", "any"), NoAnswer("upstream_unreachable", "any"), RefusedAccount("upstream_key", "any")]
)
@pytest.mark.parametrize("status", [Status.RUNNING, Status.ARCHIVING])
def test_two_days_of_silence_end_no_video(world: "World", silence: Exception, status: Status) -> None:
    world.put(any_video(status=status, upstream_id="task-1", archiving_at=EPOCH))
    world.clock.advance(2 * DAY)
    assert _poll(world, Silent(silence))["next"] == "wait"
    assert _now(world).status is status


def test_a_day_old_flex_video_is_asked_about_again_soon_after_an_unanswered_poll(world: "World") -> None:
    begun = int(world.clock.seconds())
    times = {"submitted_at": begun - 86_000, "deadline": begun + 172_800}
    world.put(any_video(status=Status.RUNNING, upstream_id="task-1", settings=any_settings(service_tier="flex"), **times))
    assert _poll(world, Silent(NoAnswer("http_500", "any")))["wait"] == 300
    world.clock.advance(300)
    assert _poll(world, Silent(NoAnswer("http_500", "any")))["wait"] == 300
    world.clock.advance(300)
    assert _poll(world, Silent(NoAnswer("http_500", "any")))["wait"] == 600


def test_silence_until_a_day_after_the_deadline_ends_the_video_as_possibly_charged(world: "World") -> None:
    world.put(any_video(status=Status.RUNNING, upstream_id="task-1"))
    world.clock.advance(any_video().deadline - EPOCH + DAY + 1)
    assert _poll(world, Silent(NoAnswer("http_500", "any")))["status"] == "expired"
    assert "may have been charged" in (_now(world).error or {})["message"]


@pytest.mark.parametrize("asked", [0.0, 10.0, 1e9])
def test_retry_after_is_honoured_within_bounds(world: "World", asked: float) -> None:
    world.put(any_video(status=Status.RUNNING, upstream_id="task-1"))
    wait = _poll(world, Silent(NoAnswer("http_429", "any", retry_after=asked)))["wait"]
    assert 6 <= wait <= 300


# Copying


def test_a_fresh_link_returns_to_archive(world: "World") -> None:
    upstream, video = _paid()
    world.put(any_video(status=Status.ARCHIVING, settings=video.settings, upstream_id="task-1", archiving_at=EPOCH, copies=2))
    assert _poll(world, upstream)["next"] == "archive"
    assert _now(world).upstream_url == "https://media.example.com/task-1.mp4"


@pytest.mark.parametrize(("status", "is_asked_about"), [(Status.RUNNING, True), (Status.ARCHIVING, False)])
def test_a_discarded_video_is_asked_about_until_it_has_ended_and_then_needs_no_link(
    world: "World", status: Status, *, is_asked_about: bool
) -> None:
    upstream, video = _paid()
    world.put(any_video(status=status, settings=video.settings, upstream_id="task-1", archiving_at=EPOCH, discard=True))
    assert _poll(world, upstream)["next"] == "archive"
    assert (_now(world).status, _now(world).upstream_url is not None) == (Status.ARCHIVING, is_asked_about)


def test_a_video_not_copied_within_a_day_ends_as_gone(world: "World") -> None:
    upstream, video = _paid()
    world.put(any_video(status=Status.ARCHIVING, settings=video.settings, upstream_id="task-1", archiving_at=EPOCH, copies=290))
    world.clock.advance(DAY + 1)
    assert _poll(world, upstream)["status"] == "failed"
    assert (_now(world).error or {})["code"] == "video_gone"


def test_a_lost_video_is_counted_even_if_the_response_to_its_last_write_was_lost(world: "World") -> None:
    video = world.put(any_video(status=Status.RUNNING, upstream_id="task-1", misses=MISSES_ALLOWED))
    counted: list[str] = []
    event, table = Event(video_id=video.id, run=1), world.videos_over(Meddled(world.dynamodb, update_item=twice))
    silent: Any = Silent(TaskNotFound("lost_upstream", "any"))
    poll(event, videos=table, upstream=silent, clock=world.clock, grace=GRACE, count=counted.append)
    assert (_now(world).error or {})["code"] == "lost_upstream"
    assert counted == ["LostVideos"]


def test_a_lost_video_is_counted_before_its_last_write(world: "World") -> None:
    video = world.put(any_video(status=Status.RUNNING, upstream_id="task-1", misses=MISSES_ALLOWED))
    counted: list[str] = []

    def crash(real: Any, **kwargs: Any) -> Any:
        real(**kwargs)
        raise SystemExit

    event, table = Event(video_id=video.id, run=1), world.videos_over(Meddled(world.dynamodb, update_item=crash))
    silent: Any = Silent(TaskNotFound("lost_upstream", "any"))
    with pytest.raises(SystemExit):
        poll(event, videos=table, upstream=silent, clock=world.clock, grace=GRACE, count=counted.append)
    assert counted == ["LostVideos"]


# Time


def test_the_deadline_ends_a_running_video_only_after_one_more_answer(world: "World") -> None:
    upstream, video = _paid("outcome=never")
    world.put(video)
    world.clock.advance(video.deadline - EPOCH)
    assert _poll(world, upstream)["next"] == "wait"
    world.clock.advance(1)
    assert _poll(world, upstream)["status"] == "expired"


def test_a_flex_video_is_polled_right_after_its_deadline(world: "World") -> None:
    settings = any_settings(service_tier="flex")
    video = _running(world, settings=settings, deadline=EPOCH + 90_000)
    world.clock.advance(84_000)
    waited = _poll(world, RUNNING)["wait"]
    assert waited == 90_000 - 84_020 + 1
    world.clock.advance(waited)
    assert _poll(world, RUNNING)["status"] == "expired"
    assert world.clock().timestamp() == video.deadline + 1


def test_a_video_finished_at_its_deadline_is_archived(world: "World") -> None:
    upstream, video = _paid()
    world.put(video)
    world.clock.advance(video.deadline - EPOCH + 1)
    assert _poll(world, upstream)["next"] == "archive"


def test_a_claim_within_its_grace_is_unchanged_and_its_lease_extended(world: "World") -> None:
    world.put(any_video(status=Status.SUBMITTING, claim="a", claimed_at=EPOCH))
    assert _poll(world, FakeUpstream())["wait"] == CLAIM_HELD
    assert (_now(world).due_at or 0) > EPOCH + CLAIM_HELD


@pytest.mark.parametrize("status", [Status.SUBMITTING, Status.UNCONFIRMED])
def test_a_video_with_stored_evidence_runs(world: "World", status: Status) -> None:
    world.put(any_video(status=status, claim="a", claimed_at=EPOCH, upstream_id="task-1"))
    assert _poll(world, FakeUpstream())["next"] == "wait"
    assert _now(world).status is Status.RUNNING


def test_a_queued_video_goes_to_submit_and_fails_after_its_deadline(world: "World") -> None:
    world.put(any_video())
    assert _poll(world, FakeUpstream())["next"] == "submit"
    world.clock.advance(any_video().deadline - EPOCH + 1)
    assert _poll(world, FakeUpstream())["status"] == "failed"


# Other states and runs


def test_a_stale_run_or_a_missing_video_ends_the_execution_at_once(world: "World") -> None:
    done = {"video_id": any_video().id, "run": 1, "next": "done"}
    assert _poll(world, FakeUpstream()) == done
    world.put(any_video(status=Status.RUNNING, run=2, upstream_id="task-1"))
    assert _poll(world, FakeUpstream()) == done


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_an_ended_video_is_not_polled(world: "World", status: Status) -> None:
    world.put(any_video(status=status, upstream_id="task-1", event_id="evt_1"))
    assert _poll(world, Silent(AssertionError("asked")))["next"] == "notify"
    world.change(any_video().id, told="evt_1")
    assert _poll(world, Silent(AssertionError("asked")))["next"] == "done"


@pytest.mark.parametrize("meanwhile", [{"status": "canceled", "event_id": "evt_1"}, {"run": 2}])
def test_an_answer_that_arrives_after_the_video_moved_changes_nothing(world: "World", meanwhile: dict[str, Any]) -> None:
    upstream, video = _paid("outcome=never")
    world.put(video)
    ask = upstream.task

    def late(task_id: str) -> Task:
        world.change(video.id, **meanwhile)
        return ask(task_id)

    upstream.task = late  # type: ignore[method-assign]
    _poll(world, upstream)
    assert (_now(world).waited, _now(world).progress) == (18, 0)


# What is written


def _running(world: "World", **changes: Any) -> Video:
    """Store a video that was submitted 20 seconds ago and is polled for the first time."""
    _, video = _paid()
    lease = {"due": DUE, "due_at": EPOCH + 20 + MARGIN, "submitted_at": EPOCH, "waited": 20}
    stored = world.put(replace(video, **{**lease, **changes}))
    world.clock.advance(20)
    return stored


RUNNING = Answering(Task(Outcome.RUNNING, progress=49))


def test_a_poll_that_waits_reads_the_record_and_writes_nothing(world: "World") -> None:
    stored = _running(world)
    client = Meddled(world.dynamodb, update_item=_refused, transact_write_items=_refused)
    assert _poll(world, RUNNING, videos=world.videos_over(client)) == {"video_id": stored.id, "run": 1, "status": "running"} | {
        "next": "wait",
        "wait": 8,
    }
    assert _now(world) == stored


def _refused(real: Any, **request: Any) -> Any:
    raise AssertionError(request)


def test_a_poll_writes_what_a_version_before_and_a_reader_need_together_with_the_lease(world: "World") -> None:
    _running(world)
    world.clock.advance(193)
    assert _poll(world, RUNNING)["wait"] == 11
    now = _now(world)
    assert (now.waited, now.progress, now.updated_at) == (213 + 11, 49, "2026-11-22T06:03:33Z")
    assert now.due_at == EPOCH + 213 + 11 + MARGIN


def test_half_of_the_way_is_written_at_once_and_leaves_the_lease(world: "World") -> None:
    stored = _running(world)
    world.clock.advance(9)
    _poll(world, Answering(Task(Outcome.RUNNING, progress=50)))
    now = _now(world)
    assert (now.progress, now.updated_at) == (50, "2026-11-22T06:00:29Z")
    assert (now.due, now.due_at) == (stored.due, stored.due_at)
    _poll(world, Answering(Task(Outcome.RUNNING, progress=98)))
    assert _now(world).progress == 50


def test_a_video_whose_polls_succeed_is_never_due_and_one_whose_polls_fail_is(world: "World") -> None:
    _running(world, settings=any_settings())
    for _ in range(120):
        wait = _poll(world, RUNNING)["wait"]
        assert list(world.videos.due(DUE, world.clock() + timedelta(seconds=wait + MARGIN / 2))) == []
        world.clock.advance(wait)
    world.clock.advance(MARGIN)
    assert list(world.videos.due(DUE, world.clock())) == [any_video().id]


def test_an_answer_takes_a_video_out_of_the_stuck_ones_at_once(world: "World") -> None:
    _running(world, failing_since=EPOCH - 2 * 3_600, due=STUCK)
    assert world.videos.stuck() == [any_video().id]
    _poll(world, RUNNING)
    assert (world.videos.stuck(), _now(world).failing_since, _now(world).due) == ([], None, due_key(any_video().id))


def test_silence_of_an_hour_makes_a_video_stuck(world: "World") -> None:
    _running(world, due_at=EPOCH + 10_000)
    silent = Silent(NoAnswer("http_500", "any"))
    for _ in range(100):
        world.clock.advance(_poll(world, silent)["wait"])
        if world.clock().timestamp() - EPOCH >= 3_600 + 300:
            break
    assert world.videos.stuck() == [any_video().id]


# What is learned

DONE = Answering(Task(Outcome.SUCCEEDED, video_url="https://media.example.com/a.mp4"))


def _durations(world: "World") -> DurationsTable:
    return DurationsTable(world.dynamodb, world.videos_table, world.clock)


def test_the_end_of_a_video_is_learned_as_between_the_last_two_polls(world: "World") -> None:
    stored = _running(world)
    world.clock.advance(16)
    assert _poll(world, DONE, durations=_durations(world), wait=8)["next"] == "archive"
    seen = _durations(world).of(stored)
    assert seen.count == pytest.approx(1, abs=0.01)
    assert 27 <= (seen.quantile(0.01) or 0) <= 29
    assert 34 <= (seen.quantile(0.9) or 0) <= (seen.quantile(0.99) or 0) <= 38.1  # the end of the bucket of 36


@pytest.mark.parametrize(
    ("changes", "wait"),
    [({"run": 2}, 8), ({"waited": 0}, 8), ({"misses": 1}, 8), ({"failing_since": EPOCH}, 8), ({"submitted_at": None}, 8), ({}, None)],
    ids=["another run", "adopted", "misses", "silence", "an old record", "an old execution"],
)
def test_nothing_is_learned_when_nobody_knows_when_the_poll_before_was(world: "World", changes: dict[str, Any], wait: int | None) -> None:
    stored = _running(world, **changes)
    more: dict[str, Any] = {} if wait is None else {"wait": wait}
    assert _poll(world, DONE, durations=_durations(world), run=stored.run, **more)["next"] == "archive"
    assert _durations(world).of(stored) == NOTHING


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.CANCELED, Outcome.EXPIRED])
def test_nothing_is_learned_from_a_video_that_was_not_finished(world: "World", outcome: Outcome) -> None:
    stored = _running(world)
    assert _poll(world, Answering(Task(outcome)), durations=_durations(world), wait=20)["next"] == "notify"
    assert _durations(world).of(stored) == NOTHING


def test_a_move_that_another_one_won_teaches_nothing(world: "World") -> None:
    stored = _running(world)

    class Overtaken(Answering):
        def task(self, task_id: str) -> Task:
            world.change(stored.id, status="archiving", archiving_at=EPOCH)
            return self.answer

    _poll(world, Overtaken(DONE.answer), durations=_durations(world), wait=20)
    assert _durations(world).of(stored) == NOTHING


def test_the_next_wait_follows_from_what_was_learned(world: "World") -> None:
    stored = _running(world)
    for _ in range(40):
        world.clock.advance(30)
        _durations(world).learn(stored, 300, 310)
    world.change(stored.id, submitted_at=int(world.clock().timestamp()) - 100)
    assert next_wait(100, "default") == 8
    assert _poll(world, RUNNING, durations=_durations(world))["wait"] > 30


def test_a_video_is_polled_by_the_usual_waits_and_archived_while_durations_can_be_neither_read_nor_written(world: "World") -> None:
    _running(world)
    client: Any = Meddled(world.dynamodb, get_item=_refused, update_item=_refused)
    table = DurationsTable(client, world.videos_table, world.clock)
    assert _poll(world, RUNNING, durations=table)["wait"] == 8
    assert _poll(world, DONE, durations=table, wait=8)["next"] == "archive"


# What the upstream says that it billed


@pytest.mark.parametrize(("tokens", "counts", "warned", "recorded"), [(10**11, ["DoubtedUsage"], ["usage_doubted"], None), (8, [], [], 8)])
def test_only_a_usage_that_can_be_true_is_recorded_and_any_other_rings(
    world: "World", tokens: int, counts: list[str], warned: list[str], recorded: int | None
) -> None:
    world.put(any_video(status=Status.RUNNING, upstream_id="task-1"))
    counted: list[str] = []
    upstream = Answering(Task(Outcome.SUCCEEDED, video_url="https://media.example.com/a.mp4", tokens=tokens))
    assert _poll(world, upstream, count=counted.append)["next"] == "archive"
    assert counted == counts
    assert ([warning["code"] for warning in _now(world).warnings], _now(world).tokens) == (warned, recorded)
    _poll(world, upstream, count=counted.append)
    assert (counted, [warning["code"] for warning in _now(world).warnings]) == (counts, warned)


# What rings


NO_LINK = Task(Outcome.SUCCEEDED)


@pytest.mark.parametrize("status", [Status.RUNNING, Status.ARCHIVING])
@pytest.mark.parametrize("answer", [Answering(NO_LINK), Silent(TaskNotFound("lost_upstream", "any"))], ids=["no link", "no task"])
def test_only_the_ninth_miss_in_a_row_rings_lost(world: "World", status: Status, answer: Any) -> None:
    world.put(any_video(status=status, upstream_id="task-1", archiving_at=EPOCH))
    counted: list[str] = []
    for _ in range(MISSES_ALLOWED):
        _poll(world, answer, count=counted.append)
        assert (_now(world).status, counted) == (status, [])
    assert _poll(world, answer, count=counted.append)["next"] == "notify"
    assert (_now(world).status, counted) == (Status.FAILED, ["LostVideos"])


@pytest.mark.parametrize("status", [Status.RUNNING, Status.ARCHIVING])
def test_a_link_forgets_the_misses_before_it(world: "World", status: Status) -> None:
    world.put(any_video(status=status, upstream_id="task-1", archiving_at=EPOCH, misses=MISSES_ALLOWED))
    assert _poll(world, Answering(Task(Outcome.SUCCEEDED, video_url="https://media.example.com/a.mp4")))["next"] == "archive"
    assert (_now(world).status, _now(world).misses) == (Status.ARCHIVING, 0)


@pytest.mark.parametrize(
    ("silence", "counts"),
    [(RefusedAccount("upstream_key", "any"), ["RefusedPolls"]), (NoAnswer("http_500", "any"), []), (TaskNotFound("any", "any"), [])],
    ids=["key", "no answer", "no task"],
)
def test_only_a_poll_whose_key_is_refused_counts_as_refused(world: "World", silence: Exception, counts: list[str]) -> None:
    world.put(any_video(status=Status.RUNNING, upstream_id="task-1"))
    counted: list[str] = []
    _poll(world, Silent(silence), count=counted.append)
    assert (counted, _now(world).status) == (counts, Status.RUNNING)


# Orders through the Ark API with a callback


def _called(**changes: Any) -> Video:
    _, video = _paid("outcome=never")
    # As Submit leaves it: the first poll need not write the record.
    left: dict[str, Any] = {"waited": 18, "submitted_at": EPOCH - 18, "due_at": EPOCH + 18 + MARGIN}
    return replace(video, **{"face": "ark", "webhook_url": "https://hooks.example.com/ark", **left} | changes)


def test_the_first_poll_that_finds_the_video_running_starts_its_event_once(world: "World") -> None:
    upstream, _ = _paid("outcome=never")
    world.put(_called())
    for _ in range(2):  # as Lambda repeats it after a lost answer
        assert _poll(world, upstream, wait=18, say_running=world.dispatch().running)["next"] == "wait"
    (delivery,) = world.deliveries.of_video(any_video().id)
    assert (delivery.kind, delivery.number, world.started()) == ("video.running", 1, [delivery.id])
    assert _now(world).event_id is None


@pytest.mark.parametrize(
    ("changes", "wait"),
    [
        ({"face": None}, 18),
        ({"face": "openai"}, 18),
        ({"webhook_url": None}, 18),
        ({}, 6),
        ({"cancel_requested_at": "2026-11-22T06:00:00Z"}, 18),
    ],
)
def test_no_other_poll_says_that_a_video_runs(world: "World", changes: dict[str, Any], wait: int) -> None:
    upstream, _ = _paid("outcome=never")
    world.put(_called(**changes))
    said: list[Video] = []
    _poll(world, upstream, wait=wait, say_running=said.append)
    assert said == []


def test_the_first_poll_of_a_task_that_was_adopted_says_that_it_runs(world: "World") -> None:
    upstream, _ = _paid("outcome=never")
    world.put(_called(waited=0, run=2))
    said: list[Video] = []
    _poll(world, upstream, run=2, wait=1, say_running=said.append)
    assert [video.id for video in said] == [any_video().id]


def test_a_video_that_has_ended_by_its_first_poll_has_no_event_of_its_run(world: "World") -> None:
    upstream, _ = _paid()
    world.put(_called())
    said: list[Video] = []
    assert _poll(world, upstream, wait=18, say_running=said.append)["next"] == "archive"
    assert said == []


@pytest.mark.parametrize("operation", ["put_item", "start_execution"])
def test_an_event_that_cannot_be_started_fails_no_poll(world: "World", operation: str) -> None:
    def refuse(real: Any, **request: Any) -> Any:
        raise ClientError({"Error": {"Code": "ServiceUnavailable", "Message": "any"}}, operation)

    dynamodb, sfn = Meddled(world.dynamodb, **{operation: refuse}), Meddled(world.sfn, **{operation: refuse})
    executions = DeliveryExecutions(sfn, world.state_machine())  # type: ignore[arg-type]
    dispatch = world.dispatch(deliveries=DeliveryTable(dynamodb, world.webhooks_table), executions=executions)  # type: ignore[arg-type]
    upstream, _ = _paid("outcome=never")
    world.put(_called())
    assert _poll(world, upstream, wait=18, say_running=dispatch.running)["next"] == "wait"
    assert world.started() == []
    recorded = world.deliveries.of_video(any_video().id)
    assert [each.kind for each in recorded] == ([] if operation == "put_item" else ["video.running"])
    assert all(world.delivery_sweeper().reconcile(each.id) for each in recorded)
    assert world.started() == [each.id for each in recorded]


@pytest.mark.parametrize("operation", ["put_item", "start_execution"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_while_the_event_begins_leaves_one_delivery_for_the_repeated_poll_or_the_sweep(
    world: "World", operation: str, after: bool
) -> None:
    def die(real: Any, **request: Any) -> Any:
        if after:
            real(**request)
        raise SystemExit("killed")

    dynamodb, sfn = Meddled(world.dynamodb, **{operation: die}), Meddled(world.sfn, **{operation: die})
    executions = DeliveryExecutions(sfn, world.state_machine())  # type: ignore[arg-type]
    dispatch = world.dispatch(deliveries=DeliveryTable(dynamodb, world.webhooks_table), executions=executions)  # type: ignore[arg-type]
    upstream, _ = _paid("outcome=never")
    world.put(_called())
    with pytest.raises(SystemExit):
        _poll(world, upstream, wait=18, say_running=dispatch.running)
    assert _poll(world, upstream, wait=18, say_running=world.dispatch().running)["next"] == "wait"
    (delivery,) = world.deliveries.of_video(any_video().id)
    world.delivery_sweeper().reconcile(delivery.id)
    assert world.started() == [delivery.id]
