"""Store the e-mails that SNS would send as files that mail programs can open."""

import os
import threading
from datetime import datetime
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime, make_msgid
from pathlib import Path

# SNS's sender, and its subject for messages without one.
SENDER = "AWS Notifications <no-reply@sns.amazonaws.com>"
DEFAULT_SUBJECT = "AWS Notification Message"

FOOTER = """

--
If you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:
{unsubscribe_url}

Please do not reply directly to this email.
"""


class Mailbox:
    """One file per e-mail, named by order of arrival."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._count = 0

    def store(self, to: str, subject: str | None, body: str, unsubscribe_url: str, now: datetime) -> Path:
        """Write the e-mail atomically."""
        message = EmailMessage(policy=default.clone(linesep="\n"))
        message["From"] = SENDER
        message["To"] = to
        message["Subject"] = subject or DEFAULT_SUBJECT
        message["Date"] = format_datetime(now)
        message["Message-ID"] = make_msgid(domain="sns.amazonaws.com")
        # 8bit, so that `cat` shows links unbroken.
        message.set_content(body + FOOTER.format(unsubscribe_url=unsubscribe_url), cte="8bit")
        path = self._next_path()
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(message.as_bytes())
        os.replace(unfinished, path)
        return path

    def _next_path(self) -> Path:
        with self._lock:
            self._count += 1
            return self._folder / f"{self._count:04d}.eml"
