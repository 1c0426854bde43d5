"""Idempotency keys: any text a client likes, hashed into a name that meets no other's."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.errors import Problem
from cliprelay.intents import LONGEST_KEY, body_hash, intent_id, read_key

TENANTS = st.from_regex(r"[a-z0-9-]{1,40}", fullmatch=True)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@given(tenant=TENANTS, key=TEXT)
def test_any_key_becomes_a_legal_name(tenant: str, key: str) -> None:
    assert re.fullmatch(r"intent_[0-9a-f]{64}", intent_id(tenant, key))


@given(one=st.tuples(TENANTS, TEXT), other=st.tuples(TENANTS, TEXT))
def test_two_tenants_or_two_keys_never_share_a_name(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (intent_id(*one) == intent_id(*other)) == (one == other)


@pytest.mark.parametrize("key", ["x", "order 7/3", "x" * LONGEST_KEY, "日本", " x "])
def test_a_usable_key_is_taken_as_it_was_sent(key: str) -> None:
    assert read_key(key) == key


def test_no_key_is_no_key() -> None:
    assert read_key(None) is None


@pytest.mark.parametrize("key", ["", " ", "\t", "x" * (LONGEST_KEY + 1)])
def test_an_unusable_key_is_refused_by_the_name_of_its_header(key: str) -> None:
    with pytest.raises(Problem) as caught:
        read_key(key)
    assert caught.value.status == 422
    assert [complaint["field"] for complaint in caught.value.errors] == ["Idempotency-Key"]


def test_bodies_are_compared_byte_by_byte() -> None:
    assert body_hash(b'{"a": 1}') == body_hash(b'{"a": 1}')
    assert body_hash(b'{"a": 1}') != body_hash(b'{"a":1}')
