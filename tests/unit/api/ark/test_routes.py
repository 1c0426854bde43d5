"""Tasks of Ark over the whole API: ordering, reading, lists, deleting, and what never fails."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cliprelay.ids import first_video_id
from cliprelay.video.record import ImageSource, Video
from cliprelay.video.states import Status
from tests.support.makers import NOW, Meddled, any_video

if TYPE_CHECKING:
    from tests.support.api_response import ApiResponse
    from tests.support.world import World

TASKS = "/api/v3/contents/generations/tasks"
NAME = "seedance-1-5-pro-251215"
TEXT = {"type": "text", "text": "Waves at dusk."}
PICTURE = {"type": "image_url", "image_url": {"url": "https://assets.example.com/lighthouse.png"}}
# As the vendor's Python client sends what was left out.
LEFT_OUT = dict.fromkeys(
    [
        *("callback_url", "return_last_frame", "service_tier", "execution_expires_after", "generate_audio", "draft", "tools"),
        *("resolution", "ratio", "duration", "frames", "seed", "camera_fixed", "watermark", "safety_identifier", "priority"),
    ]
)


def order(world: "World", *content: Any, headers: Any = None, **fields: Any) -> "ApiResponse":
    body = {**LEFT_OUT, "model": NAME, "content": list(content or (TEXT,)), **fields}
    return world.ask("POST", TASKS, body=body, headers={"Idempotency-Key": "order-1"} | (headers or {}))


def made(world: "World", *content: Any, **fields: Any) -> Video:
    answer = order(world, *content, **fields)
    assert answer.status == 200, answer.json
    return world.read(answer.json["id"])


def failing(error: str = "ServiceUnavailable", times: int = 10**9) -> Any:
    left = [times]

    def fail(real: Any, **request: Any) -> Any:
        if left[0] > 0:
            left[0] -= 1
            raise ClientError({"Error": {"Code": error, "Message": "any"}}, "GetItem")
        return real(**request)

    return fail


# Ordering


def test_a_text_alone_is_text_to_video_and_the_answer_is_the_id_alone(world: "World") -> None:
    answer = order(world)
    assert (answer.status, list(answer.json)) == (200, ["id"])
    video = world.read(answer.json["id"])
    assert (video.model, video.face, video.asked_model, video.settings["prompt"]) == (
        "seedance-v1.5-pro-t2v",
        "ark",
        NAME,
        "Waves at dusk.",
    )


def test_pictures_go_where_their_roles_say(world: "World") -> None:
    last = {"type": "image_url", "image_url": {"url": "https://assets.example.com/end.png"}, "role": "last_frame"}
    video = made(world, last, TEXT, {**PICTURE, "role": "first_frame"})
    assert video.model == "seedance-v1.5-pro-i2v"
    assert video.image == ImageSource(url="https://assets.example.com/lighthouse.png")
    assert video.last_image == ImageSource(url="https://assets.example.com/end.png")


def test_settings_commands_and_own_fields_reach_the_record(world: "World") -> None:
    text = {"type": "text", "text": "Waves --rs 480p --dur 6 --noaudio"}
    fields = {"seed": 7, "generate_audio": False, "framespersecond": 24, "metadata": {"order": "4711"}, "safety_identifier": "user-1"}
    video = made(world, text, **fields)
    kept = ("prompt", "resolution", "duration", "seed", "generate_audio", "fps")
    assert [video.settings[name] for name in kept] == ["Waves --noaudio", "480p", 6, 7, False, 24]
    assert video.metadata == {"order": "4711", "safety_identifier": "user-1"}
    assert "unknown_command" in {each["code"] for each in video.warnings}


def test_a_callback_is_a_webhook_without_the_event_of_a_cancel(world: "World") -> None:
    video = made(world, callback_url="https://hooks.example.com/ark")
    assert video.webhook_url == "https://hooks.example.com/ark"
    assert video.webhook_events == ["video.expired", "video.failed", "video.succeeded", "video.unconfirmed"]


def test_the_same_key_is_the_same_task_and_without_one_each_order_is_its_own(world: "World") -> None:
    first, again = order(world), order(world)
    assert again.json == first.json
    assert again.headers["idempotency-replayed"] == "true"
    alone = [world.ask("POST", TASKS, body={"model": NAME, "content": [TEXT]}).json["id"] for _ in range(2)]
    assert len({first.json["id"], *alone}) == 3
    assert "no_idempotency_key" in {each["code"] for each in world.read(alone[0]).warnings}


def test_an_equal_order_without_a_key_within_the_window_is_the_same_task(world: "World") -> None:
    intake = replace(world.services().intake, repeat_window=60)
    front = world.front(intake=intake)
    ids = [world.ask("POST", TASKS, front=front, body={"model": NAME, "content": [TEXT]}).json["id"] for _ in range(2)]
    other = world.ask("POST", TASKS, front=front, body={"model": NAME, "content": [PICTURE, TEXT]}).json["id"]
    assert ids[0] == ids[1] != other


@pytest.mark.parametrize(
    ("fields", "param", "code", "words"),
    [
        ({"model": None}, "model", "MissingParameter", "model is required."),
        ({"model": 5}, "model", "InvalidParameter", "must be the name of a model"),
        ({"content": None}, "content", "MissingParameter", "content is required"),
        ({"content": "Waves"}, "content", "InvalidParameter", "must be an array"),
        ({"content": []}, "content", "MissingParameter", "needs an item of type text"),
        ({"content": [PICTURE]}, "content", "MissingParameter", "needs an item of type text"),
        ({"content": [TEXT], "model": "seedance-v1.5-pro-i2v"}, "content", "MissingParameter", "needs an item of type image_url"),
        ({"duration": 13}, "duration", "InvalidParameter", "an integer from 4 to 12"),
        ({"duration": -1}, "duration", "InvalidParameter", "-1 is not possible: the price would not be known; an integer from 4 to 12."),
        ({"framespersecond": 30}, "framespersecond", "InvalidParameter", "framespersecond must be 24"),
        ({"callback_url": "http://hooks.example.com/"}, "callback_url", "InvalidParameter", "must be an https:// URL"),
        ({"camera_fixed": "no"}, "camera_fixed", "InvalidParameter", "must be true or false"),
        ({"metadata": {"a": 1}}, "metadata.a", "InvalidParameter", "must be a string"),
        (
            {"content": [{"type": "text", "text": "Waves --dur 13"}]},
            "content[0].text",
            "InvalidParameter",
            "--dur 13 is not possible: an integer from 4 to 12",
        ),
        (
            {"content": [{"type": "image_url", "image_url": {"url": "x"}}, TEXT]},
            "content[0].image_url.url",
            "InvalidImage.Address",
            "must be a complete URL",
        ),
    ],
)
def test_a_bad_field_is_refused_by_its_own_name(world: "World", fields: dict[str, Any], param: str, code: str, words: str) -> None:
    answer = world.ask("POST", TASKS, body={"model": NAME, "content": [TEXT], **fields})
    error = answer.json["error"]
    assert (answer.status, error["param"], error["code"], error["type"]) == (400, param, code, "BadRequest")
    assert words in error["message"]
    assert "Request id: " in error["message"]
    assert world.items() == []


def test_all_complaints_are_in_one_message(world: "World") -> None:
    said = world.ask("POST", TASKS, body={"model": NAME, "content": [TEXT], "frames": 57, "duration": 3, "webhook_url": "x"}).json["error"]
    assert all(words in said["message"] for words in ("frames is not possible", "duration must be", "use callback_url"))


def test_an_unknown_model_is_not_found(world: "World") -> None:
    answer = order(world, model="seedance-9-9-ultra-251215")
    assert (answer.status, answer.json["error"]["code"]) == (404, "InvalidEndpointOrModel.NotFound")
    assert "seedance-v1.5-pro" in answer.json["error"]["message"]


def test_an_endpoint_id_is_an_alias_of_the_operator(world: "World") -> None:
    front = world.front(aliases={"ep-20260101-abcde": "seedance-v1.5-pro"})
    answer = world.ask("POST", TASKS, front=front, body={"model": "ep-20260101-abcde", "content": [TEXT, PICTURE]})
    assert world.read(answer.json["id"]).model == "seedance-v1.5-pro-i2v"
    assert world.ask("GET", f"{TASKS}/{answer.json['id']}", front=front).json["model"] == "ep-20260101-abcde"


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"model": "a", "model": "b"}'])
def test_a_body_that_is_no_object_is_refused(world: "World", body: str) -> None:
    answer = world.ask("POST", TASKS, body=body)
    assert (answer.status, answer.json["error"]["code"]) == (400, "InvalidParameter")


# Reading


def test_a_task_is_read_as_it_was_asked_for(world: "World") -> None:
    video = made(world)
    task = world.ask("GET", f"{TASKS}/{video.id}").json
    assert (task["id"], task["model"], task["status"], task["error"]) == (video.id, NAME, "queued", None)


@pytest.mark.parametrize("name", ["vid_01KAN3J9M4S9A5XH7W2T0QZ8RC", "cgt-2026", "vid_1"])
def test_an_unknown_task_is_not_found(world: "World", name: str) -> None:
    for method in ("GET", "DELETE"):
        answer = world.ask(method, f"{TASKS}/{name}")
        assert (answer.status, answer.json["error"]["code"]) == (404, "ResourceNotFound")


def test_another_tenants_task_is_neither_read_listed_nor_deleted(world: "World") -> None:
    video, theirs = made(world), world.keys.create("other")
    for method in ("GET", "DELETE"):
        assert world.ask(method, f"{TASKS}/{video.id}", key=theirs).status == 404
    for query in ("", f"filter.task_ids={video.id}"):
        assert world.ask("GET", TASKS, key=theirs, query=query).json == {"items": [], "total": 0}
    assert world.read(video.id).status is Status.QUEUED


@pytest.mark.parametrize("key", [None, "clr_wrong"])
def test_a_wrong_key_is_refused_in_the_words_of_ark(world: "World", key: str | None) -> None:
    answer = world.ask("GET", TASKS, key=key)
    assert (answer.status, answer.json["error"]["code"], answer.json["error"]["type"]) == (401, "AuthenticationError", "Unauthorized")


def test_a_get_of_a_task_whose_record_cannot_be_read_says_running(world: "World") -> None:
    video = made(world)
    front = world.front(videos=world.videos_over(Meddled(world.dynamodb, get_item=failing())))
    answer = world.ask("GET", f"{TASKS}/{video.id}", front=front)
    assert (answer.status, answer.json) == (200, {"id": video.id, "status": "running"})


def test_a_get_of_a_task_reads_once_more(world: "World") -> None:
    video = made(world)
    front = world.front(videos=world.videos_over(Meddled(world.dynamodb, get_item=failing(times=1))))
    assert world.ask("GET", f"{TASKS}/{video.id}", front=front).json["status"] == "queued"


def test_a_get_that_has_waited_long_for_aws_does_not_begin_anew(world: "World") -> None:
    video, calls = made(world), list[str]()

    def slow(real: Any, **request: Any) -> Any:
        calls.append("any")
        world.clock.advance(12)
        raise ClientError({"Error": {"Code": "ServiceUnavailable", "Message": "any"}}, "GetItem")

    front = world.front(videos=world.videos_over(Meddled(world.dynamodb, get_item=slow)))
    assert world.ask("GET", f"{TASKS}/{video.id}", front=front).json == {"id": video.id, "status": "running"}
    assert len(calls) == 1


@pytest.mark.parametrize("error", [ClientError({"Error": {"Code": "any", "Message": "any"}}, "any"), RuntimeError("any")])
def test_a_get_of_a_task_whose_key_cannot_be_read_says_running(world: "World", error: Exception) -> None:
    def identify(key: str) -> Any:
        raise error

    front, task_id = world.front(identify=identify), any_video().id
    answer = world.ask("GET", f"{TASKS}/{task_id}", front=front)
    assert (answer.status, answer.json) == (200, {"id": task_id, "status": "running"})
    assert world.ask("POST", TASKS, front=front, body={}).status >= 500
    assert world.ask("GET", TASKS, front=front).status >= 500
    assert world.ask("GET", f"{TASKS}/vid_1", front=front).status >= 500


# Lists


def _put(world: "World", number: int, status: Status = Status.RUNNING, **changes: Any) -> Video:
    return world.put(any_video(id=_name(number), status=status, **changes))


def _name(number: int) -> str:
    return f"{first_video_id(NOW)[:-2]}{number:02}"


def test_a_list_has_pages_and_the_number_of_all(world: "World") -> None:
    world.clock.now = NOW + timedelta(days=1)
    videos = [_put(world, number) for number in range(25)]
    first, third = world.ask("GET", TASKS).json, world.ask("GET", TASKS, query="page_num=3&page_size=10").json
    assert (len(first["items"]), first["total"], third["total"]) == (10, 25, 25)
    assert [each["id"] for each in third["items"]] == [video.id for video in reversed(videos[:5])]
    assert world.ask("GET", TASKS, query="page_num=4").json == {"items": [], "total": 25}


def test_a_list_is_filtered(world: "World") -> None:
    for number, status in enumerate((Status.RUNNING, Status.UNCONFIRMED, Status.SUCCEEDED), start=1):
        _put(world, number, status)
    _put(world, 4, Status.CANCELED, asked_model=NAME)

    def ids(query: str) -> list[str]:
        answer = world.ask("GET", TASKS, query=query).json
        assert answer["total"] == len(answer["items"])
        return [each["id"][-2:] for each in answer["items"]]

    assert ids("filter.status=running") == ["02", "01"]
    assert ids("filter.status=cancelled") == ids(f"filter.model={NAME}") == ["04"]
    task_ids = "&".join(f"filter.task_ids={_name(each)}" for each in (3, 1, 77, 3))
    assert ids(f"{task_ids}&filter.task_ids=cgt-1") == ["03", "01"]
    assert ids(f"{task_ids}&filter.status=succeeded") == ["03"]
    assert ids("filter.service_tier=flex") == []


def test_what_is_older_than_a_week_is_listed_by_its_id_alone(world: "World") -> None:
    video = _put(world, 1)
    world.clock.advance(8 * 86_400)
    assert world.ask("GET", TASKS).json["total"] == 0
    assert world.ask("GET", TASKS, query=f"filter.task_ids={video.id}").json["total"] == 1


# Deleting


def test_a_waiting_task_is_cancelled_and_a_cancelled_one_is_refused(world: "World") -> None:
    video = made(world)
    answer = world.ask("DELETE", f"{TASKS}/{video.id}")
    assert (answer.status, answer.json) == (200, {})
    assert world.ask("GET", f"{TASKS}/{video.id}").json["status"] == "cancelled"
    again = world.ask("DELETE", f"{TASKS}/{video.id}")
    assert (again.status, again.headers["x-should-retry"]) == (409, "false")


@pytest.mark.parametrize("status", [Status.SUBMITTING, Status.RUNNING, Status.ARCHIVING, Status.UNCONFIRMED])
def test_what_may_be_paid_is_neither_cancelled_nor_deleted(world: "World", status: Status) -> None:
    video = world.put(any_video(status=status))
    answer = world.ask("DELETE", f"{TASKS}/{video.id}")
    assert (answer.status, answer.json["error"]["code"]) == (409, "InvalidAction.RunningTaskDeletion")
    assert answer.headers["x-should-retry"] == "false"
    assert world.read(video.id) == video


def test_a_task_that_is_claimed_while_it_is_to_be_cancelled_goes_on(world: "World") -> None:
    video = made(world)

    def claimed_first(real: Any, **request: Any) -> Any:
        world.change(video.id, status="submitting", claim="mine")
        return real(**request)

    front = world.front(videos=world.videos_over(Meddled(world.dynamodb, transact_write_items=claimed_first)))
    assert world.ask("DELETE", f"{TASKS}/{video.id}", front=front).status == 409
    assert (world.read(video.id).status, world.read(video.id).cancel_requested_at) == (Status.SUBMITTING, None)


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.FAILED, Status.EXPIRED])
def test_an_ended_task_is_deleted_and_so_is_it_by_a_repeated_request(world: "World", status: Status) -> None:
    video = world.put(any_video(status=status, event_id="evt_1", told="evt_1", ended_at="2026-11-22T06:00:00Z"))
    for _ in range(2):
        answer = world.ask("DELETE", f"{TASKS}/{video.id}")
        assert (answer.status, answer.json) == (200, {})
    assert world.read(video.id).deleted_at
    assert world.ask("GET", f"{TASKS}/{video.id}").status == 404
    assert world.ask("GET", TASKS).json["total"] == 0


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("page_num=0", "page_num"),
        ("page_num=501", "page_num"),
        ("page_num=%C2%B2", "page_num"),
        ("page_size=501", "page_size"),
        ("page_size=1&page_size=2", "page_size"),
        ("filter.status=done", "filter.status"),
        ("status=queued", "status"),
        ("&".join(f"filter.task_ids={number}" for number in range(101)), "filter.task_ids"),
    ],
)
def test_a_bad_parameter_of_a_list_is_refused(world: "World", query: str, param: str) -> None:
    answer = world.ask("GET", TASKS, query=query)
    assert (answer.status, answer.json["error"]["param"]) == (400, param)


def test_another_method_is_refused_with_those_that_there_are(world: "World") -> None:
    answer = world.ask("PUT", TASKS)
    assert (answer.status, answer.headers["allow"], answer.json["error"]["code"]) == (405, "GET, POST", "MethodNotAllowed")
