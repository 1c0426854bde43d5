"""A lazy client is built at its first call, and from then on is the client."""

from functools import cache
from types import SimpleNamespace

import pytest

from cliprelay.aws.lazy_client import LazyClient


def test_a_client_is_built_at_its_first_call_and_once() -> None:
    built: list[str] = []

    @cache
    def build() -> SimpleNamespace:
        built.append("client")
        return SimpleNamespace(publish=lambda **message: message, region="us-east-1")

    client = LazyClient(build)
    assert built == []
    assert client.publish(Message="a") == {"Message": "a"}
    assert client.region == "us-east-1"
    assert built == ["client"]


def test_an_attribute_that_the_client_lacks_is_an_error() -> None:
    with pytest.raises(AttributeError, match="publish"):
        LazyClient(SimpleNamespace).publish()
