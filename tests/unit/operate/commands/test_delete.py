"""`python -m operate videos delete`: every ended video of one tenant before a date, and nothing else; repeated without harm."""

from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.ids import first_video_id
from cliprelay.video.states import TERMINAL, Status
from cliprelay.workflow.deletion import Deletion, KeepsChanging
from tests.support.makers import NOW, TENANT, any_video
from tests.support.operate_stack import Operate

if TYPE_CHECKING:
    from tests.support.world import World

DELETE = ("videos", "delete", "--tenant", TENANT, "--before", "2026-11-22")


@pytest.fixture(autouse=True)
def _several_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operate.commands.delete.PAGE", 2)


def _put(world: "World", number: int, *, day: int = 21, status: Status = Status.FAILED, **changes: Any) -> str:
    video_id = f"{first_video_id(NOW.replace(day=day))[:-4]}{number:04}"
    return world.put(any_video(id=video_id, status=status, event_id="evt_1", told="evt_1", **changes)).id


def _deleted(world: "World") -> set[str]:
    return {item["id"] for item in world.items() if "deleted_at" in item}


def test_every_ended_video_of_the_tenant_before_the_date_is_deleted(world: "World", operate: Operate) -> None:
    ended = {_put(world, number, status=status) for number, status in enumerate(sorted(TERMINAL))}
    for number, status in enumerate(sorted(set(Status) - TERMINAL), start=10):
        _put(world, number, status=status)
    _put(world, 20, day=22)
    _put(world, 21, tenant="other")
    code, out, _ = operate(*DELETE, "--yes")
    assert code == 0
    assert "Deleted 4 videos; the next sweep deletes their objects. Left alone: 5 not ended" in out
    assert _deleted(world) == ended


def test_the_command_is_repeated_without_harm(world: "World", operate: Operate) -> None:
    _put(world, 1)
    operate(*DELETE, "--yes")
    before = world.items()
    status, out, _ = operate(*DELETE, "--yes")
    assert (status, out, world.items()) == (0, "There is nothing to delete. Left alone: 1 deleted before.\n", before)


def test_a_command_that_was_stopped_goes_on_where_it_was(world: "World", operate: Operate, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = {_put(world, number) for number in range(3)}
    real, calls = Deletion.delete, []

    def stop(self: Deletion, video_id: str) -> Any:
        calls.append(video_id)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(self, video_id)

    with monkeypatch.context() as stopping:
        stopping.setattr(Deletion, "delete", stop)
        assert operate(*DELETE, "--yes")[0] == 130
    assert len(_deleted(world)) == 1
    assert "Deleted 2 videos" in operate(*DELETE, "--yes")[1]
    assert _deleted(world) == ids


def test_nothing_is_deleted_without_a_confirmation(world: "World", operate: Operate) -> None:
    _put(world, 1)
    status, _, err = operate(*DELETE)
    assert (status, "confirmation needs a terminal" in err, _deleted(world)) == (1, True, set())


def test_a_video_that_keeps_changing_is_an_error(world: "World", operate: Operate, monkeypatch: pytest.MonkeyPatch) -> None:
    _put(world, 1)

    def change(self: Deletion, video_id: str) -> None:
        raise KeepsChanging(video_id)

    monkeypatch.setattr(Deletion, "delete", change)
    status, out, err = operate(*DELETE, "--yes")
    assert (status, "Deleted 0 videos" in out, "repeat the command" in err) == (1, True, True)


@pytest.mark.parametrize("words", [("--before", "2026-02-30"), ("--before", "yesterday"), ("--tenant", "a/b"), ("--tenant", "")])
def test_a_wrong_option_deletes_nothing(world: "World", operate: Operate, words: tuple[str, str]) -> None:
    _put(world, 1)
    assert operate(*DELETE, *words, "--yes")[0] == 2
    assert _deleted(world) == set()


def test_a_deleted_video_is_shown_without_its_contents(world: "World", operate: Operate) -> None:
    video = _put(world, 1, metadata={"velvet-comet": "1"})
    operate(*DELETE, "--yes")
    status, out, _ = operate("videos", "show", video, "--prompt")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines() if "delete" in line] == ["deleted", "objects"]
    assert "velvet-comet" not in out
    assert "prompt" not in out
