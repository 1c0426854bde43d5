"""The invariants at the end of a run, checked against the upstream's ledger, the table's history and the events topic."""

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from cliprelay.admission.controls import COPIES, Controls
from cliprelay.admission.table import CONTROLS
from cliprelay.aws.items import plain
from cliprelay.video.record import Video
from cliprelay.video.shown import billed, shown
from cliprelay.video.states import TERMINAL, Status
from tests.simulation.checks.cancels import judge_canceled, judge_limits
from tests.simulation.checks.history import History
from tests.simulation.checks.money import judge_money
from tests.simulation.faults.outages import DAY, HOUR
from tests.simulation.runtime import deployment
from tests.simulation.upstream.ledger import Fate, PaidTask, is_odd
from tests.simulation.upstream.media import digest
from tests.support.films import FRAMES

if TYPE_CHECKING:
    from tests.simulation.world import World

# Allowed delay of an end after its deadline: the longest wait between polls, an outage of Lambda or DynamoDB, and wrong clocks.
SLACK = 3 * HOUR
# decisions.py: how long after the deadline a silent upstream is polled, and a video is fetched.
SILENCE, FETCHING = DAY, DAY
# decisions.py: how many answers without a video are tolerated.
MISSES_ALLOWED = 8

# The sweep runs every minute; with faults it may take several runs. Without faults it is the next one.
ALARM = 1_800.0

# kept_copies.py: the time between two answers whose links serve the same file.
APART = 300
# Servings of a whole video until it is stored: a tenth of all calls is disturbed, and an attempt makes some ten calls.
MOST_SERVINGS = 12

_NOT_CHARGED = re.compile(r"nothing was charged")


def judge(world: "World") -> None:
    """Add every violation that only shows at the end."""
    by_intent = _videos_by_intent(world)
    for intent in world.clients.intents:
        _judge_intent(world, intent.number, by_intent)
    for video_id, history in world.records.videos.items():
        _judge_video(world, video_id, history)
        tasks = _tasks_of(world, history)
        judge_canceled(world, video_id, history, tasks)
        judge_limits(world, video_id, history, tasks)
    for task in world.upstream.ledger.tasks.values():
        _judge_task(world, task, by_intent)
        _judge_servings(world, task)
    judge_money(world)
    _judge_alarms(world)
    _judge_controls(world)
    _judge_answered_deletes(world)
    for problem in (*world.upstream.strange, *world.media.strange):
        world.records.violate("address", problem)


def _tasks_of(world: "World", history: History) -> list[PaidTask]:
    return world.upstream.ledger.of(history.intent)


def _judge_alarms(world: "World") -> None:
    """Check that the metric of unconfirmed videos rises soon; CloudWatch alarms on any value above 0."""
    for video_id, history in world.records.videos.items():
        for (moment, status), (until, _) in pairwise([*history.moves, (world.now(), Status.FAILED)]):
            if status is Status.UNCONFIRMED and until - moment > ALARM and not _rang(world, world.sweeping.gauges, moment):
                world.records.violate("I2", f"{video_id} was unconfirmed for {until - moment:.0f} s, and no alarm rang")
        refused, ended = history.refused_often, history.moves[-1][0]
        if refused and ended - refused > ALARM and not _rang(world, world.sweeping.refused, refused):
            world.records.violate("rings", f"{video_id} was refused again and again for {ended - refused:.0f} s, and no alarm rang")


def _judge_controls(world: "World") -> None:
    """Check that every copy of the controls ends with the state of the main item."""
    table = world.aws.dynamodb.tables[deployment.VIDEOS]
    main = Controls.of(plain(table.current(CONTROLS) or {}))
    if not main.is_mirrored:
        return world.records.violate("controls", f"{main.note} was not copied, only {main.mirrored}")
    for number in range(COPIES):
        copy = Controls.of(plain(table.current(f"{CONTROLS}#{number}") or {}))
        if main.version and copy.carried != main.carried:
            world.records.violate("controls", f"copy {number} ends with {copy.carried} instead of {main.carried}")
    return None


def _rang(world: "World", gauges: list[tuple[float, float]], moment: float) -> bool:
    since = [value for at, value in gauges if moment <= at <= moment + ALARM]
    before = [value for at, value in gauges if at < moment][-1:]
    hindered = any(world.weather.is_out(what, at) for what in ("lambda", "dynamodb") for at in (moment, moment + ALARM / 2, moment + ALARM))
    return hindered or any(since) or (not since and any(before))


def number_of(intent: str) -> int:
    """Return the intent's name; intent-7 and intent-7-other are two bodies of one intent."""
    return int(intent.split("-")[1])


def _videos_by_intent(world: "World") -> dict[int, dict[str, History]]:
    found: dict[int, dict[str, History]] = {}
    for video_id, history in world.records.videos.items():
        number = number_of(history.intent)
        found.setdefault(number, {})[video_id] = history
    return found


