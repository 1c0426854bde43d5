"""Warnings about accepted images: what will be cropped, and several frames of which the model takes one."""

import pytest

from cliprelay.images.header import Probed
from cliprelay.images.warnings import image_warnings


def _warned(*images: Probed | None, ratio: str = "adaptive") -> list[str]:
    first, last = (*images, None)[:2]
    return [warning["code"] for warning in image_warnings(first, last, ratio)]


WIDE, TALL = Probed("png", 1_280, 720), Probed("png", 720, 1_280)


def test_an_image_that_fits_is_not_warned_of() -> None:
    assert _warned(WIDE) == _warned(WIDE, ratio="16:9") == _warned(TALL, TALL, ratio="9:16") == _warned(None, None, ratio="1:1") == []
    assert _warned(Probed("png", 864, 496), ratio="16:9") == []


def test_a_shape_that_will_be_cropped_is_warned_of() -> None:
    assert _warned(WIDE, ratio="1:1") == ["will_crop"]
    assert _warned(WIDE, TALL) == ["will_crop"]
    assert _warned(WIDE, WIDE, ratio="9:16") == ["will_crop"]
    assert _warned(TALL, WIDE, ratio="1:1") == ["will_crop", "will_crop"]


def test_a_picture_that_asks_to_be_turned_fits_either_way() -> None:
    assert _warned(Probed("jpeg", 1_280, 720, turned=True), ratio="9:16") == []
    assert _warned(Probed("jpeg", 1_280, 720, turned=True), ratio="1:1") == ["will_crop"]
    assert _warned(Probed("webp", 1_280, 720, turned=None), ratio="9:16") == []


TURNED = [Probed("jpeg", 1_024, 768, turned=True), Probed("png", 1_024, 768, turned=True), Probed("tiff", 768, 1_024, turned=True)]
UPRIGHT = [Probed("jpeg", 768, 1_024), Probed("jpeg", 1_024, 768)]


@pytest.mark.parametrize("turned", TURNED, ids=lambda probed: probed.format)
@pytest.mark.parametrize("upright", UPRIGHT, ids=["tall", "wide"])
@pytest.mark.parametrize("ratio", ["adaptive", "4:3", "3:4"])
def test_two_frames_fit_if_any_shape_of_one_fits_any_shape_of_the_other(turned: Probed, upright: Probed, ratio: str) -> None:
    unfit = ["will_crop"] if ratio not in ("adaptive", f"{upright.width // 256}:{upright.height // 256}") else []
    assert _warned(turned, upright, ratio=ratio) == []
    assert _warned(upright, turned, ratio=ratio) == unfit
    assert _warned(turned, turned, ratio=ratio) == []
    assert _warned(turned, Probed("png", 1_280, 720)) == ["will_crop"]


def test_an_image_of_several_frames_is_warned_of_by_its_field() -> None:
    film = Probed("gif", 512, 512, frames=2)
    found = image_warnings(film, film, "adaptive")
    assert [(warning["code"], warning["message"].split()[0]) for warning in found] == [
        ("multi_frame_image", "`image`"),
        ("multi_frame_image", "`last_image`"),
    ]
    assert _warned(Probed("gif", 512, 512, frames=None)) == []
