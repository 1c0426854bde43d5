"""A slice of `make play`: what players show is stored as it was served, and nothing else succeeds without a word."""

from collections.abc import Iterator

import pytest

from cliprelay.video.states import Status
from tests.interop.players.bodies import Body, bodies, encoded
from tests.interop.players.transports import CUT, UNFRAMED, WHOLE
from tests.interop.players.trial import Outside, outside, wrong_with

BODIES = [*bodies(cheap=True)]
PLAYED, BROKEN = Body("H.264", encoded("libx264"), 12), Body("half", encoded("libx264", flags="faststart")[:-900], 3)


@pytest.fixture(scope="module")
def world() -> Iterator[Outside]:
    with outside() as made:
        yield made


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.name)
def test_a_body_is_stored_if_players_show_it_and_never_in_silence_if_they_do_not(world: Outside, body: Body) -> None:
    came = world.play(body, WHOLE["a length"])
    assert wrong_with(body, came) is None, came


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("body", [PLAYED, BROKEN], ids=lambda body: body.name)
def test_a_complete_transfer_is_taken_however_it_is_framed(world: Outside, body: Body, name: str) -> None:
    came = world.play(body, WHOLE[name])
    assert (came.status, came.is_equal, came.is_doubted) == (Status.SUCCEEDED, True, body is BROKEN)


@pytest.mark.parametrize("name", UNFRAMED)
def test_a_transfer_without_an_end_is_taken_for_a_whole_video_alone(world: Outside, name: str) -> None:
    assert world.play(PLAYED, UNFRAMED[name]).status is Status.SUCCEEDED
    came = world.play(BROKEN, UNFRAMED[name])
    assert (came.status, came.is_kept) == (Status.ARCHIVING, True)


@pytest.mark.parametrize("name", CUT)
def test_a_cut_transfer_is_never_taken_however_often_it_comes(world: Outside, name: str) -> None:
    came = world.play(PLAYED, CUT[name])
    assert (came.status, came.is_kept) == (Status.ARCHIVING, False)


def test_a_dead_a_forbidden_and_an_odd_link_before_the_video_harm_nobody(world: Outside) -> None:
    page = world.gallery.hang("page", b"<html>Welcome</html>")
    came = world.play(PLAYED, WHOLE["a length"], "http://127.0.0.1:1/dead", "ftp://127.0.0.1/forbidden", page)
    assert (came.status, came.is_equal, came.is_doubted, sum(came.refusals.values())) == (Status.SUCCEEDED, True, False, 0)


def test_the_bodies_are_of_both_kinds() -> None:
    assert len(BODIES) >= 40
    assert 15 <= sum(1 for body in BODIES if body.plays) <= len(BODIES) - 15
