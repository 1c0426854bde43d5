"""Idempotency keys: any text, hashed into a unique item id."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.tenants.api_keys import TENANT_NAME
from cliprelay.video.idempotency import LONGEST_KEY, body_hash, intent_id, key_complaints

TENANTS = st.from_regex(r"[a-z0-9-]{1,40}", fullmatch=True)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@given(tenant=TENANTS, key=TEXT)
def test_any_key_gives_a_valid_item_id(tenant: str, key: str) -> None:
    assert re.fullmatch(r"intent_[0-9a-f]{64}", intent_id(tenant, key))


@given(one=st.tuples(TENANTS, TEXT), other=st.tuples(TENANTS, TEXT))
def test_different_tenants_or_keys_give_different_item_ids(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (intent_id(*one) == intent_id(*other)) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", "bc"), ("ab", "c")),
        (("a", "b/c"), ("a-b", "c")),
        (("a", "/b"), ("a", "b")),
        (("a", "b/"), ("a", "b")),
        (("a", "order"), ("a", "Order")),
        (("a", "order"), ("a", " order")),
        (("a", "order"), ("a", "order ")),
        (("a", "or der"), ("a", "order")),
        (("a", "order"), ("a", "order\0")),
        (("a", "é"), ("a", "e\u0301")),
        (("a", "1"), ("a", "01")),
        (("a", "x" * LONGEST_KEY), ("a", "x" * (LONGEST_KEY - 1) + "y")),
        (("a", "x" * LONGEST_KEY), ("a", "x" * (LONGEST_KEY - 1))),
        (("a", "y" + "x" * LONGEST_KEY), ("a", "x" * LONGEST_KEY)),
    ],
    ids=lambda pair: repr(pair)[:30],
)
def test_pairs_of_tenant_and_key_never_collide(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert intent_id(*one) != intent_id(*other)


def test_an_id_stays_the_same_from_version_to_version() -> None:
    # Records of earlier versions are found by it; another id would pay a second time.
    assert intent_id("acme", "order-4711") == "intent_" + hashlib.sha256(b"acme/order-4711").hexdigest()


@pytest.mark.parametrize("tenant", ["a/b", "/", "a/", "A", ""])
def test_the_separator_is_in_no_tenants_name(tenant: str) -> None:
    assert not TENANT_NAME.fullmatch(tenant)


def test_bodies_are_compared_byte_by_byte() -> None:
    assert body_hash(b'{"a": 1}') == body_hash(b'{"a": 1}')
    assert body_hash(b'{"a": 1}') != body_hash(b'{"a":1}')


@pytest.mark.parametrize("text", ["", "{}", "x" * 65_536, "é" * 65_537, "\N{CLAPPER BOARD}" * 140_000])
def test_a_body_has_the_same_hash_as_text_and_as_bytes(text: str) -> None:
    assert body_hash(text) == body_hash(text.encode()) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("key", [None, "a", " a ", "x" * LONGEST_KEY])
def test_a_nonblank_key_of_up_to_512_characters_is_accepted(key: str | None) -> None:
    assert key_complaints(key) == []


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "must not be blank"),
        (" \t", "must not be blank"),
        (" " * LONGEST_KEY, "must not be blank"),
        ("x" * (LONGEST_KEY + 1), "must have at most 512 characters"),
    ],
)
def test_any_other_key_is_refused_with_the_accepted_form(key: str, message: str) -> None:
    complaint = {"field": "Idempotency-Key", "message": message, "accepted": "1 to 512 characters, not only blanks, without a comma"}
    assert key_complaints(key) == [complaint]