def _judge_intent(world: "World", number: int, by_intent: dict[int, dict[str, History]]) -> None:
    intent, videos = world.clients.intents[number], by_intent.get(number, {})
    paid = [task for task in world.upstream.ledger.tasks.values() if number_of(task.intent) == number] if len(videos) > 1 else []
    if len(videos) > 1 or len(intent.ids) > 1:
        world.records.violate("I1", f"{intent.name} became {len(videos)} videos, {len(paid)} of them paid")
    if intent.ids - videos.keys():
        world.records.violate("I3", f"{intent.name} was promised {intent.ids - videos.keys()}, and nothing is recorded")
    if intent.promised and not videos:
        world.records.violate("I3", f"{intent.name} was accepted and is not recorded")


def _judge_video(world: "World", video_id: str, history: History) -> None:
    if history.status not in TERMINAL:
        return world.records.violate("I3", f"{video_id} is still {history.status}, {(world.now() - history.created) / HOUR:.1f} h on")
    late = _overdue(world, history)
    if late > 0:
        world.records.violate("I3", f"{video_id} ended {late / HOUR:.1f} h too late: {history.moves}")
    _judge_telling(world, video_id, history)
    if history.deleted is not None:
        _judge_deletion(world, video_id, history)
    elif history.status is Status.SUCCEEDED and not history.record.get("discard"):
        _judge_file(world, video_id, history)
    return None


def _overdue(world: "World", history: History) -> float:
    """Return the seconds between the latest allowed end and the actual one, given the upstream's outages."""
    ended = history.moves[-1][0]
    limit = history.record["deadline"] + SLACK
    # What turns out to be unpaid goes back to the queue, also when its time there is over: the sweep then ends it.
    given_back = [at for (_, before), (at, after) in pairwise(history.moves) if (before, after) == (Status.UNCONFIRMED, Status.QUEUED)]
    limit = max([limit, *(at + SLACK for at in given_back)])
    archiving = history.entered(Status.ARCHIVING)
    if archiving:
        limit = max(limit, archiving + FETCHING + SLACK)
    if (history.record.get("error") or {}).get("code") in ("upstream_silent", "video_gone", "video_not_copied", "video_unverified"):
        limit += SILENCE
    back = [end for name in ("upstream", "upstream for long") for begin, end in world.weather.spans.get(name, ()) if begin <= limit]
    return ended - max([limit, *(min(end, history.record["deadline"] + SILENCE) + SLACK for end in back)])


def _judge_telling(world: "World", video_id: str, history: History) -> None:
    told = world.records.told.get(video_id, [])
    kind = f"video.{shown(Video.from_item(history.record)).value}"
    endings = [message for _, message in told if message.default["type"] in {f"video.{status.value}" for status in TERMINAL}]
    ids = {message.default["id"] for message in endings}
    if not any(message.default["type"] == kind for message in endings):
        world.records.violate("I5", f"{video_id} is {history.status}, and nobody was told")
    if len(ids) > 1 or ids - {history.record["event_id"]}:
        world.records.violate("I5", f"{video_id} has the events {ids}")


def _judge_file(world: "World", video_id: str, history: History) -> None:
    record = history.record
    stored = world.aws.s3.buckets[_bucket(world)].get(record.get("object_key", ""))
    if stored is None:
        return world.records.violate("E", f"{video_id} succeeded without an object")
    if is_odd(record["upstream_id"]) != any(each["code"] == "unverified_media" for each in record.get("warnings", [])):
        world.records.violate("E", f"{video_id} succeeded with a wrong warning: {record.get('warnings')}")
    if record["sha256"] != digest(record["upstream_id"]) or stored.metadata["sha256"] != record["sha256"]:
        world.records.violate("E", f"{video_id} has another video than {record['upstream_id']}")
    return _judge_poster(world, video_id, history)


def _judge_poster(world: "World", video_id: str, history: History) -> None:
    """Check that a video has what its file shows or a warning, and not both; without any fault it has the poster."""
    record, stored = history.record, world.aws.s3.buckets[_bucket(world)]
    warned = any(each["code"] == "no_poster" for each in record.get("warnings", []))
    if warned == ("poster" in record) == world.settings.posters or "poster_due" in record:
        world.records.violate("poster", f"{video_id} has a poster: {'poster' in record}, a warning: {warned}")
    if "poster" in record and (record["poster"]["key"] not in stored or record["facts"]["frames"] != FRAMES):
        world.records.violate("poster", f"{video_id} has a poster without a file, or facts of another video: {record['facts']}")
    if warned and not is_odd(record["upstream_id"]) and not world.calls.faults and not world.functions.happened:
        world.records.violate("poster", f"{video_id} has no poster, and nothing has gone wrong")


