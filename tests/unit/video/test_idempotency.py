"""Idempotency keys: any text a client likes, hashed into a name that meets no other's."""

import re

from hypothesis import given
from hypothesis import strategies as st

from cliprelay.video.idempotency import body_hash, intent_id

TENANTS = st.from_regex(r"[a-z0-9-]{1,40}", fullmatch=True)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@given(tenant=TENANTS, key=TEXT)
def test_any_key_becomes_a_legal_name(tenant: str, key: str) -> None:
    assert re.fullmatch(r"intent_[0-9a-f]{64}", intent_id(tenant, key))


@given(one=st.tuples(TENANTS, TEXT), other=st.tuples(TENANTS, TEXT))
def test_two_tenants_or_two_keys_never_share_a_name(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (intent_id(*one) == intent_id(*other)) == (one == other)


def test_bodies_are_compared_byte_by_byte() -> None:
    assert body_hash(b'{"a": 1}') == body_hash(b'{"a": 1}')
    assert body_hash(b'{"a": 1}') != body_hash(b'{"a":1}')
