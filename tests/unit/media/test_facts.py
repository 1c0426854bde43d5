"""Facts and posters come back from a record as they were, and from a later version's, too."""

from dataclasses import asdict

from cliprelay.media.facts import Facts, Poster

FACTS = Facts(width=64, height=36, frames=3, fps_thousandths=23_976, milliseconds=125, codec="h264", sound=True)
POSTER = Poster(key="posters/acme/vid.jpg", bytes=700, width=64, height=36)


def test_what_was_stored_is_read() -> None:
    assert Facts.from_item(asdict(FACTS)) == FACTS
    assert Poster.from_item(asdict(POSTER)) == POSTER


def test_what_a_later_version_adds_is_ignored() -> None:
    assert Facts.from_item({**asdict(FACTS), "rotation": 90}) == FACTS
    assert Poster.from_item({**asdict(POSTER), "blur_hash": "LEHV6nWB2yk8"}) == POSTER
