"""A shared link as browsers, chats, players and strangers meet it on a service whose operator wants pages."""

import re
from typing import Any

import pytest
import requests

from tests.support.local_service import LocalService, StartService, eventually
from tests.support.service_client import Client

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "Sec-Fetch-Dest": "document"}
PLAYER = {"Accept": "*/*", "Range": "bytes=0-7", "Sec-Fetch-Dest": "video"}
CHAT = {"Accept": "*/*", "Range": "bytes=0-32768", "User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}
PROMPT = "A lighthouse that nobody is told of"


@pytest.fixture(scope="module")
def service(start_service: StartService) -> LocalService:
    return start_service("--time-scale", "0.02", "--parameter", "LinkPages=true")


def _tags(html: str) -> dict[str, str]:
    return dict(re.findall(r'<meta property="([^"]+)" content="([^"]*)">', html))


def _with_poster(client: Client, video_id: str) -> dict[str, Any]:
    client.ending(video_id)

    def shown() -> dict[str, Any] | None:
        video: dict[str, Any] = client.get(f"/v1/videos/{video_id}").json()
        return video if "poster" in video["video"] else None

    video = eventually(shown)
    assert video
    return video


def _get(url: str, headers: dict[str, str], *, allow_redirects: bool = True) -> requests.Response:
    return requests.get(url, headers=headers, timeout=60, allow_redirects=allow_redirects)


def test_a_shared_link_is_a_page_a_preview_and_a_file_until_it_is_revoked(service: LocalService) -> None:
    client = Client(service)
    video = _with_poster(client, client.order(PROMPT, metadata={"order": "4711"}))
    link = video["video"]["link"]

    page = _get(link, BROWSER, allow_redirects=False)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "4711" not in page.text
    assert PROMPT not in page.text
    head = requests.head(link, headers=BROWSER, timeout=60)
    assert (head.status_code, head.headers["Content-Length"], head.text) == (200, str(len(page.content)), "")

    # What the page plays is fetched from origins that its policy allows, and so is what a chat shows.
    for name, kind in (("video", b"ftyp"), ("poster", b"\xff\xd8\xff")):
        (source,) = re.findall(rf'"(\?variant={name})"', page.text)
        redirect = _get(link + source, PLAYER, allow_redirects=False)
        assert redirect.status_code == 302
        origin = "/".join(redirect.headers["Location"].split("/")[:3])
        assert f"'self' {origin};" in page.headers["Content-Security-Policy"]
        assert kind in _get(link + source, PLAYER).content
    tags = _tags(_get(link, CHAT).text)
    assert _get(tags["og:image"], CHAT | {"Range": "bytes=0-2"}).content == b"\xff\xd8\xff"
    assert _get(tags["og:video"], CHAT | {"Range": "bytes=4-7"}).content == b"ftyp"
    assert (tags["og:video:width"], tags["og:video:height"]) == (str(video["video"]["width"]), str(video["video"]["height"]))

    assert len(_get(link, {}).content) == video["video"]["bytes"]
    assert _get(link, PLAYER).status_code == 206
    saved = _get(f"{link}?download=1", BROWSER)
    assert f'filename="{video["id"]}.mp4"' in saved.headers["Content-Disposition"]

    assert client.session.delete(f"{service.api}/v1/videos/{video['id']}/links", timeout=60).status_code == 200
    gone, problem = _get(link, BROWSER), _get(link, {})
    assert (gone.status_code, gone.headers["Content-Type"]) == (410, "text/html; charset=utf-8")
    assert (problem.status_code, problem.json()["code"]) == (410, "link_revoked")
