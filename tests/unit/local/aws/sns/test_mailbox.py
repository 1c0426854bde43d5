"""E-mails as files: complete, readable by mail programs and by people, in the order of their arrival."""

import email
import email.policy
import os
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from local.aws.sns.mailbox import DEFAULT_SUBJECT, Email, Mailbox

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


def _email(subject: str | None = "Ready", body: str = "Your video is ready.") -> Email:
    return Email("you@example.com", subject, body, "http://127.0.0.1/unsubscribe")


def _keep(folder: Mailbox, subject: str | None = "Ready", body: str = "Your video is ready.") -> Path:
    return folder.store(_email(subject, body), NOW)


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


@pytest.mark.parametrize(
    ("names", "following"),
    [
        ((), "000001.eml"),
        (("000007.eml", "000003.eml"), "000008.eml"),
        (("0009.eml", "000002.eml"), "000010.eml"),
        (("999999.eml",), "1000000.eml"),
        (("copy of 000005.eml", "notes.txt", "x.eml", "9999999999999.eml", "٣.eml"), "000001.eml"),
    ],
)
def test_numbering_goes_on_over_the_highest_existing_number(tmp_path: Path, names: tuple[str, ...], following: str) -> None:
    for name in names:
        (tmp_path / name).write_text("kept")
    assert _keep(Mailbox(tmp_path)).name == following
    assert {path.read_text() for path in tmp_path.iterdir() if path.name in names} <= {"kept"}


def test_a_file_that_somebody_has_put_there_is_not_overwritten(tmp_path: Path) -> None:
    folder = Mailbox(tmp_path)
    (tmp_path / "000001.eml").write_text("kept")
    assert _keep(folder).name == "000002.eml"
    assert (tmp_path / "000001.eml").read_text() == "kept"


def test_what_a_killed_service_has_not_finished_is_removed(tmp_path: Path) -> None:
    with Mailbox(tmp_path).writing([_email()], NOW):
        (unfinished,) = tmp_path.iterdir()
        assert unfinished.suffix != ".eml"
        Mailbox(tmp_path)
        assert list(tmp_path.iterdir()) == []


def test_emails_without_a_name_are_gone_when_nothing_was_delivered(tmp_path: Path) -> None:
    with Mailbox(tmp_path).writing([_email(), _email()], NOW):
        assert len(list(tmp_path.iterdir())) == 2
    assert list(tmp_path.iterdir()) == []


def test_an_email_is_on_disk_before_it_has_its_name_and_so_is_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[tuple[str, list[str]]] = []

    def fsync(descriptor: int) -> None:
        synced.append((os.readlink(f"/proc/self/fd/{descriptor}"), sorted(path.suffix for path in tmp_path.iterdir())))

    monkeypatch.setattr(os, "fsync", fsync)
    _keep(Mailbox(tmp_path))
    (file, while_written), (folder, while_named) = synced
    assert (Path(file).suffix, while_written) == (".part", [".part"])
    assert (folder, while_named) == (str(tmp_path), [".eml"])
