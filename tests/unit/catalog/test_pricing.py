"""The pricing formula reproduces the published figures for every model."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.catalog.model import Model
from cliprelay.catalog.pricing import Estimate, estimate, frames, geometry
from cliprelay.catalog.registry import MODELS
from cliprelay.catalog.seedance_1_5 import IMAGE_TO_VIDEO
from cliprelay.catalog.spec import Spec

GEOMETRY = IMAGE_TO_VIDEO.geometry
RATIOS = ["adaptive", *GEOMETRY["720p"]]
USUAL: dict[str, Any] = {"resolution": "720p", "ratio": "16:9", "duration": 5, "generate_audio": True, "service_tier": "default"}


def _spec(**changes: Any) -> Spec:
    return IMAGE_TO_VIDEO.spec(USUAL | changes)


def _estimate(**changes: Any) -> Estimate:
    return estimate(IMAGE_TO_VIDEO, _spec(**changes))


def test_the_formula_reproduces_the_vendors_usage_figure() -> None:
    assert _estimate().tokens == 108_900


@pytest.mark.parametrize(("audio", "per_second"), [(True, "0.052"), (False, "0.026")])
def test_the_formula_reproduces_the_published_prices_per_second(audio: bool, per_second: str) -> None:
    usd = _estimate(duration=12, generate_audio=audio).usd
    assert abs(usd / 12 - Decimal(per_second)) < Decimal("0.0005")


@pytest.mark.parametrize(("audio", "per_second"), [(True, "0.024"), (False, "0.012")])
def test_the_formula_reproduces_the_published_prices_per_second_of_480p(audio: bool, per_second: str) -> None:
    usd = _estimate(resolution="480p", duration=12, generate_audio=audio).usd
    assert abs(usd / 12 - Decimal(per_second)) < Decimal("0.0005")


@given(duration=st.integers(4, 12), resolution=st.sampled_from(["480p", "720p"]), ratio=st.sampled_from(RATIOS), audio=st.booleans())
def test_every_order_has_a_price_and_flex_costs_half(duration: int, resolution: str, ratio: str, audio: bool) -> None:
    usual = _estimate(duration=duration, resolution=resolution, ratio=ratio, generate_audio=audio)
    flex = _estimate(duration=duration, resolution=resolution, ratio=ratio, generate_audio=audio, service_tier="flex")
    assert usual.usd > 0
    assert abs(usual.usd / 2 - flex.usd) <= Decimal("0.0001")


def test_audio_doubles_the_price() -> None:
    assert abs(_estimate().usd - 2 * _estimate(generate_audio=False).usd) <= Decimal("0.0001")


@given(duration=st.integers(4, 11))
def test_a_longer_video_costs_more(duration: int) -> None:
    assert _estimate(duration=duration + 1).usd > _estimate(duration=duration).usd


def test_an_adaptive_ratio_is_priced_as_16_to_9_and_marked_as_assumed() -> None:
    assert _estimate(ratio="adaptive") == _estimate(ratio="16:9")
    assert [geometry(IMAGE_TO_VIDEO, _spec(ratio=ratio)).exact for ratio in ("adaptive", "16:9")] == [False, True]


@pytest.mark.parametrize(
    ("first_frame", "shape"),
    [((640, 360), "16:9"), ((1000, 420), "21:9"), ((500, 660), "3:4"), ((1000, 1000), "1:1"), ((360, 640), "9:16")],
)
def test_an_adaptive_video_has_the_ratio_nearest_to_its_first_frame(first_frame: tuple[int, int], shape: str) -> None:
    made = geometry(IMAGE_TO_VIDEO, _spec(ratio="adaptive"), first_frame)
    assert (made.ratio, (made.width, made.height), made.exact) == (shape, GEOMETRY["720p"][shape], True)


@pytest.mark.parametrize(
    ("first_frame", "ratio", "exact"),
    [((1024, 768), "adaptive", False), ((768, 1024), "adaptive", False), ((1000, 1010), "adaptive", True), ((1024, 768), "4:3", True)],
)
def test_the_shape_after_a_frame_that_asks_to_be_turned_is_exact_only_if_both_of_its_shapes_lead_to_it(
    first_frame: tuple[int, int], ratio: str, exact: bool
) -> None:
    assert geometry(IMAGE_TO_VIDEO, _spec(ratio=ratio), first_frame, turned=True).exact is exact
    assert geometry(IMAGE_TO_VIDEO, _spec(ratio=ratio), first_frame).exact is True


@pytest.mark.parametrize("resolution", GEOMETRY)
def test_every_ratio_costs_within_5_percent_of_the_adaptive_estimate(resolution: str) -> None:
    adaptive = _estimate(resolution=resolution, ratio="adaptive").tokens
    for ratio in GEOMETRY[resolution]:
        assert abs(_estimate(resolution=resolution, ratio=ratio).tokens / adaptive - 1) < 0.05


def test_a_video_has_one_frame_more_than_24_per_second() -> None:
    assert (frames(5, 24), frames(12, 24)) == (121, 289)
    assert geometry(IMAGE_TO_VIDEO, _spec()).seconds == pytest.approx(5.04, abs=0.01)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_every_size_of_a_model_has_a_price_that_grows_with_it(model: Model) -> None:
    ratio, resolution = model.meaning("ratio"), model.meaning("resolution")
    assert ratio is not None
    assert resolution is not None
    assert set(model.geometry) == set(resolution.choices)
    prices = [estimate(model, model.spec({resolution.name: name, ratio.name: "1:1"})).usd for name in model.geometry]
    assert prices == sorted(set(prices))
    for shapes in model.geometry.values():
        assert {*shapes, "adaptive"} >= set(ratio.choices) >= set(shapes)
