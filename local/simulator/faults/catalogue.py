"""Every fault that can be asked for, as a table: the grammar reads it, and --help prints it."""

import re
from dataclasses import dataclass

# What an argument may look like; anything else is refused, because a typo that does nothing makes a test lie.
ARGUMENTS = {
    "": r"",
    "BYTES": r"\d+",
    "BYTES_PER_SECOND": r"[1-9]\d*",
    "LOCATION": r".+",
    "MB": r"[1-9]\d*",
    "REASON": r".+",
    "RETRY_AFTER": r"none|date|past|absurd|junk|\d+",
    "SECONDS": r"\d+(\.\d+)?",
    "unpaid": r"unpaid",
    "WORD": r".+",
}


@dataclass(frozen=True)
class Kind:
    door: str
    name: str
    help: str
    argument: str = ""
    pattern: str = ""  # of the name, where the name holds a number
    lasts: str = "1"  # the COUNT that is meant when none is given
    when: str = "any"  # polls only: "ended", "succeeded", or "told" (once an end has been told)
    dressing: bool = False  # alters the true answer instead of replacing it; several go together

    def matches(self, name: str) -> bool:
        return re.fullmatch(self.pattern or re.escape(self.name), name) is not None


def _refusals() -> list[Kind]:
    return [
        Kind("create", "STATUS", "refused with that status", "REASON", r"4(?!29)\d\d|5\d\d"),
        Kind("create", "429", "refused; Retry-After: none, N seconds, date (5 s on), past, absurd or junk", "RETRY_AFTER"),
        Kind("create", "STATUS-html", "a proxy's page with that status, nothing accepted", pattern=r"[45]\d\d-html"),
        Kind("create", "auth", "401 FAILED_TO_AUTH"),
        Kind("create", "auth-400", "400 MISSING_API_KEY"),
        Kind("create", "auth-403", "403 INVALID_API_KEY"),
        Kind("create", "balance", "403 NOT_ENOUGH_BALANCE"),
        Kind("create", "balance-400", "400 BILLING_BALANCE_NOT_ENOUGH"),
        Kind("create", "moderation", "400 ILLEGAL_PROMPT"),
        Kind("create", "moderation-image", "400 ILLEGAL_IMAGE_CONTENT"),
        Kind("create", "invalid", "400 INVALID_REQUEST_BODY"),
        Kind("create", "openai", '400 in the other envelope, {"error": {…}}'),
        Kind("create", "no-route", "404 without an envelope: the route was withdrawn"),
        Kind("create", "302", "redirect, by default to /_elsewhere, which notes who comes ('strays')", "LOCATION"),
        Kind("create", "drop", "connection closed, nothing accepted"),
        Kind("create", "reset", "connection reset, nothing accepted; scripted: before the body is read"),
    ]


def _acceptances() -> list[Kind]:
    return [
        Kind("create", "drop-after-accept", "accepted and paid, connection closed without an answer"),
        Kind("create", "reset-after-accept", "accepted and paid, connection reset"),
        Kind("create", "STATUS-after-accept", "accepted and paid, answers 5xx (502 and 504: HTML)", pattern=r"(408|5\d\d)-after-accept"),
        Kind("create", "hang", "waits real seconds, then accepts and answers", "SECONDS"),
        Kind("create", "hang-after-accept", "accepts, then waits real seconds with the answer", "SECONDS"),
        Kind("create", "drip", "accepted; the answer comes slowly", "BYTES_PER_SECOND"),
        Kind("create", "huge", "accepted; the answer has that many MB", "MB"),
        Kind("create", "gzip-bomb", "accepted; a small gzip body that unfolds to that many MB", "MB"),
        Kind("create", "same-id", "accepted; answers the previous task's id"),
    ]


def _odd_answers() -> list[Kind]:
    names = {
        "html": "200 with a page",
        "empty": "200 with an empty body",
        "empty-object": "200 with {}",
        "null-id": '200 with {"id": null}',
        "error-in-200": "200 with the error envelope",
        "truncated": "200 with JSON that breaks off",
        "long-id": "200 with an id of 10 kB",
        "evil-id": "200 with an id that holds ../ and a query",
        "number-id": "200 with an integer id beyond 2^53",
        "two-ids": "200 with an id and another task_id (the true one)",
        "duplicate-keys": "200 with the key id twice (the last one is true)",
    }
    return [Kind("create", name, f"accepted; {text}", "unpaid") for name, text in names.items()]


