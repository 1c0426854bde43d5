"""`Prefer: wait=N` polls for a while, tested on a fake clock."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.api.http.prefer_wait import GATEWAY_SECONDS, LONGEST, PAUSE, asked_wait, seconds_since_arrival
from cliprelay.video.states import TERMINAL, Status
from tests.support.api_response import ApiResponse
from tests.support.makers import NOW, Meddled, any_body, any_video, request_event

if TYPE_CHECKING:
    from tests.support.world import World

VIDEO = f"/v1/videos/{any_video().id}"


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("wait=10", 10),
        ("wait=0", 0),
        ("wait=25", 25),
        ("wait=26", LONGEST),
        ("wait=999999999", LONGEST),
        ('wait="10"', 10),
        ("Wait = 10", 10),
        ("respond-async, wait=10", 10),
        ("respond-async; wait=10", 10),
        ("wait=10, handling=lenient", 10),
        ("wait=10; foo=bar", 10),
        ("wait=5,wait=10", 5),
    ],
)
def test_a_valid_wait_is_clamped(prefer: str, seconds: int) -> None:
    assert asked_wait(prefer) == seconds


@pytest.mark.parametrize(
    "prefer", [None, "", "wait", "wait=", "wait=soon", "wait=-5", "wait=1.5", "await=10", "wait=10s", "nowait=10", "return=minimal"]
)
def test_any_other_preference_is_ignored(prefer: str | None) -> None:
    assert asked_wait(prefer) is None


def test_a_very_long_wait_is_clamped() -> None:
    assert asked_wait("wait=10000000000") == LONGEST


# Pieces of the header before and after a preference: a strategy for a pattern of them takes far longer.
PIECES = st.lists(st.sampled_from(("wait", "=", " ", ",", ";", '"', "respond-async", "é", "\t")), max_size=5).map("".join)


@given(prefer=st.text(max_size=40) | st.builds("{}wait={}{}".format, PIECES, st.integers(-9, 10**12), PIECES))
def test_any_header_is_parsed_as_a_bounded_wait_or_ignored(prefer: str) -> None:
    wait = asked_wait(prefer)
    assert wait is None or 0 <= wait <= LONGEST


@pytest.mark.parametrize(("longest", "seconds"), [(0, 0), (7, 7), (25, 20), (60, 20), (-1, 0)])
def test_a_deployment_may_lower_the_longest_wait_and_never_raise_it(longest: int, seconds: int) -> None:
    assert asked_wait("wait=20", longest) == seconds
    assert asked_wait("wait=100", longest) == max(0, min(longest, LONGEST))


NOW_MS = NOW.timestamp() * 1000


@pytest.mark.parametrize(
    ("time_epoch", "seconds"),
    [
        (NOW_MS, 0),
        (NOW_MS - 4_500, 4.5),
        (NOW_MS - GATEWAY_SECONDS * 1000, GATEWAY_SECONDS),
        # The rest is impossible, so a clock is wrong.
        (NOW_MS - GATEWAY_SECONDS * 1000 - 1, 0),
        (NOW_MS + 1, 0),
        (NOW_MS + 86_400_000, 0),
        (0, 0),
        (None, 0),
        ("1795327200000", 0),
        (True, 0),
        (float("nan"), 0),
    ],
)
def test_a_request_is_as_old_as_the_gateway_says_unless_no_request_can_be(time_epoch: object, seconds: float) -> None:
    assert seconds_since_arrival({"requestContext": {"timeEpoch": time_epoch}}, NOW) == seconds


def test_a_request_without_its_time_has_just_arrived() -> None:
    assert seconds_since_arrival({"requestContext": {}}, NOW) == 0


def _after(world: "World", pauses: int, happens: Callable[[], None]) -> Callable[[float], None]:
    """Build a sleep during whose nth call something happens."""
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        world.clock.advance(seconds)
        if len(slept) == pauses:
            happens()

    return sleep


def _ask(
    world: "World", method: str, path: str, prefer: str, sleep: Callable[[float], None] | None = None, **request: Any
) -> tuple[ApiResponse, float]:
    """Return the response, and how long it took on the fake clock."""
    begun = world.clock.seconds()
    front = world.front(sleep=sleep or world.clock.advance)
    said = world.ask(method, path, front=front, headers={"Prefer": prefer}, **request)
    return said, world.clock.seconds() - begun


# POST


def test_a_waiting_post_answers_as_soon_as_the_paid_call_is_over(world: "World") -> None:
    def go_on() -> None:
        (item,) = world.items()
        world.change(item["id"], status="running")

    said, took = _ask(world, "POST", "/v1/videos", "wait=20", _after(world, 3, go_on), body=any_body())
    assert (said.status, said.json["status"], took) == (202, "running", 3 * PAUSE)
    assert said.headers["preference-applied"] == "wait=20"


@pytest.mark.parametrize("status", ["queued", "submitting"])
def test_a_waiting_post_gets_202_with_the_current_video_at_its_timeout(world: "World", status: str) -> None:
    def claim() -> None:
        (item,) = world.items()
        world.change(item["id"], status=status)

    said, took = _ask(world, "POST", "/v1/videos", "wait=5", _after(world, 1, claim), body=any_body())
    assert (said.status, said.json["status"], took) == (202, status, 5)


def test_an_upstream_refusal_during_the_wait_does_not_fail_the_post(world: "World") -> None:
    def refuse() -> None:
        (item,) = world.items()
        world.change(item["id"], status="failed", error={"code": "moderated", "message": "Refused."})

    said, _ = _ask(world, "POST", "/v1/videos", "wait=20", _after(world, 2, refuse), body=any_body())
    assert (said.status, said.json["status"], said.json["error"]["code"]) == (202, "failed", "moderated")


def test_no_request_waits_longer_than_the_gateway(world: "World") -> None:
    said, took = _ask(world, "POST", "/v1/videos", "wait=9999", body=any_body())
    assert (said.status, took) == (202, LONGEST)
    assert said.headers["preference-applied"] == f"wait={LONGEST}"


@pytest.mark.parametrize("prefer", ["respond-async", "wait=soon", ""])
def test_an_invalid_preference_causes_no_wait_and_is_not_reported_as_applied(world: "World", prefer: str) -> None:
    said, took = _ask(world, "POST", "/v1/videos", prefer, body=any_body())
    assert (said.status, took) == (202, 0)
    assert "preference-applied" not in said.headers


def test_a_replay_can_wait_too(world: "World") -> None:
    world.ask("POST", "/v1/videos", body=any_body(), headers={"Idempotency-Key": "order-7"})
    front = world.front()
    said = world.ask("POST", "/v1/videos", front=front, body=any_body(), headers={"Idempotency-Key": "order-7", "Prefer": "wait=3"})
    assert (said.status, said.headers["preference-applied"]) == (200, "wait=3")


# GET


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_a_waiting_get_answers_as_soon_as_the_video_ends(world: "World", status: Status) -> None:
    world.put(any_video(status=Status.RUNNING))
    said, took = _ask(world, "GET", VIDEO, "wait=20", _after(world, 4, lambda: world.change(any_video().id, status=status.value)))
    assert (said.json["status"], took) == (status.value, 4 * PAUSE)


@pytest.mark.parametrize(
    ("changes", "waited"), [({}, 7), ({"poster_due": False}, 0), ({"told": "evt_1"}, 0), ({"status": Status.FAILED}, 0)]
)
def test_a_waiting_get_waits_for_the_poster_that_is_due(world: "World", changes: dict[str, Any], waited: int) -> None:
    world.put(any_video(**({"status": Status.SUCCEEDED, "event_id": "evt_1", "poster_due": changes.get("status") is None} | changes)))
    begun = world.clock.seconds()
    assert world.ask("GET", f"/v1/videos/{any_video().id}", headers={"prefer": "wait=7"}).status == 200
    assert world.clock.seconds() - begun == waited


def test_a_waiting_get_of_an_ended_video_answers_at_once(world: "World") -> None:
    world.put(any_video(status=Status.FAILED))
    said, took = _ask(world, "GET", VIDEO, "wait=20")
    assert (took, said.headers["preference-applied"]) == (0, "wait=20")


def test_a_waiting_get_of_another_tenants_video_answers_at_once(world: "World") -> None:
    world.put(any_video(status=Status.RUNNING, tenant="other"))
    said, took = _ask(world, "GET", VIDEO, "wait=20")
    assert (said.status, took) == (404, 0)


def test_a_failed_read_ends_the_wait_but_not_the_request(world: "World") -> None:
    reads: list[int] = []

    def second_fails(real: Callable[..., object], **kwargs: object) -> object:
        reads.append(1)
        if len(reads) > 1:
            raise ClientError({"Error": {"Code": "InternalServerError"}}, "GetItem")
        return real(**kwargs)

    world.put(any_video(status=Status.RUNNING))
    front = world.front(videos=world.videos_over(Meddled(world.dynamodb, get_item=second_fails)))
    said = world.ask("GET", VIDEO, front=front, headers={"Prefer": "wait=20"})
    assert (said.status, said.json["status"]) == (200, "running")


# The time before the handler: queueing, a cold start


@pytest.mark.parametrize(("method", "path", "body"), [("POST", "/v1/videos", any_body()), ("GET", VIDEO, None)])
@pytest.mark.parametrize(("before", "left"), [(0, LONGEST), (4, LONGEST - 4), (24.5, 0.5), (28, 0), (-5, LONGEST), (3_600, LONGEST)])
def test_a_wait_counts_from_the_moment_the_gateway_received_the_request(
    world: "World", method: str, path: str, body: object, before: float, left: float
) -> None:
    world.put(any_video(status=Status.RUNNING))
    event = request_event(method, path, key=world.key, body=body, headers={"Prefer": "wait=25"}, arrived=world.clock())
    world.clock.advance(before)
    begun = world.clock.seconds()
    said = ApiResponse(world.front().answer(event, None))
    assert (said.status < 300, said.headers["preference-applied"], world.clock.seconds() - begun) == (True, "wait=25", left)


def test_the_time_that_an_order_takes_to_check_counts_as_waited(world: "World") -> None:
    def slowly(real: Callable[..., object], **kwargs: object) -> object:
        world.clock.advance(9)
        return real(**kwargs)

    videos = world.videos_over(Meddled(world.dynamodb, put_item=slowly, transact_write_items=slowly))
    begun, front = world.clock.seconds(), world.front(videos=videos)
    assert world.ask("POST", "/v1/videos", front=front, body=any_body(), headers={"Prefer": "wait=20"}).status == 202
    assert world.clock.seconds() - begun == 20


@pytest.mark.parametrize(("longest", "prefer", "applied"), [(0, "wait=25", 0), (0, "wait=0", 0), (7, "wait=25", 7), (7, "wait=3", 3)])
def test_a_deployment_with_a_lower_longest_wait_says_which_wait_it_applied(world: "World", longest: int, prefer: str, applied: int) -> None:
    begun, front = world.clock.seconds(), world.front(max_wait=longest)
    said = world.ask("POST", "/v1/videos", front=front, body=any_body(), headers={"Prefer": prefer})
    assert (said.status, said.headers["preference-applied"], world.clock.seconds() - begun) == (202, f"wait={applied}", applied)
