"""The film is what the upstream's would be: real H.264 with the request's own picture in it."""

import io
from pathlib import Path
from threading import Thread
from typing import Any

import av
import pytest
from av.video.frame import VideoFrame

from local.simulator.contract.images import Picture, fetch
from local.simulator.contract.pricing import SIZES
from local.simulator.http.response import FilePart
from local.simulator.media.encoder import Stopped, encode
from local.simulator.media.frames import card, decode
from local.simulator.media.scenes import Scene
from tests.support.simulator_client import Customer, any_picture, content, data_uri


def mean_colour(frame: VideoFrame) -> tuple[float, ...]:
    pixel = frame.reformat(64, 64, "rgb24", interpolation="AREA")
    plane = pixel.planes[0]
    data = bytes(plane)
    rows = [data[row * plane.line_size : row * plane.line_size + 64 * 3] for row in range(64)]
    return tuple(sum(sum(row[channel::3]) for row in rows) / 64 / 64 for channel in range(3))


def boxes(data: bytes) -> list[str]:
    """The names of the top-level boxes; ValueError when their lengths do not add up."""
    names, position = [], 0
    while position < len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        names.append(data[position + 4 : position + 8].decode())
        position += size
    if position != len(data):
        raise ValueError("the last box breaks off")
    return names


def any_scene(**changes: object) -> Scene:
    settings: dict[str, Any] = {"width": 64, "height": 48, "frames": 25, "first": card(640, 480), **changes}
    return Scene(**settings)


def shoot(tmp_path: Path, **changes: object) -> bytes:
    encode(any_scene(**changes), tmp_path / "film.mp4")
    return (tmp_path / "film.mp4").read_bytes()


def frames(film: bytes) -> list[VideoFrame]:
    with av.open(io.BytesIO(film)) as container:
        return list(container.decode(video=0))


@pytest.mark.parametrize("audio", [True, False])
def test_a_film_of_4_s_at_480p_is_as_the_upstreams_would_be(audio: bool) -> None:
    customer = Customer(cheap=False)
    picture = any_picture(640, 360, colour="0xC86432")
    order: dict[str, Any] = {"image": data_uri(picture), "duration": 4, "resolution": "480p", "generate_audio": audio}
    served = customer.call("GET", customer.finished(**order))
    assert isinstance(served.body, FilePart)
    film = content(served)
    assert boxes(film)[:2] == ["ftyp", "moov"]
    assert boxes(film)[-1] == "mdat"
    with av.open(io.BytesIO(film)) as container:
        video = container.streams.video[0]
        assert (video.codec_context.name, video.average_rate) == ("h264", 24)
        assert (video.width, video.height) == SIZES["480p"]["16:9"]
        assert video.codec_context.pix_fmt == "yuv420p"
        assert [stream.codec_context.name for stream in container.streams.audio] == (["aac"] if audio else [])
        assert container.duration == pytest.approx(97 / 24 * 1e6, abs=1e5)
        decoded = list(container.decode(video=0))
    assert len(decoded) == 24 * 4 + 1
    assert mean_colour(decoded[0]) == pytest.approx((200, 100, 50), abs=3)


