"""Options of the simulated upstream: each has a default and a text, and a value outside its choices is refused."""

from dataclasses import fields

import pytest

from local.simulator.contract.options import Options


def test_every_option_has_a_default_among_its_choices_and_a_text() -> None:
    Options()
    assert [each.name for each in fields(Options) if not each.metadata["help"]] == []


@pytest.mark.parametrize("name", [each.name for each in fields(Options) if each.metadata["choices"]])
def test_a_value_outside_the_choices_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be one of .*, not 'another'"):
        Options(**{name: "another"})  # type: ignore[arg-type]


@pytest.mark.parametrize("scale", [0, -1])
def test_time_goes_forward(scale: float) -> None:
    with pytest.raises(ValueError, match="time_scale must be greater than 0"):
        Options(time_scale=scale)
