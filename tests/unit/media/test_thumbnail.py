"""A look at a file: its facts, a clear poster that fits, and an end to whatever a hostile file has."""

import io
import struct
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from random import Random

import av
import pytest

from cliprelay.errors import UnreadableVideo
from cliprelay.media import thumbnail
from cliprelay.media.facts import Facts
from cliprelay.media.thumbnail import LARGEST_POSTER, Look, look_at
from tests.support.films import BLACK, WHITE, film


def look(data: bytes, seconds: float = 20.0, ticks: Iterator[float] | None = None) -> Look:
    return look_at(io.BytesIO(data), seconds, *([lambda: next(ticks)] if ticks else []))


def shown(look: Look) -> av.VideoFrame:
    assert look.poster
    with av.open(io.BytesIO(look.poster.jpeg), format="jpeg_pipe") as container:
        frame = next(container.decode(video=0))
    assert (frame.width, frame.height) == (look.poster.width, look.poster.height)
    return frame


def brightnesses(frame: av.VideoFrame) -> set[int]:
    plane = frame.reformat(16, 9, "gray").planes[0]
    return {value // 32 for row in range(9) for value in bytes(plane)[row * plane.line_size :][:16]}


SHAPES = [
    (film(1280, 720, 24, sound=True), (1280, 720, 24, 24_000, "h264", True)),
    (film(720, 1280, 30, rate=30), (720, 1280, 30, 30_000, "h264", False)),
    (film(640, 640, 12), (640, 640, 12, 24_000, "h264", False)),
    (film(1504, 640, 12, rate=60), (1504, 640, 12, 60_000, "h264", False)),
    (film(64, 36, 1), (64, 36, 1, 24_000, "h264", False)),
    (film(320, 180, 24, flags="frag_keyframe+empty_moov"), (320, 180, 24, 24_000, "h264", False)),
    (film(320, 180, 10, flags=""), (320, 180, 10, 24_000, "h264", False)),
    (film(320, 180, 10, codec="mpeg4"), (320, 180, 10, 24_000, "mpeg4", False)),
    (film(320, 180, 24, codec="mjpeg"), (320, 180, 24, 24_000, "mjpeg", False)),
    (film(320, 180, 10, codec="libvpx-vp9"), (320, 180, 10, 24_000, "vp9", False)),
]


@pytest.mark.parametrize(("data", "expected"), SHAPES)
def test_a_film_of_any_shape_shows_its_facts_and_a_poster_of_its_shape(data: bytes, expected: tuple[object, ...]) -> None:
    found = look(data)
    facts = found.facts
    assert (facts.width, facts.height, facts.frames, facts.fps_thousandths, facts.codec, facts.sound) == expected
    # A track of sound ends with its last packet of 1,024 samples.
    assert facts.milliseconds == pytest.approx(1e6 * facts.frames / facts.fps_thousandths, abs=22)
    assert (found.reason, len(found.poster.jpeg) <= LARGEST_POSTER, found.poster.jpeg[:2]) == (None, True, b"\xff\xd8")
    picture = shown(found)
    assert picture.width / picture.height == pytest.approx(facts.width / facts.height, rel=0.01)
    assert max(picture.width, picture.height) == min(1_280, max(facts.width, facts.height))


@pytest.mark.parametrize("plain", [(BLACK,) * 6, (WHITE,) * 6, (128,) * 6, (BLACK, WHITE, 128)])
def test_a_poster_is_the_first_clear_frame(plain: tuple[int, ...]) -> None:
    assert len(brightnesses(shown(look(film(160, 90, 12, plain=plain))))) > 1


def test_a_film_without_a_clear_frame_has_the_one_that_varies_most() -> None:
    found = look(film(160, 90, 6, plain=(BLACK,) * 6))
    assert (found.reason, brightnesses(shown(found))) == (None, {0})


def test_a_search_ends_when_its_time_is_over_with_what_it_has_seen() -> None:
    data, clock = film(160, 90, 12, plain=(BLACK,) * 6), iter([0.0, *[100.0] * 12])
    assert brightnesses(shown(look(data, 20.0, clock))) == {0}
    assert len(list(clock)) == 11


def test_a_search_ends_after_so_many_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnail, "MOST_FRAMES", 5)
    assert brightnesses(shown(look(film(160, 90, 12, plain=(BLACK,) * 6)))) == {0}


def test_a_picture_full_of_noise_is_made_smaller_until_it_fits() -> None:
    frame = av.VideoFrame(1280, 720, "yuv420p")
    noise = Random(1)  # noqa: S311 - a picture
    for plane in frame.planes:
        plane.update(noise.randbytes(plane.buffer_size))
    found = look(_one_frame(frame))
    assert found.poster
    assert (len(found.poster.jpeg) <= LARGEST_POSTER, found.poster.width < 1_280) == (True, True)


def _one_frame(frame: av.VideoFrame, **context: object) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "yuv420p"
        for name, value in context.items():
            setattr(stream.codec_context, name, value)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def _turned(data: bytes, matrix: tuple[int, ...]) -> bytes:
    """Write a matrix into the header of the track."""
    start = data.index(b"tkhd") + 4 + 40
    return data[:start] + struct.pack(">9i", *matrix) + data[start + 36 :]


