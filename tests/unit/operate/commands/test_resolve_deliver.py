"""`python -m operate videos resolve ID --deliver`, and what `videos show` says about a file that could not be verified."""

import hashlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.video.kept_copies import KeptCopy
from cliprelay.video.states import Status
from tests.support.makers import any_video
from tests.support.operate_stack import Operate

if TYPE_CHECKING:
    from tests.support.world import World

ID = any_video().id
ODD = b"nobody can read this"
SHA256 = hashlib.sha256(ODD).hexdigest()
COPY = KeptCopy(sha256=SHA256, bytes=len(ODD), doubt="no_picture", link_at=1, is_framed=True, has_type=True, is_kept=True)


def _failed(world: "World", **changes: Any) -> None:
    error = {"code": "video_unverified", "message": "any"}
    usual: dict[str, Any] = {"status": Status.FAILED, "upstream_id": "task-1", "claim": "a", "event_id": "evt_1", "told": "evt_1"}
    world.put(any_video(**(usual | {"error": error, "copies": 12, "refusals": {"no_picture": 12}, "noted_copies": [COPY]} | changes)))
    world.s3.put_object(Bucket=world.bucket, Key=f"unverified/acme/{ID}/{SHA256}", Body=ODD)


def test_a_failed_video_gets_its_kept_file_and_its_owner_a_new_event(world: "World", operate: Operate) -> None:
    _failed(world)
    status, out, _ = operate("videos", "resolve", ID, "--deliver")
    assert (status, world.read(ID).status) == (0, Status.SUCCEEDED)
    assert world.read(ID).must_be_announced
    assert f"has succeeded, with the warning unverified_media: {len(ODD)} bytes, SHA-256 {SHA256}" in out
    assert "within a minute" in out


def test_one_of_several_files_is_chosen_by_its_sha256(world: "World", operate: Operate) -> None:
    other = KeptCopy(**{**asdict(COPY), "sha256": "f" * 64})
    _failed(world, noted_copies=[COPY, other])
    assert operate("videos", "resolve", ID, "--deliver", "--sha256", SHA256[:8].upper())[0] == 0
    assert world.read(ID).sha256 == SHA256


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--deliver", "--sha256", "0000"], "whose SHA-256 begins with 0000"),
        (["--deliver", "--sha256", "xyz"], "a SHA-256 consists of"),
        (["--not-charged", "--sha256", "ab"], "--sha256 requires --deliver"),
    ],
)
def test_a_choice_that_cannot_be_made_is_a_one_line_error(world: "World", operate: Operate, words: list[str], complaint: str) -> None:
    _failed(world)
    status, _, err = operate("videos", "resolve", ID, *words)
    assert status != 0
    assert err.count("\n") == 1
    assert complaint in err
    assert world.read(ID).status is Status.FAILED


@pytest.mark.parametrize("status", [Status.FAILED, Status.ARCHIVING])
def test_show_says_why_copies_were_refused_what_is_kept_and_how_to_deliver_it(world: "World", operate: Operate, status: Status) -> None:
    _failed(world, status=status)
    _, out, _ = operate("videos", "show", ID)
    assert "12: no_picture (12)" in out
    assert f"{len(ODD)} bytes, no_picture, whole, SHA-256 {SHA256}" in out
    assert f"videos resolve {ID} --deliver" in out


def test_show_offers_nothing_when_nothing_is_kept(world: "World", operate: Operate) -> None:
    _failed(world, noted_copies=[])
    assert "--deliver" not in operate("videos", "show", ID)[1]
