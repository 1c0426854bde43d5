"""What a video file really is: counted frame by frame, and identified by its bytes."""

import hashlib
from pathlib import Path

import av
import pytest

from local.demo.video_facts import read_video
from tests.support.simulator_client import SimulatorClient, content


def test_codec_size_frames_and_sound_are_those_of_the_file(tmp_path: Path) -> None:
    customer = SimulatorClient(cheap=True)
    data = content(customer.request("GET", customer.finished(duration=4, resolution="480p", ratio="16:9")))
    path = tmp_path / "video.mp4"
    path.write_bytes(data)
    facts = read_video(path)
    assert (facts.codec, facts.width, facts.height, facts.frames, facts.fps) == ("h264", 864, 496, 97, 24)
    assert facts.seconds == pytest.approx(97 / 24)
    assert (facts.sound, facts.bytes, facts.sha256) == ("aac", len(data), hashlib.sha256(data).hexdigest())


def test_a_file_that_does_not_play_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(b"This is not a video.")
    with pytest.raises(av.error.FFmpegError):
        read_video(path)