@pytest.mark.parametrize(
    ("quarters", "matrix"),
    [
        (1, (0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)),
        (2, (-1 << 16, 0, 0, 0, -1 << 16, 0, 0, 0, 1 << 30)),
        (3, (0, -1 << 16, 0, 1 << 16, 0, 0, 0, 0, 1 << 30)),
    ],
)
def test_a_poster_stands_as_players_show_the_film(quarters: int, matrix: tuple[int, ...]) -> None:
    picture = shown(look(_turned(film(160, 90, 3), matrix)))
    assert (picture.width, picture.height) == ((160, 90) if quarters == 2 else (90, 160))
    # The bar of the first frame is at the top; clockwise, it comes to the right, to the bottom, and to the left.
    gray = picture.reformat(width=9, height=9, format="gray").planes[0]
    rows = [bytes(gray)[row * gray.line_size :][:9] for row in range(9)]
    edges = {1: [row[8] for row in rows], 2: rows[8], 3: [row[0] for row in rows]}
    assert {edge: sum(values) // 9 > 150 for edge, values in edges.items()} == {edge: edge == quarters for edge in edges}


def test_pixels_that_are_not_square_become_square() -> None:
    frame = av.VideoFrame(160, 90, "yuv420p")
    for plane in frame.planes:
        plane.update(bytes([128]) * plane.buffer_size)
    found = look(_one_frame(frame, sample_aspect_ratio=Fraction(1, 2)))
    assert (found.facts.width, found.facts.height, found.poster.width, found.poster.height) == (160, 90, 80, 90)


# Hostile files


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 10_000,
        b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/x.ts\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"<html>gone</html>",
        film(160, 90)[:700],
    ],
    ids=["empty", "zeros", "playlist", "list of files", "page", "cut"],
)
def test_a_file_that_is_no_whole_mp4_is_unreadable_and_opens_nothing_else(data: bytes) -> None:
    with pytest.raises(UnreadableVideo) as raised:
        look(data)
    assert raised.value.code == "unreadable"


def test_a_file_with_sound_alone_has_no_picture() -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=48_000, layout="mono")
        frame = av.AudioFrame(format="fltp", layout="mono", samples=1_024)
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        frame.sample_rate = 48_000
        container.mux([*stream.encode(frame), *stream.encode(None)])
    with pytest.raises(UnreadableVideo) as raised:
        look(file.getvalue())
    assert raised.value.code == "no_picture"


def test_a_picture_of_too_many_pixels_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = film(640, 360)
    monkeypatch.setattr(thumbnail, "MOST_PIXELS", 640 * 360 - 1)
    found = look(data)
    assert (found.facts.width, found.poster, found.reason) == (640, None, "too_many_pixels")


def test_a_picture_whose_stream_is_larger_than_its_file_says_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = film(640, 360)
    # The size in the description of the track; the stream's own says more.
    at = data.index(b"avc1", data.index(b"stsd")) + 4 + 24
    lying = data[:at] + struct.pack(">HH", 64, 64) + data[at + 4 :]
    monkeypatch.setattr(thumbnail, "MOST_PIXELS", 64 * 64)
    monkeypatch.setattr(thumbnail, "_LIMITS", {"max_pixels": str(64 * 64)})
    assert look(lying).poster is None


def test_a_foreign_codec_shows_its_facts_and_no_poster() -> None:
    found = look(film(160, 90, 3, codec="png", flags=""))
    assert (found.facts.codec, found.facts.frames, found.poster, found.reason) == ("png", 3, None, "foreign_codec")


def test_pictures_that_cannot_be_decoded_leave_the_facts() -> None:
    data = film(160, 90, 3)
    start = data.index(b"mdat") + 4
    found = look(data[:start] + bytes(len(data) - start))
    assert (found.facts, found.poster) == (
        Facts(width=160, height=90, frames=3, fps_thousandths=24_000, milliseconds=125, codec="h264", sound=False),
        None,
    )
    assert found.reason in ("not_decoded", "no_frame")


def test_a_file_of_countless_packets_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnail, "MOST_PACKETS", 5)
    assert look(film(320, 180, 24, flags="frag_keyframe+empty_moov")).facts.frames == 0


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_file_is_unreadable_or_shows_what_is_left(seed: int) -> None:
    random, whole = Random(seed), film(160, 90, 12, sound=True)  # noqa: S311 - damage
    for _ in range(20):
        damaged = bytearray(whole)
        for _ in range(random.choice((1, 5, 40))):
            damaged[random.randrange(len(damaged))] = random.randrange(256)
        found = None
        with suppress(UnreadableVideo):
            found = look(bytes(damaged))
        assert found is None or found.poster is None or len(found.poster.jpeg) <= LARGEST_POSTER


def test_facts_are_integers_and_words() -> None:
    assert {type(value) for value in vars(look(film()).facts).values()} == {int, str, bool}
