"""SNS messages: a valid subject, inert text, and the complete event for machines."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.notifications.excerpt import EXCERPT, excerpt
from cliprelay.notifications.message import SUBJECT_LIMIT, Announcement, announce, content_url
from cliprelay.video.kept_copies import unverified_media
from cliprelay.video.states import ANNOUNCED, Status
from tests.support.makers import any_settings, any_video

URL = "https://bucket.example.com/videos/acme/vid.mp4?X-Amz-Signature=abc"
UNTIL = "2026-11-22T07:00:00Z"
ENDINGS = st.sampled_from(sorted(ANNOUNCED))
PROMPTS = st.text(max_size=300) | st.lists(
    st.sampled_from(
        ["http://evil.example/x", "WWW.EVIL.EXAMPLE", "<b>bold</b>", "\r\nBcc: all@example.com", "\x1b[31m", "word", "🌊", "\u202e"]
    )
).map(" ".join)


def _announced(status: Status, *, prompt: str = "A lighthouse.", **changes: Any) -> Announcement:
    video = any_video(
        status=status,
        settings=any_settings(prompt=prompt),
        event_id="evt_1",
        event_at="2026-11-22T06:01:00Z",
        bytes=5,
        sha256="ab",
        **changes,
    )
    url = URL if status is Status.SUCCEEDED else None
    return announce(video, url=url, url_expires_at=UNTIL if url else None)


def _event(announcement: Announcement) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(announcement.data)
    return event


@given(status=ENDINGS, prompt=PROMPTS, metadata=st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3))
def test_a_subject_is_one_ascii_line_of_at_most_100_characters_for_any_input(status: Status, prompt: str, metadata: dict[str, str]) -> None:
    subject = _announced(status, prompt=prompt, metadata=metadata).subject
    assert subject.isascii()
    assert subject.isprintable()
    assert 0 < len(subject) <= SUBJECT_LIMIT


def test_a_subject_is_cut_when_a_name_is_longer_than_it_should_be() -> None:
    assert len(_announced(Status.UNCONFIRMED, id="vid_" + "x" * 200).subject) == SUBJECT_LIMIT


@given(prompt=PROMPTS)
def test_an_excerpt_is_one_short_line_without_markup(prompt: str) -> None:
    words = excerpt(prompt)
    assert words == "" or words.isprintable()
    assert not set(words) & set("<>\r\n\t\x1b\u202e")
    assert len(words) <= EXCERPT + len(" ...")


@given(prompt=PROMPTS.map(lambda text: f" {text} "))
def test_an_excerpt_has_no_url_at_the_start_of_a_word(prompt: str) -> None:
    assert " http://" not in f" {excerpt(prompt)}"
    assert " www." not in f" {excerpt(prompt)}".lower()


@pytest.mark.parametrize(
    "prompt", ["1http://evil.example/pay", "_http://evil.example/pay", "éhttps://evil.example/pay", "xwww.evil.example"]
)
def test_an_excerpt_has_no_url_anywhere(prompt: str) -> None:
    assert "evil.example" not in excerpt(prompt)


def test_a_long_prompt_is_cut_between_words() -> None:
    assert excerpt("lighthouse " * 20) == "lighthouse lighthouse lighthouse lighthouse lighthouse lighthouse lighthouse ..."


def test_a_short_prompt_is_shown_whole() -> None:
    assert excerpt("A lighthouse at dusk, and the storm.") == "A lighthouse at dusk, and the storm."


def test_the_text_of_a_success_has_the_link_its_expiry_and_the_content_url() -> None:
    text = _announced(Status.SUCCEEDED).email
    assert f"\n{URL}\n" in text
    assert UNTIL in text
    assert "https://api.example.com/v1/videos/vid_01KAN3J9M4S9A5XH7W2T0QZ8RB/content" in text


@pytest.mark.parametrize("status", [Status.FAILED, Status.EXPIRED, Status.CANCELED, Status.UNCONFIRMED])
def test_the_text_of_every_other_ending_has_the_reason(status: Status) -> None:
    text = _announced(status, error={"code": "moderated", "message": "The content was refused."}).email
    assert "Reason: The content was refused." in text
    assert "Code: moderated" in text
    assert "http" not in text


def test_the_text_of_an_unconfirmed_video_asks_a_person_to_check() -> None:
    announcement = _announced(Status.UNCONFIRMED, error={"code": "outcome_unknown", "message": "Not known."})
    assert "needs your attention" in announcement.subject
    assert "It is not resubmitted automatically." in announcement.email


def test_the_event_of_a_success_has_the_file_its_link_and_the_content_url() -> None:
    event = _event(_announced(Status.SUCCEEDED, metadata={"order": "7"}))
    assert event["id"] == "evt_1"
    assert event["type"] == "video.succeeded"
    assert event["timestamp"] == "2026-11-22T06:01:00Z"
    assert event["data"]["metadata"] == {"order": "7"}
    assert event["data"]["video"] == {
        "bytes": 5,
        "sha256": "ab",
        "content_type": "video/mp4",
        "url": URL,
        "url_expires_at": UNTIL,
        "content_url": content_url(any_video()),
        "provenance": {"watermark": False},
    }


def test_a_file_that_could_not_be_verified_is_announced_with_its_doubt() -> None:
    announcement = _announced(Status.SUCCEEDED, warnings=[{"code": "flex_is_slow", "message": "any"}, unverified_media("no_picture")])
    assert [warning["code"] for warning in _event(announcement)["data"]["warnings"]] == ["unverified_media"]
    assert "Warning: The file could not be verified (no_picture)" in announcement.email
    assert "Warning" not in _announced(Status.SUCCEEDED).email


@pytest.mark.parametrize("status", sorted(ANNOUNCED - {Status.SUCCEEDED}))
def test_the_event_of_every_other_ending_has_an_error_and_no_file(status: Status) -> None:
    error = {"code": "moderated", "message": "The content was refused."}
    data = _event(_announced(status, error=error))["data"]
    assert data["error"] == error
    assert "video" not in data


@given(status=ENDINGS)
def test_filters_can_select_events_by_type_tenant_video_and_model(status: Status) -> None:
    attributes = _announced(status).attributes
    assert attributes == {
        "type": f"video.{status.value}",
        "tenant": "acme",
        "video_id": "vid_01KAN3J9M4S9A5XH7W2T0QZ8RB",
        "model": "seedance-v1.5-pro-i2v",
    }


@pytest.mark.parametrize("prompt", ["🌊" * 8_000, "word " * 1_600, '"' * 8_000])
def test_the_longest_prompt_does_not_enlarge_the_event(prompt: str) -> None:
    announcement = _announced(Status.SUCCEEDED, prompt=prompt)
    assert len(announcement.data.encode() + announcement.email.encode()) < 4_000


def test_the_text_of_a_success_begins_with_the_durable_link_and_its_expiry() -> None:
    announced = _announced(Status.SUCCEEDED, link="A" * 43, expires_at=1_797_919_200)
    link = f"https://api.example.com/v1/links/vid_01KAN3J9M4S9A5XH7W2T0QZ8RB.{'A' * 43}"
    assert announced.email.index(link) < announced.email.index(URL)
    file = _event(announced)["data"]["video"]
    assert (file["link"], file["kept_until"]) == (link, "2026-12-22T06:00:00Z")


@pytest.mark.parametrize("link", [{}, {"link": "A" * 43, "expires_at": 1_797_919_200}])
def test_the_text_promises_a_presigned_url_until_its_expiry_at_most(link: dict[str, Any]) -> None:
    text = _announced(Status.SUCCEEDED, **link).email
    before = text[: text.index(URL)].strip().rpartition("\n")[2]
    assert "until 2026-" in before
    assert before.endswith(" at most:")


@pytest.mark.parametrize(
    ("status", "changes", "bill", "says"),
    [
        (Status.CANCELED, {}, "no", "You asked for that; nothing was charged."),
        (Status.SUCCEEDED, {"upstream_id": "task-1"}, "yes", "it was charged."),
        (Status.EXPIRED, {"upstream_id": "task-1"}, "unknown", "whether it was charged is not known."),
    ],
)
def test_a_canceled_video_is_announced_as_that_with_what_it_cost(status: Status, changes: dict[str, Any], bill: str, says: str) -> None:
    announcement = _announced(status, cancel_requested_at="2026-11-22T06:00:05Z", **changes)
    data = _event(announcement)["data"]
    assert announcement.attributes["type"] == "video.canceled"
    assert (data["status"], data["billed"], data["cancel_requested_at"]) == ("canceled", bill, "2026-11-22T06:00:05Z")
    assert announcement.email.startswith("Your video was canceled.")
    assert says in announcement.email
    assert (URL in announcement.email) == ("video" in data) == (status is Status.SUCCEEDED)
