"""The vendor's names of models mean ours, whatever their date."""

import pytest

from cliprelay.api.ark.models import UnknownModel, family_of, read_model
from cliprelay.catalog.registry import Offer

OFFER = Offer.of("")


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("seedance-1-5-pro-251215", "seedance-v1.5-pro"),
        ("doubao-seedance-1-5-pro-251215", "seedance-v1.5-pro"),
        ("dreamina-seedance-1-5-pro-260101", "seedance-v1.5-pro"),
        ("seedance-1-5-pro", "seedance-v1.5-pro"),
        ("doubao-seedance-1-0-lite-t2v-250428", "seedance-v1-lite-t2v"),
        ("seedance-v1.5-pro-i2v", "seedance-v1.5-pro-i2v"),
        ("ep-20260101-abcde", "ep-20260101-abcde"),
        ("seedance-1-5-pro-25", "seedance-v1.5-pro-25"),
    ],
)
def test_a_name_of_the_vendor_is_ours_without_its_date(name: str, family: str) -> None:
    assert family_of(name) == family


@pytest.mark.parametrize(("with_picture", "model"), [(True, "seedance-v1.5-pro-i2v"), (False, "seedance-v1.5-pro-t2v")])
def test_the_picture_decides(with_picture: bool, model: str) -> None:
    assert read_model("seedance-1-5-pro-251215", OFFER, {}, with_picture=with_picture).name == model


def test_an_alias_goes_before_the_vendors_names() -> None:
    aliases = {"seedance-1-5-pro-251215": "seedance-v1.5-pro-t2v"}
    assert read_model("seedance-1-5-pro-251215", OFFER, aliases, with_picture=True).name == "seedance-v1.5-pro-t2v"


@pytest.mark.parametrize("name", ["", "sora-2", "ep-20260101-abcde", "seedance-1-0-pro-250528", "x" * 5_000])
def test_what_is_not_offered_is_not_found(name: str) -> None:
    with pytest.raises(UnknownModel) as found:
        read_model(name, OFFER, {"ep-1": "seedance-v1.5-pro"}, with_picture=True)
    assert "ep-1, seedance-v1.5-pro, seedance-v1.5-pro-i2v" in found.value.detail
    assert len(found.value.detail) < 500
