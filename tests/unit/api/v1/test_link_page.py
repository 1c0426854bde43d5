"""A link shows people a page with a player, if the operator wants that; programs get the file as ever."""

import base64
import hashlib
import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from cliprelay.media.facts import Facts, Poster
from cliprelay.video.record import Video
from cliprelay.video.states import Status
from tests.support.makers import NOW, any_settings, any_video

if TYPE_CHECKING:
    from tests.support.api_response import ApiResponse
    from tests.support.world import World

ID, BITS = any_video().id, "A" * 42 + "_"
LINK = f"https://api.example.com/v1/links/{ID}.{BITS}"
FACTS = Facts(width=1280, height=720, frames=121, fps_thousandths=24_000, milliseconds=5_042, codec="h264", sound=True)
POSTER = Poster(key=f"posters/acme/{ID}.jpg", bytes=61_204, width=1280, height=720)
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
CHAT = {"accept": "*/*", "range": "bytes=0-32768", "user-agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}
PROMPT = "The lamp turns"


class Page(HTMLParser):
    """A page as a browser reads it: its tags with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def the(self, tag: str) -> dict[str, str | None]:
        """Return the attributes of the only such tag."""
        (found,) = [attributes for name, attributes in self.tags if name == tag]
        return found

    @property
    def meta(self) -> dict[str | None, str | None]:
        metas = [each for name, each in self.tags if name == "meta" and "content" in each]
        return {each.get("property") or each["name"]: each["content"] for each in metas}


def _put(world: "World", **changes: Any) -> Video:
    values: dict[str, Any] = {"object_key": f"videos/acme/{ID}.mp4", "bytes": 8_123_456, "sha256": "0" * 64, "link": BITS}
    values |= {
        "expires_at": int((NOW + timedelta(days=30)).timestamp()),
        "facts": FACTS,
        "poster": POSTER,
        "settings": any_settings(prompt=PROMPT),
        "metadata": {"order": "4711"},
    }
    return world.put(any_video(status=Status.SUCCEEDED, **values | changes))


def _open(world: "World", headers: dict[str, str] = BROWSER, method: str = "GET", *, pages: bool = True, **request: Any) -> "ApiResponse":
    front = world.front(link_pages=pages)
    return world.ask(method, f"/v1/links/{ID}.{BITS}", front=front, key=None, headers=headers, **request)


def _is_page(answer: "ApiResponse") -> bool:
    return answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("headers", [BROWSER, CHAT])
def test_a_page_shows_the_player_with_its_poster(world: "World", headers: dict[str, str]) -> None:
    _put(world)
    answer = _open(world, headers)
    assert (answer.status, _is_page(answer)) == (200, True)
    player = Page(answer.body).the("video")
    assert {"controls", "muted", "playsinline"} <= player.keys()
    assert [player[name] for name in ("src", "poster", "width", "height")] == ["?variant=video", "?variant=poster", "1280", "720"]


def test_a_page_says_what_is_known_of_the_file_and_until_when_it_is_there(world: "World") -> None:
    _put(world)
    text = Page(_open(world).body).text
    for known in ("5.0 seconds", "1280 x 720", "with sound", "8.1 MB", "Available until 2026-12-22, 06:00 UTC"):
        assert known in text


def test_what_is_not_known_is_left_out(world: "World") -> None:
    _put(world, facts=None, poster=None)
    page = Page(_open(world).body)
    assert not {"poster", "width", "height"} & page.the("video").keys()
    assert not [name for name in page.meta if "image" in str(name) or "width" in str(name)]
    assert page.meta["twitter:card"] == "summary"
    assert "pixels" not in page.text


def test_the_tags_for_previews_have_durable_addresses_that_lead_to_the_files(world: "World") -> None:
    _put(world)
    meta = Page(_open(world, CHAT).body).meta
    assert (meta["og:video"], meta["og:video:secure_url"], meta["og:video:type"]) == (f"{LINK}?variant=video",) * 2 + ("video/mp4",)
    assert (meta["og:image"], meta["twitter:image"], meta["og:image:type"]) == (f"{LINK}?variant=poster",) * 2 + ("image/jpeg",)
    assert [meta[f"og:{kind}:{side}"] for kind in ("video", "image") for side in ("width", "height")] == ["1280", "720"] * 2
    assert (meta["og:type"], meta["og:url"], meta["twitter:card"]) == ("video.other", LINK, "summary_large_image")
    assert '<meta name="twitter:card"' in _open(world, CHAT).body
    # The fetcher of the preview follows them, too.
    for variant in ("video", "poster"):
        assert _open(world, CHAT, query={"variant": variant}).status == 302


def test_a_page_has_no_word_of_the_order(world: "World") -> None:
    _put(world)
    for word in (PROMPT, "4711", "acme", "X-Amz", "seedance"):
        assert word not in _open(world).body


def test_nothing_but_the_api_and_its_bucket_is_loaded_and_nothing_runs(world: "World") -> None:
    _put(world)
    answer = _open(world)
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    place = urlsplit(_open(world, {}).headers["location"])
    files = f"'self' {place.scheme}://{place.netloc}"
    (style,) = re.findall("<style>(.*?)</style>", answer.body, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == {
        "default-src": "'none'",
        "media-src": files,
        "img-src": files,
        "style-src": f"'sha256-{digest}'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert "<script" not in answer.body
    assert "style=" not in answer.body


def test_a_page_is_neither_indexed_nor_stored_nor_named_to_others(world: "World") -> None:
    _put(world)
    headers = _open(world).headers
    assert (headers["x-robots-tag"], headers["cache-control"], headers["referrer-policy"]) == ("noindex", "no-store", "no-referrer")
    assert (headers["x-content-type-options"], headers["vary"]) == ("nosniff", "Accept, Range, Sec-Fetch-Dest, User-Agent")
    assert '<meta name="robots" content="noindex">' in _open(world).body


def test_text_from_elsewhere_is_escaped(world: "World") -> None:
    _put(world, base_url='https://api.example.com/"><script>')
    page = _open(world).body
    assert "<script" not in page
    assert Page(page).meta["og:url"] == f'https://api.example.com/"><script>/v1/links/{ID}.{BITS}'


def test_a_plain_address_is_not_called_a_secure_one(world: "World") -> None:
    _put(world, base_url="http://127.0.0.1:8787")
    assert "og:video:secure_url" not in Page(_open(world).body).meta


@pytest.mark.parametrize("headers", [{}, {"accept": "*/*"}, BROWSER | {"range": "bytes=0-"}, BROWSER | {"sec-fetch-dest": "video"}])
def test_programs_and_players_get_the_file(world: "World", headers: dict[str, str]) -> None:
    _put(world)
    answer = _open(world, headers)
    assert (answer.status, "sec-fetch-dest" in answer.headers["vary"].lower()) == (302, True)


@pytest.mark.parametrize("query", [{"download": "1"}, {"download": "0"}, {"variant": "video"}, {"variant": "poster"}])
def test_an_address_that_says_what_it_is_for_leads_there(world: "World", query: dict[str, str]) -> None:
    _put(world)
    assert _open(world, query=query).status == 302


def test_a_tracker_s_parameter_changes_nothing(world: "World") -> None:
    _put(world)
    assert _is_page(_open(world, query={"utm_source": "mail"}))


@pytest.mark.parametrize("headers", [BROWSER, CHAT])
def test_without_the_operator_s_word_everybody_gets_the_file(world: "World", headers: dict[str, str]) -> None:
    _put(world)
    answer = _open(world, headers, pages=False)
    assert (answer.status, "vary" in answer.headers) == (302, False)
    assert world.ask("GET", f"/v1/links/{ID}.{BITS}", key=None, headers=headers).status == 302


def test_a_head_has_the_headers_of_the_page(world: "World") -> None:
    _put(world)
    page, head = _open(world), _open(world, method="HEAD")
    # The gateway leaves the body out and keeps its length.
    assert (head.status, head.headers, head.body) == (200, page.headers, page.body)


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"link": "C" * 43, "revoked_links": [hashlib.sha256(BITS.encode()).hexdigest()]}, 410, "This link was revoked."),
        ({"expires_at": int(NOW.timestamp())}, 410, "available until 2026-11-22"),
        ({"deleted_at": "2026-11-22T05:00:00Z"}, 410, "deleted at 2026-11-22T05:00:00Z"),
        ({"link": "C" * 43}, 404, "This link does not exist."),
    ],
    ids=["revoked", "expired", "deleted", "unknown"],
)
def test_a_link_that_does_not_open_is_a_page_for_people_and_a_problem_for_programs(
    world: "World", changes: dict[str, Any], status: int, said: str
) -> None:
    _put(world, **changes)
    for query in ({}, {"download": "1"}, {"variant": "poster"}):
        answer = _open(world, query=query)
        assert (answer.status, _is_page(answer)) == (status, True)
        assert said in Page(answer.body).text
        assert ("no longer available" in answer.body, "no video here" in answer.body) == (status == 410, status == 404)
        assert (answer.headers["x-robots-tag"], answer.headers["cache-control"]) == ("noindex", "no-store")
        assert "media-src" not in answer.headers["content-security-policy"]
    for answer in (_open(world, {}), _open(world, pages=False)):
        assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")


def test_an_unknown_value_of_a_parameter_stays_a_problem(world: "World") -> None:
    _put(world)
    assert _open(world, query={"variant": "gif"}).complaints == {"variant"}
