"""Which requests want a page for people: browsers that open an address, and the fetchers with which chats preview one."""

import re

from cliprelay.api.http.accept import weights_of
from cliprelay.api.http.request import Request

# The headers on which `wants_page` depends.
VARY = "Accept, Range, Sec-Fetch-Dest, User-Agent"

# Fetchers name themselves, and nothing else tells them from players: most accept */*, and Slack's asks for the first bytes only.
# https://api.slack.com/robots, https://developers.facebook.com/docs/sharing/webmasters/web-crawlers
_PREVIEWS = re.compile(
    r"\b(?:facebookexternalhit|Slackbot-LinkExpanding|Discordbot|Twitterbot|TelegramBot|WhatsApp|LinkedInBot|SkypeUriPreview"
    r"|Mastodon|redditbot|Pinterestbot)\b",
    re.IGNORECASE,
)


def wants_page(asking: Request) -> bool:
    """Return whether a request wants a page rather than a file."""
    return _is_preview(asking) or _is_navigation(asking)


def prefers_html(accept: str) -> bool:
    """Return whether an Accept header names HTML, and wants nothing that a file may be more (RFC 9110, section 12.5.1)."""
    weights = weights_of(accept)
    html = weights.get("text/html", 0.0)
    return html > 0 and all(html >= weights.get(other, 0.0) for other in ("*/*", "video/*", "video/mp4"))


def _is_navigation(asking: Request) -> bool:
    """Return whether a browser opens the address as a document: a player, an image and a frame say that they are one."""
    is_document = (asking.header("sec-fetch-dest") or "document").strip().lower() == "document"
    return is_document and asking.header("range") is None and prefers_html(asking.header("accept") or "")


def _is_preview(asking: Request) -> bool:
    return bool(_PREVIEWS.search(asking.header("user-agent") or ""))
