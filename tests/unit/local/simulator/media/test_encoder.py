"""Encoding of real H.264 videos from the request's images."""

import io
from pathlib import Path
from threading import Thread
from typing import Any

import av
import pytest
from av.video.frame import VideoFrame

from local.simulator.contract.images import Picture, fetch
from local.simulator.contract.pricing import SIZES
from local.simulator.http.response import FileBody
from local.simulator.media.encoder import EncodingStopped, encode
from local.simulator.media.frames import decode, draw_card
from local.simulator.media.scenes import Scene
from tests.support.simulator_client import SimulatorClient, any_picture, content, data_uri


def mean_colour(frame: VideoFrame) -> tuple[float, ...]:
    pixel = frame.reformat(64, 64, "rgb24", interpolation="AREA")
    plane = pixel.planes[0]
    data = bytes(plane)
    rows = [data[row * plane.line_size : row * plane.line_size + 64 * 3] for row in range(64)]
    return tuple(sum(sum(row[channel::3]) for row in rows) / 64 / 64 for channel in range(3))


def boxes(data: bytes) -> list[str]:
    """Return the names of the top-level boxes; raise ValueError for inconsistent lengths."""
    names, position = [], 0
    while position < len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        names.append(data[position + 4 : position + 8].decode())
        position += size
    if position != len(data):
        raise ValueError("the last box breaks off")
    return names


def any_scene(**changes: object) -> Scene:
    settings: dict[str, Any] = {"width": 64, "height": 48, "frames": 25, "first": draw_card(640, 480), **changes}
    return Scene(**settings)


def encode_video(tmp_path: Path, **changes: object) -> bytes:
    encode(any_scene(**changes), tmp_path / "film.mp4")
    return (tmp_path / "film.mp4").read_bytes()


def frames(video: bytes) -> list[VideoFrame]:
    with av.open(io.BytesIO(video)) as container:
        return list(container.decode(video=0))


@pytest.mark.parametrize("audio", [True, False])
def test_a_video_of_4_s_at_480p_has_the_upstreams_properties(audio: bool) -> None:
    client = SimulatorClient(cheap=False)
    picture = any_picture(640, 360, colour="0xC86432")
    order: dict[str, Any] = {"image": data_uri(picture), "duration": 4, "resolution": "480p", "generate_audio": audio}
    served = client.request("GET", client.finished(**order))
    assert isinstance(served.body, FileBody)
    video = content(served)
    assert boxes(video)[:2] == ["ftyp", "moov"]
    assert boxes(video)[-1] == "mdat"
    with av.open(io.BytesIO(video)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.average_rate) == ("h264", 24)
        assert (stream.width, stream.height) == SIZES["480p"]["16:9"]
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert [sound.codec_context.name for sound in container.streams.audio] == (["aac"] if audio else [])
        assert container.duration == pytest.approx(97 / 24 * 1e6, abs=1e5)
        decoded = list(container.decode(video=0))
    assert len(decoded) == 24 * 4 + 1
    assert mean_colour(decoded[0]) == pytest.approx((200, 100, 50), abs=3)


