"""A resource that is built once and sent many times: plain and gzipped, each with a strong ETag (RFC 9110, sections 8.8.3 and 12.5.3)."""

import base64
import gzip
import hashlib
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

_ETAG = re.compile(r'("[^"]*")|(\*)')
_CODING = re.compile(r"\s*([^\s;,]+)\s*(?:;\s*q\s*=\s*([0-9.]+)\s*)?(?:,|$)", re.IGNORECASE)


class Representation:
    """A text in both codings, ready to send; `headers` go with every answer, a 304 too."""

    def __init__(self, text: str, media_type: str, headers: Mapping[str, str]) -> None:
        self._text, self._type = text, media_type
        # Without a time, so that every sandbox makes the same bytes.
        self._gzipped = base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
        self._digest = hashlib.sha256(text.encode()).hexdigest()[:32]
        self._headers = {"Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff", **headers}

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a GET in payload format 2.0, or a HEAD, whose body the gateway leaves out."""
        asked = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
        zipped = prefers_gzip(asked.get("accept-encoding", ""))
        etag = f'"{self._digest}-gzip"' if zipped else f'"{self._digest}"'
        headers = {"ETag": etag, **self._headers}
        if matches(asked.get("if-none-match", ""), etag):
            return {"statusCode": int(HTTPStatus.NOT_MODIFIED), "headers": headers}
        headers |= {"Content-Type": self._type} | ({"Content-Encoding": "gzip"} if zipped else {})
        return {"statusCode": 200, "headers": headers, "body": self._gzipped if zipped else self._text, "isBase64Encoded": zipped}


def prefers_gzip(accept_encoding: str) -> bool:
    """Report whether a client accepts gzip, and no less gladly than the plain text."""
    weights = {name.lower(): _weight(weight) for name, weight in _CODING.findall(accept_encoding)}
    asked = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return asked > 0 and asked >= weights.get("identity", 0.0)


def matches(if_none_match: str, etag: str) -> bool:
    """Report whether an If-None-Match names this ETag; caches that compress make it weak, so W/ does not count."""
    return any(star or tag == etag for tag, star in _ETAG.findall(if_none_match))


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0