def _poll_interruptions() -> list[Kind]:
    return [
        Kind("poll", "STATUS", "the first COUNT polls get that status", pattern=r"4(?!29)\d\d|5\d\d"),
        Kind("poll", "STATUS-after-end", "the same, counted from the end on", pattern=r"[45]\d\d-after-end", when="ended"),
        Kind("poll", "429", "429; Retry-After as for create", "RETRY_AFTER"),
        Kind("poll", "302", "redirect, by default to /_elsewhere", "LOCATION"),
        Kind("poll", "html", "200 with a page"),
        Kind("poll", "empty", "200 with an empty body"),
        Kind("poll", "truncated", "200 with JSON that breaks off"),
        Kind("poll", "error-in-200", "200 with the error envelope"),
        Kind("poll", "huge", "200 with that many MB", "MB"),
        Kind("poll", "gzip-bomb", "a small gzip body that unfolds to that many MB", "MB"),
        Kind("poll", "drop", "connection closed without an answer"),
        Kind("poll", "reset", "connection reset"),
        Kind("poll", "hang", "waits real seconds, then answers", "SECONDS"),
        Kind("poll", "drip", "the answer comes slowly", "BYTES_PER_SECOND"),
    ]


def _poll_dressings() -> list[Kind]:
    def dressing(name: str, text: str, **more: str) -> Kind:
        return Kind("poll", name, text, more.get("argument", ""), "", more.get("lasts", "always"), more.get("when", "any"), True)

    return [
        dressing("word", "that status word instead of the true one", argument="WORD"),
        dressing("unknown-status", "the status TASK_STATUS_HIBERNATING", lasts="1"),
        dressing("lower-case", "the status word in lower case"),
        dressing("short-word", "the status word without TASK_STATUS_"),
        dressing("null-videos", "success with videos: null", when="succeeded"),
        dressing("missing-videos", "success without the member videos", when="succeeded"),
        dressing("no-url", "success with an empty video_url", when="succeeded", lasts="1"),
        dressing("back", "after an end was told, the task is said to run again", when="told", lasts="1"),
        dressing("stuck", "progress_percent stays 0, also on success"),
        dressing("strings", "eta and progress_percent are strings"),
        dressing("extra-fields", "members that nobody documented"),
        dressing("null-task", "task: null"),
        dressing("duplicate-keys", "the member task twice (the last one is true)"),
    ]


def _video_faults() -> list[Kind]:
    return [
        Kind("video", "cut", "full Content-Length, closed after BYTES (default half)", "BYTES"),
        Kind("video", "cut-chunked", "chunked, closed after BYTES without the last chunk", "BYTES"),
        Kind("video", "cut-close", "no length at all, closed after BYTES", "BYTES"),
        Kind("video", "short", "a whole answer that holds only the first BYTES of the file", "BYTES"),
        Kind("video", "chunked", "the whole file, chunked, without a length"),
        Kind("video", "html", "200 with a page"),
        Kind("video", "empty", "200 with zero bytes"),
        Kind("video", "not-mp4", "200 video/mp4 with bytes that are no MP4"),
        Kind("video", "wrong-type", "the file as application/octet-stream"),
        Kind("video", "STATUS", "that status, with S3's XML", pattern=r"[45]\d\d"),
        Kind("video", "302", "redirect, by default to /_elsewhere; 'self' leads back to the same URL", "LOCATION"),
        Kind("video", "drip", "the file comes slowly", "BYTES_PER_SECOND"),
        Kind("video", "huge", "announces and sends that many MB", "MB"),
        Kind("video", "endless", "chunked, no length, goes on for that many MB", "MB"),
        Kind("video", "hang", "waits real seconds, then serves", "SECONDS"),
        Kind("video", "drop", "connection closed without an answer"),
        Kind("video", "reset", "connection reset"),
    ]


CATALOGUE = [
    *_refusals(),
    *_acceptances(),
    *_odd_answers(),
    *_poll_interruptions(),
    *_poll_dressings(),
    *_video_faults(),
]

# Settings of one task: pattern of the value, and what it does.
SETTINGS = {
    "outcome": (
        r"succeed|fail(:.+)?|moderated(:.+)?|expired(:failed|:status)?|cancelled(:failed)?|never|task-failed-500",
        """how the task ends: succeed, fail[:REASON], moderated[:ARK_CODE], expired[:failed|:status],
               cancelled[:failed], never, task-failed-500 (HTTP 500 TASK_FAILED on every poll)""",
    ),
    "queue": (r"\d+(\.\d+)?", "simulated seconds in the queue"),
    "run": (r"\d+(\.\d+)?", "simulated seconds of work"),
    "ttl": (r"\d+", "real seconds that this task's video URLs live"),
    "ids": (r"id|task_id|both|nested|missing", "where the create answer holds the id"),
    "body": (r"full|sparse", "how much a poll answer holds"),
}

# Words that the platform's moderation objects to, wherever they stand in a prompt.
MODERATED_AT_CREATE = {"forbidden-prompt": "ILLEGAL_PROMPT", "forbidden-image": "ILLEGAL_IMAGE_CONTENT"}
MODERATED_LATER = {
    "forbidden-video": "OutputVideoSensitiveContentDetected",
    "forbidden-audio": "OutputAudioSensitiveContentDetected",
    "forbidden-person": "InputImageSensitiveContentDetected.PrivacyInformation",
}
