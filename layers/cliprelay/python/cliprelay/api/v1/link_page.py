"""The page of a shared link: a player, facts of the file, and the tags by which chats preview it; no word of the order."""

import base64
import hashlib
from collections.abc import Iterator
from html import escape
from http import HTTPStatus

from cliprelay.api.http.answers import PRIVATE, Answer
from cliprelay.api.http.error_codes import CODES
from cliprelay.api.http.page_requests import VARY
from cliprelay.errors import Refusal
from cliprelay.media.bucket import POSTER_TYPE, VIDEO_TYPE
from cliprelay.video.links import link_url, poster_link
from cliprelay.video.record import Video

TITLE = "AI-generated video"
# A named variant is always the file: neither a player nor a preview that follows it gets the page again.
_FILE, _POSTER, _SAVE = "?variant=video", "?variant=poster", "?download=1"

# The attribute that names a tag: https://ogp.me and https://developer.x.com/en/docs/x-for-websites/cards
_KIND = {"og": "property", "tw": "name"}

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{margin:0;min-height:100vh;display:grid;place-content:center;justify-items:center;gap:.75rem;padding:1rem;"
    "box-sizing:border-box;font:16px/1.5 system-ui,sans-serif;text-align:center}"
    "video{max-width:100%;max-height:80vh;height:auto;border-radius:8px;background:#000}"
    "h1{font-size:1.2rem;margin:0}p{margin:0;max-width:60ch}"
)
_STYLE_HASH = f"'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"


def video_page(video: Video, files: str) -> Answer:
    """Build the page of a video whose link is open; `files` is the origin to which its addresses redirect."""
    facts, until = ", ".join(_facts(video)), f"Available until {_moment(video.kept_until)}." if video.kept_until else ""
    tags = "".join(f'<meta {_KIND[name[:2]]}="{name}" content="{escape(value)}">\n' for name, value in _tags(video, facts))
    texts = "".join(f"<p>{escape(text)}</p>\n" for text in (facts, until) if text)
    body = f'{_player(video)}\n<h1>{TITLE}</h1>\n{texts}<p><a href="{_SAVE}">Save the video</a></p>'
    return _page(HTTPStatus.OK, TITLE, body, tags, f"media-src 'self' {files}; img-src 'self' {files}; ")


def refusal_page(refusal: Refusal) -> Answer:
    """Build the page of a link that does not open."""
    status = HTTPStatus(CODES[refusal.code].status)
    title = "This video is no longer available" if status is HTTPStatus.GONE else "There is no video here"
    return _page(status, title, f"<h1>{title}</h1>\n<p>{escape(refusal.detail)}</p>")


def _page(status: HTTPStatus, title: str, body: str, tags: str = "", sources: str = "") -> Answer:
    html = (
        '<!doctype html>\n<html lang="en" prefix="og: https://ogp.me/ns#">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="robots" content="noindex">\n'
        f"<title>{title}</title>\n{tags}<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
    policy = f"default-src 'none'; {sources}style-src {_STYLE_HASH}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy, "X-Robots-Tag": "noindex", "Vary": VARY}
    return Answer(status, {**PRIVATE, **headers, "X-Content-Type-Options": "nosniff"}, html)


def _player(video: Video) -> str:
    size = f' width="{video.facts.width}" height="{video.facts.height}"' if video.facts else ""
    poster = f' poster="{_POSTER}"' if video.poster else ""
    return f'<video src="{_FILE}"{poster}{size} controls muted playsinline preload="metadata"></video>'


def _facts(video: Video) -> Iterator[str]:
    """Yield what is known of the file, for people."""
    facts = video.facts
    if facts and facts.milliseconds:
        yield f"{facts.milliseconds / 1_000:.1f} seconds"
    if facts:
        yield f"{facts.width} x {facts.height} pixels"
        yield "with sound" if facts.sound else "without sound"
    if video.bytes:
        yield f"{video.bytes / 1_000_000:.1f} MB"


def _tags(video: Video, facts: str) -> Iterator[tuple[str, str]]:
    """Yield Open Graph and Twitter tags; a preview may be fetched later and again, so every address is a durable one."""
    link, poster = link_url(video) or "", video.poster
    yield from (("og:type", "video.other"), ("og:title", TITLE), ("og:description", facts), ("og:url", link))
    yield from (("og:video", f"{link}{_FILE}"), ("og:video:type", VIDEO_TYPE))
    if link.startswith("https:"):
        yield ("og:video:secure_url", f"{link}{_FILE}")
    if video.facts:
        yield from (("og:video:width", str(video.facts.width)), ("og:video:height", str(video.facts.height)))
    if poster:
        image = poster_link(video) or ""
        yield from (("og:image", image), ("og:image:type", POSTER_TYPE))
        yield from (("og:image:width", str(poster.width)), ("og:image:height", str(poster.height)), ("twitter:image", image))
    yield ("twitter:card", "summary_large_image" if poster else "summary")


def _moment(iso: str) -> str:
    return f"{iso[:10]}, {iso[11:16]} UTC"