def _judge_deletion(world: "World", video_id: str, history: History) -> None:
    """Check that nothing of a deleted video is left, neither in the bucket nor for the sweep to do."""
    begins = (f"videos/{history.record['tenant']}/{video_id}", f"unverified/{history.record['tenant']}/{video_id}", *history.inputs)
    left = [key for key in world.aws.s3.buckets[_bucket(world)] if key.startswith(begins)]
    if left:
        world.records.violate("delete", f"{video_id} was deleted, and {', '.join(left)} is left")
    if undone := {"erase_at", "erase_inputs", "due"} & history.record.keys():
        world.records.violate("delete", f"{video_id} was deleted, and {', '.join(sorted(undone))} is left in its record")


def _judge_answered_deletes(world: "World") -> None:
    for video_id in world.clients.deleters.deleted:
        if world.records.videos[video_id].deleted is None:
            world.records.violate("delete", f"the delete of {video_id} was answered, and it is not deleted")


def _bucket(world: "World") -> str:
    return next(iter(world.aws.s3.buckets))


def _judge_task(world: "World", task: PaidTask, by_intent: dict[int, dict[str, History]]) -> None:
    videos = by_intent.get(number_of(task.intent), {})
    fellows = [each for each in world.upstream.ledger.tasks.values() if number_of(each.intent) == number_of(task.intent)] if videos else []
    if len(fellows) > 1 and fellows[0] is task:
        world.records.violate("I1", f"{task.intent} was paid {len(fellows)} times: {[each.how for each in fellows]} {[*videos]}")
    history = next((each for each in videos.values() if each.record.get("upstream_id") == task.id), None)
    if history:
        return _judge_outcome(world, task, history)
    if not any(_was_unconfirmed_and_told(world, video_id) for video_id in videos):
        world.records.violate("I2", f"{task.id} was paid, is not in the table, and nobody was told: {[*videos]} {task.how}")
    for video_id, each in videos.items():
        if _NOT_CHARGED.search((each.record.get("error") or {}).get("message", "")):
            world.records.violate("I2", f"{video_id} says that nothing was charged, and {task.id} was: {task.how}")
    return None


def _was_unconfirmed_and_told(world: "World", video_id: str) -> bool:
    told = [message.default for _, message in world.records.told.get(video_id, ())]
    # The owner of a canceled video hears of the doubt at its end.
    if any(each["type"] == "video.unconfirmed" or each["data"].get("billed") in ("yes", "unknown") for each in told):
        return True
    # Who deletes it before that gets a message with ids alone; the record, which can still be read, must say it then.
    history = world.records.videos[video_id]
    return history.deleted is not None and billed(Video.from_item(history.record)) in ("yes", "unknown")


def _judge_servings(world: "World", task: PaidTask) -> None:
    """Check that a video is stored within a few whole servings of it, those apart that met an outage of ours.

    Of a file that cannot be verified, those count that confirm it: whole, and by a link of an answer much later than the first.
    """
    served = [each for each in world.media.whole.get(task.id, ()) if not _was_hindered(world, each.at)]
    if is_odd(task.id):
        first = min((each.given for each in served), default=0.0)
        served = [each for each in served if each.is_framed and each.given - first >= APART]
    if len(served) > MOST_SERVINGS:
        world.records.violate("servings", f"{task.id} was served whole {len(served)} times")


def _was_hindered(world: "World", at: float) -> bool:
    return any(world.weather.is_out(what, moment) for what in ("lambda", "dynamodb", "s3") for moment in (at, at + 60))


def _judge_outcome(world: "World", task: PaidTask, history: History) -> None:
    """Check that a paid and finished video was saved, unless the upstream withheld it."""
    if task.fate is not Fate.SUCCEEDS or history.status is Status.SUCCEEDED:
        return
    reason = why_lost(world, task, history)
    world.lost[reason or "unexplained"] += 1
    if reason is None:
        world.records.violate("promise 2", f"{history.record['id']} of {task.id} is lost: {history.record.get('error')} {history.moves}")


def why_lost(world: "World", task: PaidTask, history: History) -> str | None:
    """Return how the upstream caused the loss of a finished video; None if it did not."""
    if task.most_withheld > MISSES_ALLOWED:
        return f"no such task or no link, {MISSES_ALLOWED + 1} times in a row"
    if history.record["deadline"] < task.ready_at + SLACK:
        return "ready only after the deadline"
    archiving = history.entered(Status.ARCHIVING)
    if archiving and history.moves[-1][0] >= min(archiving, task.ready_at) + FETCHING - SLACK:
        return "no working link for a day"
    if history.moves[-1][0] >= history.record["deadline"] + SILENCE - SLACK:
        return "no answer for a day after the deadline"
    return None


def outcomes(world: "World") -> Counter[str]:
    """Count how the videos ended: state and error code."""
    found: Counter[str] = Counter()
    for history in world.records.videos.values():
        code = (history.record.get("error") or {}).get("code")
        bill = billed(Video.from_item(history.record))
        found[f"canceled, billed: {bill}" if bill else f"{history.status}: {code}" if code else str(history.status)] += 1
    return found
