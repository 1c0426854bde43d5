"""Names of families, and further names that an owner sets."""

import pytest

from cliprelay.catalog.families import FAMILIES, model_meant, names_meant, read_aliases
from cliprelay.catalog.registry import Offer, UnknownModels

OFFER = Offer.of("")


@pytest.mark.parametrize(
    ("name", "with_picture", "expected"),
    [
        ("seedance-v1.5-pro", True, "seedance-v1.5-pro-i2v"),
        ("seedance-v1.5-pro", False, "seedance-v1.5-pro-t2v"),
        ("seedance-v1.5-pro-t2v", True, "seedance-v1.5-pro-t2v"),
        ("sora-2", True, "seedance-v1.5-pro-i2v"),
        ("clip", False, "seedance-v1.5-pro-i2v"),
        ("sora-3", True, None),
        ("seedance-v1-pro", False, None),  # not offered
    ],
)
def test_a_name_means_one_offered_model(name: str, with_picture: bool, expected: str | None) -> None:
    aliases = {"sora-2": "seedance-v1.5-pro", "clip": "seedance-v1.5-pro-i2v"}
    found = model_meant(name, OFFER, aliases, with_picture=with_picture)
    assert (found.name if found else None) == expected


def test_aliases_are_pairs_separated_by_commas() -> None:
    assert read_aliases("") == {}
    assert read_aliases("sora-2=seedance-v1.5-pro, ep-1=seedance-v1.5-pro-t2v") == {
        "sora-2": "seedance-v1.5-pro",
        "ep-1": "seedance-v1.5-pro-t2v",
    }


@pytest.mark.parametrize("text", ["sora-2=sora", "sora-2", "sora-2="])
def test_an_alias_of_no_model_is_refused(text: str) -> None:
    with pytest.raises(UnknownModels, match="known are seedance-v1-lite, "):
        read_aliases(text)


def test_the_names_that_exist_are_told() -> None:
    assert {"seedance-v1.5-pro", "seedance-v1-pro", "seedance-v1-lite"} == FAMILIES
    assert names_meant(OFFER, {"sora-2": "seedance-v1.5-pro"}) == ["sora-2", "seedance-v1.5-pro", *OFFER.names]
