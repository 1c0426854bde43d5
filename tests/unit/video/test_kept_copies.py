"""Copies that could not be verified: which are kept, which confirm each other."""

from dataclasses import asdict, replace

import pytest

from cliprelay.video.kept_copies import APART, MOST_KEPT, MOST_NOTED, KeptCopy, deserves_room, is_confirmed, unverified_media, with_note

COPY = KeptCopy(sha256="a" * 64, bytes=7, doubt="no_picture", link_at=1_000, is_framed=True, has_type=True, is_kept=True)


def _other(number: int, *, is_kept: bool = False) -> KeptCopy:
    return replace(COPY, sha256=f"{number:064}", is_kept=is_kept)


@pytest.mark.parametrize(
    ("again", "link_at", "confirmed"),
    [
        (COPY, 1_000 + APART, True),
        (COPY, 1_000 + APART - 1, False),
        (COPY, None, False),
        (replace(COPY, sha256="b" * 64), 1_000 + APART, False),
        (replace(COPY, is_framed=False), 1_000 + APART, False),
        (replace(COPY, has_type=False), 1_000 + APART, False),
    ],
    ids=["five minutes later", "sooner", "nobody knows when", "another file", "perhaps cut", "a page"],
)
def test_the_same_whole_file_from_a_link_five_minutes_later_confirms_itself(again: KeptCopy, link_at: int | None, confirmed: bool) -> None:
    assert is_confirmed([_other(1), COPY], again, link_at) is confirmed


def test_a_whole_transfer_confirms_one_that_may_have_ended_early() -> None:
    assert is_confirmed([replace(COPY, is_framed=False)], COPY, 1_000 + APART)


def test_the_first_note_of_a_file_stays_and_learns() -> None:
    first = replace(COPY, is_framed=False, is_kept=False)
    assert with_note([_other(1), first], replace(COPY, link_at=5_000)) == [_other(1), COPY]


def test_a_note_does_not_forget_a_whole_transfer_or_a_kept_copy() -> None:
    assert with_note([COPY], replace(COPY, is_framed=False, is_kept=False)) == [COPY]


def test_notes_are_bounded_and_those_of_kept_files_stay() -> None:
    notes: list[KeptCopy] = [_other(0, is_kept=True)]
    for number in range(1, 3 * MOST_NOTED):
        notes = with_note(notes, _other(number))
    assert len(notes) == MOST_NOTED
    assert notes[0] == _other(0, is_kept=True)
    assert notes[-1] == _other(3 * MOST_NOTED - 1)


def test_there_is_room_for_three_files_of_which_one_may_be_a_page() -> None:
    page = replace(COPY, has_type=False)
    assert deserves_room([], page)
    assert not deserves_room([page], replace(page, sha256="b" * 64))
    assert deserves_room([page], COPY)
    assert deserves_room([_other(1)] * MOST_NOTED, COPY)
    assert not deserves_room([_other(number, is_kept=True) for number in range(MOST_KEPT)], COPY)


def test_a_note_of_another_version_can_be_read() -> None:
    item = asdict(COPY)
    del item["is_kept"]
    assert KeptCopy.from_item(item | {"of_a_later_version": 1}) == replace(COPY, is_kept=False)


def test_the_warning_names_the_doubt() -> None:
    assert unverified_media("no_picture")["code"] == "unverified_media"
    assert "no_picture" in unverified_media("no_picture")["message"]
