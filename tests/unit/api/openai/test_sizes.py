"""Every size that a model makes means one shape, and the defaults cost no more than OpenAI's."""

import pytest

from cliprelay.api.openai.sizes import default_seconds, sizes_of
from cliprelay.catalog.registry import MODELS


@pytest.mark.parametrize("name", MODELS)
def test_every_shape_of_a_model_has_its_own_size(name: str) -> None:
    shapes = {(resolution, ratio) for resolution, ratios in MODELS[name].geometry.items() for ratio in ratios}
    assert sorted(sizes_of(MODELS[name]).values()) == sorted(shapes)


def test_a_size_means_resolution_and_ratio_and_those_of_720p_come_first() -> None:
    found = sizes_of(MODELS["seedance-v1.5-pro-i2v"])
    assert (found["1280x720"], found["496x864"]) == (("720p", "16:9"), ("480p", "9:16"))
    assert [resolution for resolution, _ in found.values()] == ["720p"] * 6 + ["480p"] * 6


@pytest.mark.parametrize(("name", "seconds"), [("seedance-v1.5-pro-i2v", 4), ("seedance-v1-pro-t2v", 5)])
def test_the_usual_length_is_that_of_openai_or_the_next_that_exists(name: str, seconds: int) -> None:
    assert default_seconds(MODELS[name]) == seconds
