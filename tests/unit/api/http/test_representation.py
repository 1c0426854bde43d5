"""A resource that is built once: its coding and its 304 follow the request's headers."""

import base64
import gzip
from typing import Any

import pytest

from cliprelay.api.http.representation import Representation, matches, prefers_gzip

TEXT = "Grüße " * 200
MADE = Representation(TEXT, "text/plain; charset=utf-8", {"Cache-Control": "max-age=1"})


def _ask(**headers: str) -> dict[str, Any]:
    return MADE.answer({"headers": {name.replace("_", "-"): value for name, value in headers.items()}})


def _etag(**headers: str) -> str:
    return str(_ask(**headers)["headers"]["ETag"])


@pytest.mark.parametrize(
    ("accepted", "zipped"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("*", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        ("deflate,gzip ; q = 0.5", True),
        ("identity;q=0.5, gzip", True),
        ("gzip;q=1.000", True),
        ("", False),
        ("br", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("*;q=0", False),
        ("identity, gzip;q=0.5", False),
        ("gzipped", False),
        ("gzip;q=much", False),
        ("gzip;q=1.2.3", False),
    ],
)
def test_a_client_gets_gzip_only_when_it_accepts_it(accepted: str, zipped: bool) -> None:
    assert prefers_gzip(accepted) is zipped
    answer = _ask(Accept_Encoding=accepted)
    body = base64.b64decode(answer["body"]) if answer["isBase64Encoded"] else answer["body"].encode()
    assert (answer["headers"].get("Content-Encoding"), answer["isBase64Encoded"]) == (("gzip", True) if zipped else (None, False))
    assert (gzip.decompress(body) if zipped else body).decode() == TEXT


def test_a_client_that_says_nothing_gets_plain_text() -> None:
    events: list[dict[str, Any]] = [{}, {"headers": None}, {"headers": {}}]
    assert [MADE.answer(event)["body"] for event in events] == [TEXT] * 3


def test_an_answer_says_how_it_may_be_cached() -> None:
    headers = _ask()["headers"]
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert (headers["Cache-Control"], headers["Vary"], headers["X-Content-Type-Options"]) == ("max-age=1", "Accept-Encoding", "nosniff")


def test_each_coding_has_a_strong_etag_of_its_own_that_follows_the_text() -> None:
    etags = [_etag(), _etag(accept_encoding="gzip")]
    assert len(set(etags)) == 2
    assert all(etag.startswith('"') and etag.endswith('"') for etag in etags)
    assert Representation(TEXT + ".", "text/plain", {}).answer({})["headers"]["ETag"] not in etags


def test_every_sandbox_makes_the_same_bytes() -> None:
    twin = Representation(TEXT, "text/plain; charset=utf-8", {"Cache-Control": "max-age=1"})
    for event in ({}, {"headers": {"accept-encoding": "gzip"}}):
        assert twin.answer(event) == MADE.answer(event)


@pytest.mark.parametrize("accepted", ["", "gzip"])
@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', '{} , W/"other"', "*", ' {}\t,"x,y"'])
def test_a_client_that_has_the_text_gets_304_without_a_body(accepted: str, form: str) -> None:
    etag = _etag(Accept_Encoding=accepted)
    answer = _ask(Accept_Encoding=accepted, If_None_Match=form.format(etag))
    assert (answer["statusCode"], "body" in answer) == (304, False)
    assert answer["headers"] == {
        "ETag": etag,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "max-age=1",
    }


@pytest.mark.parametrize("form", ["", '"other"', 'W/"other"', "{bare}", '"{bare}', "other"])
def test_a_client_that_has_another_text_gets_the_text(form: str) -> None:
    bare = _etag().strip('"')
    assert _ask(if_none_match=form.replace("{bare}", bare))["statusCode"] == 200
    assert not matches(_etag(), _etag(accept_encoding="gzip"))
