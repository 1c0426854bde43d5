"""Browsers that open an address and fetchers of previews want a page; players, images, frames and programs do not."""

import pytest

from cliprelay.api.http.page_requests import VARY, prefers_html, wants_page
from cliprelay.api.http.request import Request
from cliprelay.tenants.api_keys import Identity
from tests.support.makers import request_event

CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8"
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
FIREFOX_VIDEO = "video/webm,video/ogg,video/*;q=0.9,application/ogg;q=0.7,audio/*;q=0.6,*/*;q=0.5"
SLACK = "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"
IMESSAGE = "Mozilla/5.0 (Macintosh) AppleWebKit/601.2.4 (KHTML, like Gecko) Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"


def _wants_page(**headers: str) -> bool:
    event = request_event("GET", "/v1/links/any", key=None, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return wants_page(Request(event, identity=Identity(""), path={}, query={}))


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (CHROME, True),
        (FIREFOX, True),
        ("text/html", True),
        ("TEXT/HTML ; q=0.9 , */*;q=0.1", True),
        ("text/html;level=1", True),
        ("", False),
        ("*/*", False),
        ("text/*", False),
        ("application/json", False),
        (FIREFOX_VIDEO, False),
        ("text/html;q=0", False),
        ("text/html;q=none", False),
        ("text/html;q=0.5,*/*", False),
        ("video/mp4, text/html;q=0.9", False),
        ("video/*, text/html;q=0.9", False),
        ("text/htmlx", False),
    ],
)
def test_html_is_preferred_where_it_is_named_and_nothing_that_a_file_may_be_is_wanted_more(accept: str, expected: bool) -> None:
    assert prefers_html(accept) is expected


@pytest.mark.parametrize("accept", [CHROME, FIREFOX])
@pytest.mark.parametrize("headers", [{}, {"sec_fetch_dest": "document"}])
def test_a_browser_that_opens_the_address_wants_a_page(accept: str, headers: dict[str, str]) -> None:
    assert _wants_page(accept=accept, **headers)


@pytest.mark.parametrize("destination", ["video", "image", "iframe", "embed", "object", "empty"])
def test_a_browser_that_embeds_the_address_wants_the_file(destination: str) -> None:
    assert not _wants_page(accept=CHROME, sec_fetch_dest=destination)


def test_a_request_for_a_range_wants_the_file() -> None:
    assert not _wants_page(accept=CHROME, range="bytes=0-")


@pytest.mark.parametrize(
    "agent",
    [
        SLACK,
        IMESSAGE,
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
        "Twitterbot/1.0",
        "TelegramBot (like TwitterBot)",
        "WhatsApp/2.23.20.0",
        "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
        "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
        "http.rb/5.1.1 (Mastodon/4.2.0; +https://mastodon.example/)",
    ],
)
@pytest.mark.parametrize("headers", [{}, {"accept": "*/*"}, {"accept": "*/*", "range": "bytes=0-32768"}])
def test_a_fetcher_of_previews_wants_a_page_whatever_else_it_says(agent: str, headers: dict[str, str]) -> None:
    assert _wants_page(user_agent=agent, **headers)


@pytest.mark.parametrize(
    "agent", ["curl/8.5.0", "Slack-ImgProxy (+https://api.slack.com/robots)", "VLC/3.0.20 LibVLC/3.0.20", "Wget/1.21.4"]
)
def test_any_other_program_wants_the_file(agent: str) -> None:
    assert not _wants_page(user_agent=agent, accept="*/*")


def test_vary_names_every_header_that_decides() -> None:
    assert set(VARY.split(", ")) == {"Accept", "Range", "Sec-Fetch-Dest", "User-Agent"}