def test_the_sound_lasts_as_long_as_the_pictures_and_can_be_heard(tmp_path: Path) -> None:
    film = shoot(tmp_path, audio=True, frames=49)
    with av.open(io.BytesIO(film)) as container:
        samples = list(container.decode(audio=0))
    assert sum(frame.samples for frame in samples) / 48000 == pytest.approx(49 / 24, abs=0.05)
    middle = memoryview(bytes(samples[len(samples) // 2].planes[0])).cast("f")
    assert 0.01 < max(middle) < 0.3


def test_a_film_ends_on_its_last_image(tmp_path: Path) -> None:
    first, last = decode(any_picture(colour="red")), decode(any_picture(400, 900, colour="blue"))
    shown = frames(shoot(tmp_path, first=first, last=last))
    assert len(shown) == 25
    red, purple, blue = (mean_colour(shown[number]) for number in (0, 17, -1))
    assert red == pytest.approx((255, 0, 0), abs=6)
    assert purple[0] > 20
    assert purple[2] > 20
    assert blue == pytest.approx((0, 0, 255), abs=6)


def thumbnail(frame: VideoFrame, left: int = 0, width: int = 32) -> list[bytes]:
    """A grey picture 24 pixels high; the frame's shape says how many pixels wide."""
    plane = frame.reformat(24 * frame.width // frame.height, 24, "gray", interpolation="AREA").planes[0]
    data = bytes(plane)
    return [data[row * plane.line_size + left : row * plane.line_size + left + width] for row in range(24)]


def difference(one: list[bytes], other: list[bytes]) -> float:
    """Grey levels, at the mean."""
    pairs = [pair for rows in zip(one, other, strict=True) for pair in zip(*rows, strict=True)]
    return sum(abs(a - b) for a, b in pairs) / len(pairs)


def test_a_film_begins_with_its_picture_and_then_zooms_in(tmp_path: Path) -> None:
    film = frames(shoot(tmp_path, width=320, height=240, first=card(640, 480)))
    assert difference(thumbnail(film[0]), thumbnail(card(640, 480))) < 7
    assert difference(thumbnail(film[0]), thumbnail(film[-1])) > 12


def test_a_film_ends_with_its_whole_last_image(tmp_path: Path) -> None:
    film = frames(shoot(tmp_path, width=320, height=240, first=decode(any_picture()), last=card(640, 480)))
    assert difference(thumbnail(film[-1]), thumbnail(card(640, 480))) < 7


def test_a_picture_that_is_too_wide_loses_both_its_sides_alike(tmp_path: Path) -> None:
    film = frames(shoot(tmp_path, width=160, height=240, frames=2, first=card(640, 480)))
    middle = thumbnail(card(640, 480), left=8, width=16)
    assert difference(thumbnail(film[0], width=16), middle) < 7


@pytest.mark.parametrize("resolution", ["480p", "720p"])
@pytest.mark.parametrize("ratio", SIZES["480p"])
def test_every_listed_size_can_be_encoded(tmp_path: Path, resolution: str, ratio: str) -> None:
    width, height = SIZES[resolution][ratio]
    film = frames(shoot(tmp_path, width=width, height=height, frames=2, first=decode(any_picture(301, 700))))
    assert {(frame.width, frame.height) for frame in film} == {(width, height)}
    assert len(film) == 2


@pytest.mark.parametrize("codec", ["png", "mjpeg", "gif", "bmp", "tiff", "libwebp"])
def test_a_picture_of_each_format_is_shown_in_its_colour(tmp_path: Path, codec: str) -> None:
    film = frames(shoot(tmp_path, frames=2, first=decode(any_picture(codec=codec, colour="0x2492DB"))))
    assert mean_colour(film[0]) == pytest.approx((0x24, 0x92, 0xDB), abs=14)  # a GIF has few colours


def test_an_encoding_ends_soon_when_it_is_told_to(tmp_path: Path) -> None:
    asked: list[None] = []

    def stopped() -> bool:
        asked.append(None)
        return len(asked) == 3

    with pytest.raises(Stopped):
        encode(any_scene(), tmp_path / "film.mp4", stopped)
    assert len(asked) == 3


def test_the_same_scene_makes_the_same_bytes_and_another_take_others(tmp_path: Path) -> None:
    first, again, other = (shoot(tmp_path, audio=True, seed=5, take=take) for take in ("a", "a", "b"))
    assert first == again != other


def test_a_watermark_shows_in_the_corner_alone(tmp_path: Path) -> None:
    dark = decode(any_picture(colour="black"))
    plain, marked = (frames(shoot(tmp_path, width=320, height=240, frames=2, first=dark, watermark=on))[0] for on in (False, True))
    assert max(bytes(plain.planes[0])) < 40
    rows, line = bytes(marked.planes[0]), marked.planes[0].line_size
    bright = [(at % line, at // line) for at, value in enumerate(rows) if value > 100]
    assert bright
    assert min(x for x, _ in bright) > 240
    assert min(y for _, y in bright) > 180


def test_a_cheap_film_is_a_whole_mp4_of_the_right_length() -> None:
    customer = Customer(cheap=True)
    order: dict[str, Any] = {"duration": 4, "resolution": "480p", "ratio": "9:16"}
    film = content(customer.call("GET", customer.finished(**order)))
    assert boxes(film)[-1] == "free"
    assert len(film) < 20_000
    shown = frames(film)
    assert len(shown) == 97
    assert (shown[0].width, shown[0].height) == (496, 864)


def test_a_url_out_of_reach_or_a_broken_picture_becomes_a_test_card() -> None:
    studio = Customer(cheap=False).platform.studio
    for picture in (Picture(url="https://pictures.example.test/a.png"), Picture(url="http://127.0.0.1:9/a.png")):
        assert studio._frame(picture).width == 1280


def test_another_machine_is_never_asked_for_a_picture_unless_that_is_switched_on() -> None:
    with pytest.raises(OSError, match="not this machine"):
        fetch("https://pictures.example.test/a.png")


def test_a_studio_closes_only_when_no_encoding_writes_any_more() -> None:
    studio = Customer(cheap=False).platform.studio
    studio._encoders.acquire()
    closing = Thread(target=studio.close)
    closing.start()
    closing.join(0.05)
    assert closing.is_alive()
    studio._encoders.release()
    closing.join(10)
    assert not closing.is_alive()
