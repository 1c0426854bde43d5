"""Store the e-mails that SNS would send as files that mail programs can open."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime, make_msgid
from pathlib import Path
from uuid import uuid4

from local.state.sync import sync

# SNS's sender, and its subject for messages without one.
SENDER = "AWS Notifications <no-reply@sns.amazonaws.com>"
DEFAULT_SUBJECT = "AWS Notification Message"

FOOTER = """

--
If you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:
{unsubscribe_url}

Please do not reply directly to this email.
"""
# Names that count; others in the folder are left alone.
_NUMBERED = re.compile(r"([0-9]{1,9})\.eml")
_UNFINISHED = "unfinished-{}.part"


@dataclass(frozen=True)
class Email:
    """What SNS sends to one subscriber."""

    to: str
    subject: str | None
    body: str
    unsubscribe_url: str


class Mailbox:
    """One file per e-mail, named by order of arrival; the folder belongs to one service."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        for unfinished in folder.glob(_UNFINISHED.format("*")):
            unfinished.unlink()  # of a service that was killed before it answered
        self._count = max((int(found[1]) for path in folder.iterdir() if (found := _NUMBERED.fullmatch(path.name))), default=0)

    @contextmanager
    def writing(self, emails: list[Email], now: datetime) -> Iterator["Letters"]:
        """Write the e-mails to disk under names that nobody reads yet; `deliver` in the block, or they are gone after it."""
        letters = Letters(self._folder, self._next_path)
        try:
            for email in emails:
                letters.write(email, now)
            yield letters
        finally:
            letters.discard()

    def store(self, email: Email, now: datetime) -> Path:
        """Return the file of an e-mail when it is on disk."""
        with self.writing([email], now) as letters:
            ((_, path),) = letters.deliver()
        return path

    def _next_path(self) -> Path:
        with self._lock:
            self._count += 1
            while (path := self._folder / f"{self._count:06d}.eml").exists():
                self._count += 1
            return path


class Letters:
    """E-mails of one message, on their way into the mailbox."""

    def __init__(self, folder: Path, next_path: Callable[[], Path]) -> None:
        self._folder, self._next_path = folder, next_path
        self._unfinished: list[tuple[Email, Path]] = []

    def write(self, email: Email, now: datetime) -> None:
        path = self._folder / _UNFINISHED.format(uuid4().hex)
        self._unfinished.append((email, path))
        path.write_bytes(_as_bytes(email, now))
        sync(path)

    def deliver(self) -> list[tuple[Email, Path]]:
        """Give the files their names, and return them when the folder is on disk."""
        delivered = []
        for email, unfinished in self._unfinished:
            path = self._next_path()
            unfinished.rename(path)
            delivered.append((email, path))
        if delivered:
            sync(self._folder)
        return delivered

    def discard(self) -> None:
        for _, path in self._unfinished:
            path.unlink(missing_ok=True)


def _as_bytes(email: Email, now: datetime) -> bytes:
    message = EmailMessage(policy=default.clone(linesep="\n"))
    message["From"] = SENDER
    message["To"] = email.to
    message["Subject"] = email.subject or DEFAULT_SUBJECT
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain="sns.amazonaws.com")
    # 8bit, so that `cat` shows links unbroken.
    message.set_content(email.body + FOOTER.format(unsubscribe_url=email.unsubscribe_url), cte="8bit")
    return message.as_bytes()
