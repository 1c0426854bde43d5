"""POST /v1/videos/{id}/cancel at every state, three times each; the table in docs/api.md says the same."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.video.states import Status
from cliprelay.workflow import resolution
from cliprelay.workflow.cancellation import COPIES_OUTLIVED
from tests.support.asl_walker import walk
from tests.support.fake_upstream import FakeUpstream
from tests.support.makers import Meddled, any_body
from tests.support.paths import ROOT
from tests.support.video_walk import steps_of

if TYPE_CHECKING:
    from tests.support.api_response import ApiResponse
    from tests.support.world import World

DISCARD = {"discard": True}
_ENDED = {Status.SUCCEEDED, Status.FAILED, Status.EXPIRED, Status.CANCELED}


class Life:
    """One video from its order to its event, and what was published of it."""

    def __init__(self, world: "World", faults: str = "") -> None:
        self.world, self.messages = world, list[dict[str, Any]]()
        world.sns = Meddled(world.sns, publish=self._note)
        self.upstream = FakeUpstream(key="key", asks_with="key")
        self.steps = steps_of(world, self.upstream)
        body = any_body(prompt=f"A lighthouse. [sim {faults}]")
        self.id: str = world.ask("POST", "/v1/videos", body=body, headers={"Idempotency-Key": "order-7"}).json["id"]
        self.body = body

    def _note(self, real: Callable[..., Any], **published: Any) -> Any:
        self.messages.append(json.loads(json.loads(published["Message"])["default"]))
        return real(**published)

    @property
    def status(self) -> Status:
        return self.world.read(self.id).status

    def step(self, *names: str) -> None:
        for name in names:
            self.steps[name]({"video_id": self.id, "run": self.world.read(self.id).run, "wait": 1})

    def end(self) -> None:
        walk({"video_id": self.id, "run": self.world.read(self.id).run}, self.steps, self.world.clock)

    def ask(self, method: str = "GET", path: str = "", **request: Any) -> "ApiResponse":
        return self.world.ask(method, f"/v1/videos/{self.id}{path}", **request)

    def cancel(self, body: dict[str, Any] | None = None) -> "ApiResponse":
        return self.ask("POST", "/cancel", body=body) if body is not None else self.ask("POST", "/cancel")

    def listed(self) -> list[str]:
        """Return the states whose lists have the video."""
        found = {status.value: self.world.ask("GET", "/v1/videos", query={"status": status.value}).json["data"] for status in Status}
        return [status for status, videos in found.items() if videos]


@dataclass
class Case:
    """A row of the table: where the video is, what is sent, and what becomes of it."""

    name: str
    faults: str = ""
    before: tuple[str, ...] = ()
    discard: bool = False
    during: bool = False  # the paid call is on its way
    after: Callable[["World", str], object] = field(default=lambda world, video_id: None)


def _not_charged(world: "World", video_id: str) -> None:
    resolution.not_charged(world.videos, video_id, world.clock())


def _charged(world: "World", video_id: str) -> None:
    resolution.charged(world.videos, video_id, world.clock())


def _adopt(world: "World", video_id: str) -> None:
    resolution.adopt(world.videos, video_id, "task-1", world.clock())


PAID, DONE = ("Submit",), ("Submit", "Poll")
CASES = [
    Case("queued"),
    Case("queued, after a refusal", "create=429", PAID),
    Case("submitting; then not accepted", "create=429:always", during=True),
    Case("submitting; then refused", "create=moderation", during=True),
    Case("submitting; then accepted", during=True),
    Case("submitting; then no answer", "create=reset", during=True),
    Case("running", before=PAID),
    Case("running, `discard`", before=PAID, discard=True),
    Case("running; then failed", "outcome=fail", PAID),
    Case("running; then expired", "outcome=expired", PAID),
    Case("archiving", before=DONE),
    Case("archiving, `discard`", before=DONE, discard=True),
    Case("unconfirmed, until the deadline", "create=reset", PAID),
    Case("unconfirmed, found not charged", "create=reset", PAID, after=_not_charged),
    Case("unconfirmed, found charged", "create=reset", PAID, after=_charged),
    Case("unconfirmed, task found", "create=drop-after-accept", PAID, after=_adopt),
    Case("succeeded", before=(*DONE, "Archive", "Notify")),
    Case("failed", "create=moderation", (*PAID, "Notify")),
    Case("expired", "outcome=expired", (*DONE, "Notify")),
    Case("canceled by the provider", "outcome=cancelled", (*DONE, "Notify")),
]


def _lead(world: "World", case: Case) -> list[str]:
    """Lead one life, and return the cells of its row."""
    life = Life(world, case.faults)
    body, answers = DISCARD if case.discard else None, list[Any]()

    def cancel_thrice() -> None:
        if not answers:
            answers.extend(life.cancel(body) for _ in range(3))

    if case.during:
        life.upstream._during = cancel_thrice
        life.step("Submit")
    else:
        life.step(*case.before)
        cancel_thrice()
    first, *repeated = answers
    assert [each.status for each in repeated] == [first.status] * 2
    shown = life.ask().json
    assert life.listed() == [shown["status"]]
    replay = world.ask("POST", "/v1/videos", body=life.body, headers={"Idempotency-Key": "order-7"})
    assert (replay.status, replay.json["status"]) == (200, shown["status"])
    assert [each.json for each in repeated] == [first.json] * 2
    case.after(world, life.id)
    if life.status is Status.UNCONFIRMED:
        world.clock.advance(4 * 86_400)
        life.step("Poll")
    life.end()
    return [case.name, *_cells(life, first, shown)]


def _cells(life: Life, first: "ApiResponse", shown: dict[str, Any]) -> list[str]:
    last, content = life.ask().json, life.ask(path="/content").status
    assert life.status in _ENDED
    assert life.listed() == [last["status"]] == [shown["status"]]
    kinds = [message["type"] for message in life.messages if message["type"] != "video.unconfirmed"]
    assert len(kinds) == 1
    assert life.messages[-1]["data"].get("billed") == last.get("billed")
    link = life.world.ask("GET", _path(last["video"]["link"]), key=None).status if "video" in last else 404
    assert (content, link, bool(life.world.objects())) in ((302, 302, True), (409, 404, False))
    then = f"`{shown['status']}`" + (f", `{shown['billed']}`" if "billed" in shown else "")
    answer = str(first.status) if first.status == 200 else f"{first.status} `{first.json['video_status']}`"
    paid = len(life.upstream.ledger)
    return [answer, then, f"`{last['billed']}`" if "billed" in last else "", f"`{kinds[0]}`", "yes" if "video" in last else "no", str(paid)]


def _path(url: str) -> str:
    return "/v1/" + url.split("/v1/")[1]


def _documented() -> list[list[str]]:
    text = (ROOT / "docs/api.md").read_text()
    table = text.split("| canceled while |", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines()[2:]]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_each_state_answers_shows_and_ends_as_documented(world: "World", case: Case) -> None:
    row = _lead(world, case)
    assert row == next((each for each in _documented() if each[0] == case.name), None)


def test_the_document_has_no_other_row() -> None:
    assert [row[0] for row in _documented()] == [case.name for case in CASES]


# What is sent


@pytest.mark.parametrize(
    ("body", "field", "accepted"),
    [
        ({"discard": "yes"}, "discard", "true or false"),
        ({"discard": None}, "discard", "true or false"),
        ({"discard": 1}, "discard", "true or false"),
        ({"reason": "late"}, "reason", ""),
    ],
)
def test_a_body_that_is_not_accepted_is_refused_by_name_and_cancels_nothing(
    world: "World", body: dict[str, Any], field: str, accepted: str
) -> None:
    life = Life(world)
    said = life.cancel(body)
    assert (said.status, said.json["code"], [each["field"] for each in said.json["errors"]]) == (422, "invalid_request", [field])
    assert said.json["errors"][0].get("accepted", "") == accepted
    assert life.status is Status.QUEUED


@pytest.mark.parametrize(("body", "status"), [("[]", 422), ('"discard"', 422), ("{", 400), (" ", 400)])
def test_a_body_that_is_no_object_is_refused(world: "World", body: str, status: int) -> None:
    life = Life(world)
    assert (life.ask("POST", "/cancel", body=body).status, life.status) == (status, Status.QUEUED)


def test_a_form_is_not_a_body(world: "World") -> None:
    life = Life(world)
    said = life.ask("POST", "/cancel", body="discard=true", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert (said.status, said.json["code"]) == (415, "unsupported_media_type")


def test_an_empty_body_needs_no_type(world: "World") -> None:
    assert Life(world).ask("POST", "/cancel", headers={"Content-Type": "application/x-www-form-urlencoded"}).status == 200


def test_a_query_is_refused(world: "World") -> None:
    life = Life(world)
    said = life.ask("POST", "/cancel", query={"discard": "true"})
    assert (said.status, said.json["errors"][0]["field"], life.status) == (422, "discard", Status.QUEUED)


def test_another_tenants_and_an_unknown_video_do_not_exist(world: "World") -> None:
    life, other = Life(world), world.keys.create("other")
    unknown = life.id[:-1] + ("1" if life.id[-1] == "0" else "0")
    assert life.ask("POST", "/cancel", key=other).status == 404
    assert world.ask("POST", f"/v1/videos/{unknown}/cancel").status == 404
    assert world.ask("POST", "/v1/videos/7/cancel").status == 404
    assert life.ask("POST", "/cancel", key=None).status == 401
    assert life.status is Status.QUEUED


def test_an_expired_video_no_longer_exists(world: "World") -> None:
    life = Life(world)
    life.cancel()
    world.clock.advance(31 * 86_400)
    assert life.cancel().status == 404


# What is shown


def test_a_canceled_video_says_when_and_what_it_may_cost(world: "World") -> None:
    life = Life(world)
    life.step("Submit")
    world.clock.advance(5)
    video = life.cancel(DISCARD).json
    assert (video["status"], video["billed"], video["discard"]) == ("canceled", "possibly", True)
    assert video["cancel_requested_at"] == "2026-11-22T06:00:05Z"
    assert not {"ended_at", "kept_until", "error", "video"} & video.keys()


def test_discard_may_follow_and_is_never_taken_back(world: "World") -> None:
    life = Life(world)
    life.step("Submit")
    first = life.cancel().json["cancel_requested_at"]
    world.clock.advance(5)
    assert "discard" not in life.cancel().json
    assert life.cancel(DISCARD).json["discard"] is True
    again = life.cancel({"discard": False}).json
    assert (again["discard"], again["cancel_requested_at"]) == (True, first)


def test_a_file_that_is_stored_is_not_thrown_away_by_a_later_cancel(world: "World") -> None:
    life = Life(world)
    life.step("Submit")
    life.cancel()
    life.end()
    said = life.cancel(DISCARD)
    assert (said.status, said.json["code"], said.json["video_status"]) == (409, "already_ended", "canceled")
    assert "Its file was stored" in said.json["detail"]
    assert life.ask(path="/content").status == 302


def test_a_video_that_never_had_a_file_can_be_discarded_as_well(world: "World") -> None:
    life = Life(world)
    life.cancel()
    assert life.cancel(DISCARD).status == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_waits_is_answered_at_once(world: "World", method: str) -> None:
    life = Life(world)
    life.step("Submit")
    life.cancel()
    before, headers = world.clock(), {"Prefer": "wait=25", "Idempotency-Key": "order-7"}
    said = life.ask(headers=headers) if method == "GET" else world.ask("POST", "/v1/videos", body=life.body, headers=headers)
    assert (said.json["status"], world.clock()) == ("canceled", before)


def test_the_next_run_announces_the_end_of_a_video_that_was_never_submitted(world: "World") -> None:
    life = Life(world)
    life.cancel()
    assert world.started() == [f"{life.id}-1", f"{life.id}-2"]
    life.end()
    assert [message["type"] for message in life.messages] == ["video.canceled"]
    assert life.messages[0]["data"]["billed"] == "no"


def test_a_video_in_doubt_stays_counted_and_is_not_told_of_as_unconfirmed(world: "World") -> None:
    life = Life(world, "create=reset")

    def cancel() -> None:
        life.cancel()

    life.upstream._during = cancel
    life.step("Submit")
    life.end()
    assert (life.status, life.messages, world.videos.count_unconfirmed()) == (Status.UNCONFIRMED, [], 1)
    assert life.ask("POST", "/deliveries").json["code"] == "nothing_to_send"
    assert world.read(life.id).due_at == world.read(life.id).deadline


def test_a_discarded_copy_waits_for_those_that_do_not_know_of_it(world: "World") -> None:
    life = Life(world)
    life.step("Submit", "Poll")
    key = world.store.video_key("acme", life.id)
    world.s3.put_object(Bucket=world.bucket, Key=key, Body=b"of an Archive that is still under way")
    world.s3.put_object(Bucket=world.bucket, Key=f"unverified/acme/{life.id}/ab", Body=b"kept aside")
    life.cancel(DISCARD)
    begun = world.clock()
    life.step("Archive")
    assert (life.status, len(world.objects())) == (Status.ARCHIVING, 2)
    life.end()
    assert (life.status, world.objects()) == (Status.SUCCEEDED, [])
    assert world.clock() >= begun + COPIES_OUTLIVED
