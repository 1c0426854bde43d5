"""Orders without a key through foreign APIs: each intent is one video, however often and in whatever order its tries arrive."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.errors import Refusal
from cliprelay.orders.intake import Intake
from cliprelay.orders.origin import Origin
from cliprelay.tenants.api_keys import Identity
from cliprelay.video.record import Video
from tests.support.image_files import png
from tests.support.makers import any_body, data_uri, read_order

if TYPE_CHECKING:
    from tests.support.world import World

NOW = 1_795_342_834_000
Accept = Callable[..., tuple[Video, bool]]


def origin(number: int | None, request: str, *, after: int = 0, **parts: Any) -> Origin:
    usual: dict[str, Any] = {"face": "openai", "compares_fields": True, "asked_model": "sora-2"} | parts
    return Origin(request=request, arrived=NOW + after, number=number, **usual)


def accept(intake: Intake, where: Origin, *, key: str | None = None, body: bytes = b"{}", **fields: Any) -> tuple[Video, bool]:
    order = read_order(any_body(image=data_uri(png(512, 512)), **fields))
    return intake.accept(order, identity=Identity("acme"), key=key, body=body, base_url="", origin=where)


@pytest.fixture
def intake(world: "World") -> Intake:
    return world.services().intake


def videos(world: "World") -> list[Video]:
    return list(world.videos.every())


def test_a_repeat_gets_the_video_of_the_first_try(world: "World", intake: Intake) -> None:
    first, _ = accept(intake, origin(0, "a"))
    assert accept(intake, origin(1, "b", after=500)) == (first, True)
    assert accept(intake, origin(2, "c", after=900)) == (first, True)
    assert len(videos(world)) == 1


def test_two_equal_orders_stay_two_and_each_repeat_finds_one(world: "World", intake: Intake) -> None:
    made = {accept(intake, origin(0, name))[0].id for name in ("a", "b")}
    repeated = {accept(intake, origin(1, name, after=500))[0].id for name in ("c", "d")}
    assert (len(made), repeated) == (2, made)


def test_a_first_try_that_is_slower_than_its_repeat_takes_the_video_of_that(world: "World", intake: Intake) -> None:
    repeat, is_old = accept(intake, origin(1, "b", after=500))
    assert is_old is False
    assert accept(intake, origin(0, "a")) == (repeat, True)
    assert len(videos(world)) == 1


def test_a_repeat_that_is_recorded_between_reading_and_writing_is_found(
    world: "World", intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, made = world.repeats.part, list[Video]()

    def meanwhile(*args: Any) -> dict[str, Any]:
        built = part(*args)
        monkeypatch.setattr(type(world.repeats), "part", lambda self, *rest: part(*rest))
        made.append(accept(intake, origin(1, "b", after=500))[0])
        return built

    monkeypatch.setattr(type(world.repeats), "part", lambda self, *args: meanwhile(*args))
    assert accept(intake, origin(0, "a")) == (made[0], True)
    assert len(videos(world)) == 1
    assert len(world.s3.list_objects_v2(Bucket=world.bucket, Prefix="inputs/")["Contents"]) == 1


def test_a_try_that_meets_a_budget_its_own_repeat_has_used_gets_that_video(
    world: "World", intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, made = Intake._record, list[Video]()

    def refuse(self: Intake, *args: Any) -> Video:
        monkeypatch.setattr(Intake, "_record", record)
        made.append(accept(intake, origin(1, "b", after=500))[0])
        raise Refusal("budget_exceeded", "Nothing is left.")

    monkeypatch.setattr(Intake, "_record", refuse)
    assert accept(intake, origin(0, "a")) == (made[0], True)
    assert len(videos(world)) == 1


def test_a_try_that_is_refused_without_a_repeat_stays_refused(world: "World", intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Intake, *args: Any) -> Video:
        raise Refusal("budget_exceeded", "Nothing is left.")

    monkeypatch.setattr(Intake, "_record", refuse)
    with pytest.raises(Refusal, match="budget_exceeded"):
        accept(intake, origin(0, "a"))
    assert "Contents" not in world.s3.list_objects_v2(Bucket=world.bucket, Prefix="inputs/")


def test_another_order_is_no_repeat(world: "World", intake: Intake) -> None:
    first, _ = accept(intake, origin(0, "a"))
    other, is_old = accept(intake, origin(1, "b", after=500), prompt="Another.")
    assert (is_old, other.id == first.id) == (False, False)


def test_a_repeat_is_never_refused_for_a_full_queue(world: "World", intake: Intake) -> None:
    full = replace(intake, queue_limit=1)
    first, _ = accept(full, origin(0, "a"))
    assert accept(full, origin(1, "b", after=500)) == (first, True)
    with pytest.raises(Refusal, match="queue_full"):
        accept(replace(intake, queue_limit=1), origin(0, "c"))


def test_a_key_decides_alone(world: "World", intake: Intake) -> None:
    first, _ = accept(intake, origin(0, "a"), key="7")
    assert accept(intake, origin(1, "b", after=500), key="8")[0].id != first.id
    assert accept(intake, origin(3, "c", after=500), key="7") == (first, True)


def test_without_a_number_or_a_window_every_request_is_an_order(world: "World", intake: Intake) -> None:
    made = {accept(intake, origin(None, name, face="ark", compares_fields=False))[0].id for name in ("a", "b")}
    assert len(made) == 2
    assert [item["id"] for item in world.videos._table.scan() if item["id"].startswith("repeat_")] == []


def test_within_the_window_the_same_body_is_the_same_video(world: "World", intake: Intake) -> None:
    intake = replace(intake, repeat_window=60)
    where: dict[str, Any] = {"face": "ark", "compares_fields": False}
    first, _ = accept(intake, origin(None, "a", **where), body=b"{1}")
    assert [each["code"] for each in first.warnings if "key" in each["code"] or "repeat" in each["code"]] == ["repeat_window"]
    assert accept(intake, origin(None, "b", after=60_000, **where), body=b"{1}") == (first, True)
    assert accept(intake, origin(None, "c", after=60_000, **where), body=b"{2}")[1] is False
    assert accept(intake, origin(None, "d", after=60_001, **where), body=b"{1}")[1] is False


def test_a_video_knows_the_api_and_the_model_as_they_were_named(world: "World", intake: Intake) -> None:
    video, _ = accept(intake, origin(0, "a"))
    assert (video.face, video.asked_model) == ("openai", "sora-2")