def test_the_sound_is_audible_and_as_long_as_the_video(tmp_path: Path) -> None:
    video = encode_video(tmp_path, audio=True, frames=49)
    with av.open(io.BytesIO(video)) as container:
        samples = list(container.decode(audio=0))
    assert sum(frame.samples for frame in samples) / 48000 == pytest.approx(49 / 24, abs=0.05)
    middle = memoryview(bytes(samples[len(samples) // 2].planes[0])).cast("f")
    assert 0.01 < max(middle) < 0.3


def test_a_video_ends_on_its_last_image(tmp_path: Path) -> None:
    first, last = decode(any_picture(colour="red")), decode(any_picture(400, 900, colour="blue"))
    shown = frames(encode_video(tmp_path, first=first, last=last))
    assert len(shown) == 25
    red, purple, blue = (mean_colour(shown[number]) for number in (0, 17, -1))
    assert red == pytest.approx((255, 0, 0), abs=6)
    assert purple[0] > 20
    assert purple[2] > 20
    assert blue == pytest.approx((0, 0, 255), abs=6)


def thumbnail(frame: VideoFrame, left: int = 0, width: int = 32) -> list[bytes]:
    """Return a gray thumbnail 24 pixels high."""
    plane = frame.reformat(24 * frame.width // frame.height, 24, "gray", interpolation="AREA").planes[0]
    data = bytes(plane)
    return [data[row * plane.line_size + left : row * plane.line_size + left + width] for row in range(24)]


def difference(one: list[bytes], other: list[bytes]) -> float:
    """Return the mean difference in gray levels."""
    pairs = [pair for rows in zip(one, other, strict=True) for pair in zip(*rows, strict=True)]
    return sum(abs(a - b) for a, b in pairs) / len(pairs)


def test_a_video_starts_with_its_image_and_zooms_in(tmp_path: Path) -> None:
    video = frames(encode_video(tmp_path, width=320, height=240, first=draw_card(640, 480)))
    assert difference(thumbnail(video[0]), thumbnail(draw_card(640, 480))) < 7
    assert difference(thumbnail(video[0]), thumbnail(video[-1])) > 12


def test_a_video_ends_with_its_whole_last_image(tmp_path: Path) -> None:
    video = frames(encode_video(tmp_path, width=320, height=240, first=decode(any_picture()), last=draw_card(640, 480)))
    assert difference(thumbnail(video[-1]), thumbnail(draw_card(640, 480))) < 7


def test_an_image_that_is_too_wide_is_cropped_symmetrically(tmp_path: Path) -> None:
    video = frames(encode_video(tmp_path, width=160, height=240, frames=2, first=draw_card(640, 480)))
    middle = thumbnail(draw_card(640, 480), left=8, width=16)
    assert difference(thumbnail(video[0], width=16), middle) < 7


@pytest.mark.parametrize("resolution", ["480p", "720p"])
@pytest.mark.parametrize("ratio", SIZES["480p"])
def test_every_listed_size_can_be_encoded(tmp_path: Path, resolution: str, ratio: str) -> None:
    width, height = SIZES[resolution][ratio]
    video = frames(encode_video(tmp_path, width=width, height=height, frames=2, first=decode(any_picture(301, 700))))
    assert {(frame.width, frame.height) for frame in video} == {(width, height)}
    assert len(video) == 2


@pytest.mark.parametrize("codec", ["png", "mjpeg", "gif", "bmp", "tiff", "libwebp"])
def test_an_image_of_each_format_retains_its_color(tmp_path: Path, codec: str) -> None:
    video = frames(encode_video(tmp_path, frames=2, first=decode(any_picture(codec=codec, colour="0x2492DB"))))
    assert mean_colour(video[0]) == pytest.approx((0x24, 0x92, 0xDB), abs=14)  # a GIF has few colours


def test_an_encoding_ends_soon_after_a_stop(tmp_path: Path) -> None:
    asked: list[None] = []

    def stopped() -> bool:
        asked.append(None)
        return len(asked) == 3

    with pytest.raises(EncodingStopped):
        encode(any_scene(), tmp_path / "film.mp4", stopped)
    assert len(asked) == 3


def test_equal_scenes_give_equal_bytes_and_other_takes_differ(tmp_path: Path) -> None:
    first, *again, other = (encode_video(tmp_path, audio=True, seed=5, take=take) for take in (*"aaaaaaaaaa", "b"))
    assert {first, *again} == {first} != {other}


def test_a_hurried_video_has_the_same_frames_and_is_written_with_fewer_tools_of_the_codec(tmp_path: Path) -> None:
    usual, hurried = (encode_video(tmp_path, width=320, height=240, hurried=each) for each in (False, True))
    assert [len(frames(video)) for video in (usual, hurried)] == [25, 25]
    # x264 writes its settings into the video: the arithmetic coder is the dearest of its tools.
    assert (b"cabac=1" in usual, b"cabac=0" in hurried) == (True, True)


@pytest.mark.parametrize(("scale", "is_hurried"), [(1.0, False), (0.1, False), (0.02, True)])
def test_the_videos_of_a_fast_simulator_are_hurried(scale: float, is_hurried: bool) -> None:
    client = SimulatorClient(cheap=False, time_scale=scale)
    order: dict[str, Any] = {"image": data_uri(any_picture()), "duration": 4, "resolution": "480p", "generate_audio": False}
    video = content(client.request("GET", client.finished(**order)))
    assert (b"cabac=0" in video) is is_hurried


def test_a_watermark_is_only_in_the_corner(tmp_path: Path) -> None:
    dark = decode(any_picture(colour="black"))
    plain, marked = (frames(encode_video(tmp_path, width=320, height=240, frames=2, first=dark, watermark=on))[0] for on in (False, True))
    assert max(bytes(plain.planes[0])) < 40
    rows, line = bytes(marked.planes[0]), marked.planes[0].line_size
    bright = [(at % line, at // line) for at, value in enumerate(rows) if value > 100]
    assert bright
    assert min(x for x, _ in bright) > 240
    assert min(y for _, y in bright) > 180


def test_a_cheap_video_is_a_whole_mp4_of_the_right_length() -> None:
    client = SimulatorClient(cheap=True)
    order: dict[str, Any] = {"duration": 4, "resolution": "480p", "ratio": "9:16"}
    video = content(client.request("GET", client.finished(**order)))
    assert boxes(video)[-1] == "free"
    assert len(video) < 20_000
    shown = frames(video)
    assert len(shown) == 97
    assert (shown[0].width, shown[0].height) == (496, 864)


def test_an_unreachable_or_broken_image_becomes_a_test_card() -> None:
    videos = SimulatorClient(cheap=False).state.videos
    for picture in (Picture(url="https://pictures.example.test/a.png"), Picture(url="http://127.0.0.1:9/a.png")):
        assert videos._frame(picture).width == 1280


def test_images_on_other_hosts_are_fetched_only_by_option() -> None:
    with pytest.raises(OSError, match="not a loopback host"):
        fetch("https://pictures.example.test/a.png")


def test_a_cache_closes_only_after_all_encodings() -> None:
    videos = SimulatorClient(cheap=False).state.videos
    videos._encoders.acquire()
    closing = Thread(target=videos.close)
    closing.start()
    closing.join(0.05)
    assert closing.is_alive()
    videos._encoders.release()
    closing.join(10)
    assert not closing.is_alive()
