"""WebP: its three kinds of first chunk, and a picture that fills or a frame that lies on its canvas."""

import pytest

from cliprelay.images.formats import webp
from cliprelay.images.header import Probed
from cliprelay.images.reader import STEPS, Reader, over
from tests.support import image_files
from tests.support.image_files import webp_chunk
from tests.support.image_reading import UNREAD, endless, refusal_code

PLAIN = image_files.webp(646, 362)


@pytest.mark.parametrize(
    ("data", "frames"),
    [
        (PLAIN, 1),
        (image_files.webp_lossless(646, 362), 1),
        (image_files.webp_extended(646, 362), 1),
        (image_files.webp_extended(646, 362, webp_chunk(b"ICCP", b"x"), PLAIN[12:]), 1),
        (image_files.webp_animation(646, 362), 2),
    ],
    ids=["lossy", "lossless", "extended", "extended, after another chunk", "film"],
)
def test_the_size_is_read_from_every_kind(data: bytes, frames: int) -> None:
    assert webp.is_webp(data)
    assert webp.read(over(data)) == Probed("webp", 646, 362, frames=frames)


def test_two_bits_of_each_lossy_side_are_a_scale_and_no_size() -> None:
    data = PLAIN[:26] + (646 | 0x4000).to_bytes(2, "little") + (362 | 0x8000).to_bytes(2, "little") + PLAIN[30:]
    assert webp.read(over(data)) == Probed("webp", 646, 362)


def test_another_riff_file_is_no_webp() -> None:
    assert webp.is_webp(b"RIFF\0\0\0\0WAVE") is False
    assert webp.is_webp(b"RIFX\0\0\0\0WEBP") is False


DAMAGED = {
    "longer than its file": b"RIFF\xff\xff\0\0" + PLAIN[8:],
    "no key frame": PLAIN[:20] + b"\x11" + PLAIN[21:],
    "no start code": PLAIN[:23] + b"\0" + PLAIN[24:],
    "a lossless picture without signature": image_files.webp_lossless(512, 512).replace(b"\x2f", b"\x30", 1),
    "a picture that does not fill its canvas": image_files.webp_extended(512, 512, webp_chunk(b"VP8L", image_files.vp8l(400, 400))),
    "sound": image_files.riff(webp_chunk(b"data", bytes(40))),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_header_that_contradicts_the_format_is_refused(name: str) -> None:
    assert refusal_code(webp.read, over(DAMAGED[name])) == "image_broken"


def test_a_first_frame_that_leaves_its_canvas_is_unread() -> None:
    assert refusal_code(webp.read, over(image_files.webp_animation(512, 512, 513))) == UNREAD


def test_the_search_for_the_picture_ends_after_a_fixed_number_of_steps() -> None:
    file: Reader = endless(image_files.webp_extended(512, 512)[:30], webp_chunk(b"XMP ", b""))
    assert refusal_code(webp.read, file) == UNREAD
    assert file.steps == STEPS + 1
    assert file.bytes_read < 200_000
