"""E-mails as files: complete, readable by mail programs and by people, in the order of their arrival."""

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from local.aws.sns.mailbox import DEFAULT_SUBJECT, Mailbox

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


def _keep(folder: Mailbox, subject: str | None = "Ready", body: str = "Your video is ready.") -> Path:
    return folder.store("you@example.com", subject, body, "http://127.0.0.1/unsubscribe", NOW)


def _read(path: Path) -> EmailMessage:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_an_email_holds_what_was_sent_and_a_way_to_unsubscribe(tmp_path: Path) -> None:
    message = _read(_keep(Mailbox(tmp_path), body="Grüße 🌊"))
    assert (message["To"], message["Subject"], message["Date"]) == ("you@example.com", "Ready", "Sun, 22 Nov 2026 06:00:00 +0000")
    assert message.get_content().startswith("Grüße 🌊\n")
    assert "http://127.0.0.1/unsubscribe" in message.get_content()


def test_an_email_without_a_subject_has_the_usual_one(tmp_path: Path) -> None:
    assert _read(_keep(Mailbox(tmp_path), subject=None))["Subject"] == DEFAULT_SUBJECT


def test_a_long_link_stays_in_one_piece_in_the_file(tmp_path: Path) -> None:
    link = "https://bucket.example.com/" + "x" * 900
    assert link in _keep(Mailbox(tmp_path), body=f"Watch it:\n{link}\n").read_text()


def test_names_sort_by_arrival_and_nothing_unfinished_is_left(tmp_path: Path) -> None:
    folder = Mailbox(tmp_path)
    kept = [_keep(folder).name for _ in range(12)]
    assert kept == sorted(kept) == sorted(path.name for path in tmp_path.iterdir())
