"""A spec describes a request independently of its model's field names."""

from dataclasses import replace
from typing import Any

from cliprelay.catalog.model import TIMED_SECONDS
from cliprelay.catalog.pricing import geometry
from cliprelay.catalog.registry import MODELS, spec_of
from cliprelay.catalog.seedance_1_5 import IMAGE_TO_VIDEO
from cliprelay.catalog.spec import EXPIRES_AFTER, Spec
from tests.support.makers import any_settings


def _without(name: str) -> Any:
    """Return the usual model without one field."""
    return replace(IMAGE_TO_VIDEO, fields=tuple(field for field in IMAGE_TO_VIDEO.fields if field.name != name))


def test_a_spec_reads_the_fields_by_what_they_mean() -> None:
    spec = MODELS["seedance-v1-pro-t2v"].spec({"prompt": "Waves.", "aspect_ratio": "1:1", "duration": 10, "resolution": "1080p"})
    assert spec == Spec(
        prompt="Waves.", duration=10, resolution="1080p", ratio="1:1", tier="default", audio=False, expires_after=EXPIRES_AFTER
    )


def test_a_spec_has_the_models_defaults_for_what_was_not_said() -> None:
    spec = IMAGE_TO_VIDEO.spec({"prompt": "Waves."})
    assert (spec.duration, spec.ratio, spec.tier, spec.audio) == (5, "adaptive", "default", True)


def test_a_record_of_an_unknown_model_is_read_by_the_usual_names() -> None:
    spec = spec_of("seedance-v0.9", any_settings(duration=9, generate_audio=True, service_tier="flex"))
    assert (spec.duration, spec.audio, spec.tier) == (9, True, "flex")
    assert spec_of("seedance-v0.9", {}).duration is None


def test_a_model_that_chooses_the_duration_gets_an_inexact_quote() -> None:
    model = _without("duration")
    made = geometry(model, model.spec({"prompt": "Waves.", "ratio": "1:1"}))
    assert (made.frames, made.exact) == (24 * TIMED_SECONDS + 1, False)


def test_a_model_without_a_resolution_field_is_quoted_at_its_only_resolution() -> None:
    model = replace(_without("resolution"), geometry={"720p": IMAGE_TO_VIDEO.geometry["720p"]})
    assert geometry(model, model.spec({"prompt": "Waves.", "ratio": "1:1"})).width == 960
