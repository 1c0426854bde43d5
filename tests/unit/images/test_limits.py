"""A model's limits are data: every bound is exclusive, compared exactly, and said in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.images.limits import SEEDANCE_1_5, ImageLimits


@pytest.mark.parametrize(("side", "fits"), [(300, False), (301, True), (5_999, True), (6_000, False)])
def test_both_sides_lie_between_the_bounds(side: int, fits: bool) -> None:
    assert SEEDANCE_1_5.sides_fit(side, 512) is fits
    assert SEEDANCE_1_5.sides_fit(512, side) is fits


@given(width=st.integers(301, 5_999), height=st.integers(301, 5_999))
def test_the_ratio_is_compared_without_rounding(width: int, height: int) -> None:
    assert SEEDANCE_1_5.ratio_fits(width, height) is (2 * height < 5 * width and 2 * width < 5 * height)
    assert SEEDANCE_1_5.ratio_fits(width, height) is SEEDANCE_1_5.ratio_fits(height, width)


@pytest.mark.parametrize(("width", "height", "fits"), [(1_000, 400, False), (999, 400, True), (400, 1_000, False), (401, 1_000, True)])
def test_both_bounds_of_the_ratio_are_exclusive(width: int, height: int, fits: bool) -> None:
    assert SEEDANCE_1_5.ratio_fits(width, height) is fits


def test_every_bound_is_said_in_words() -> None:
    small = ImageLimits(formats=("png",), above_pixels=10, below_pixels=2_000, above_ratio=(1, 2), below_ratio=(2, 1), below_bytes=20_000)
    assert small.in_words() == (
        "png; each side more than 10 and less than 2,000 pixels; width / height more than 0.5 and less than 2; less than 20,000 bytes"
    )
