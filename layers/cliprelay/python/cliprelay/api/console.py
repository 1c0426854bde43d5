"""The console: a page at /console to order and watch videos with an API key; / leads there.

Its files are in console_files/, and are read when the first of them is asked for. Their addresses are relative, so that the page
works below any base path.
"""

from collections.abc import Mapping
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.representation import Representation
from cliprelay.media.bucket import MediaBucket

FILES = Path(__file__).with_name("console_files")
PAGE = "index.html"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Relative, because the path in front of them is known to the browser alone.
_REDIRECTS = {"/": "console", "/console/": "../console"}


def add_console(app: Endpoints) -> None:
    """Make the paths known, which `Console` serves."""
    for path in (*_REDIRECTS, "/console", "/console/<file>"):
        app.remember("GET", path, is_public=True)
        app.remember("HEAD", path, is_public=True)


class Console:
    """Serves the page and its files, whose policy allows the API and the bucket, and no other host."""

    def __init__(self, store: MediaBucket) -> None:
        self._store = store

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any] | None:
        """Answer an admitted request for the console; None for one to another path."""
        path: str = event.get("rawPath") or "/"
        if path in _REDIRECTS:
            return {"statusCode": int(HTTPStatus.FOUND), "headers": {"Location": _REDIRECTS[path], **self._headers}}
        if path == "/console":
            return self._files[PAGE].answer(event)
        folder, _, name = path.rpartition("/")
        file = self._files.get(name) if folder == "/console" and name != PAGE else None
        return file.answer(event) if file else None

    @cached_property
    def _files(self) -> dict[str, Representation]:
        return {
            path.name: Representation(path.read_text(encoding="utf-8"), _TYPES[path.suffix], self._headers)
            for path in FILES.iterdir()
            if path.suffix in _TYPES
        }

    @cached_property
    def _headers(self) -> dict[str, str]:
        # Presigned URLs and upload forms lead to this host. The key is one that the function may read, though nothing is stored there.
        bucket = urlsplit(self._store.presign("videos/console", seconds=1))
        return {
            "Content-Security-Policy": policy(f"{bucket.scheme}://{bucket.netloc}"),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Opener-Policy": "same-origin",
            # Asked again each time, because the files of two versions do not go together; the answer is mostly a 304.
            "Cache-Control": "no-cache",
        }


def policy(bucket: str) -> str:
    """Return the Content-Security-Policy of the console; `bucket` is the origin of its videos, posters and upload forms."""
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {bucket}; img-src 'self' blob: {bucket}; "
        f"media-src 'self' {bucket}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
