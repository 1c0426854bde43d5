"""The table of all faults, which defines the directives and the help text."""

import re
from dataclasses import dataclass

# The form of each argument; others are rejected, because a typo without effect makes a test pass wrongly.
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
class FaultKind:
    endpoint: str
    name: str
    help: str
    argument: str = ""
    pattern: str = ""  # pattern of a name that contains a number
    default_count: str = "1"  # the COUNT if none is given
    when: str = "any"  # polls only: "ended", "succeeded", or "reported" (after an end was reported)
    is_modifier: bool = False  # modifies the normal response instead of replacing it; several can be combined

    def matches(self, name: str) -> bool:
        return re.fullmatch(self.pattern or re.escape(self.name), name) is not None


def _refusals() -> list[FaultKind]:
    return [
        FaultKind("create", "STATUS", "rejected with this status", "REASON", r"4(?!29)\d\d|5\d\d"),
        FaultKind("create", "429", "rejected; Retry-After: none, N seconds, date (5 s on), past, absurd or junk", "RETRY_AFTER"),
        FaultKind("create", "STATUS-html", "a proxy's page with this status, nothing accepted", pattern=r"[45]\d\d-html"),
        FaultKind("create", "auth", "401 FAILED_TO_AUTH"),
        FaultKind("create", "auth-400", "400 MISSING_API_KEY"),
        FaultKind("create", "auth-403", "403 INVALID_API_KEY"),
        FaultKind("create", "balance", "403 NOT_ENOUGH_BALANCE"),
        FaultKind("create", "balance-400", "400 BILLING_BALANCE_NOT_ENOUGH"),
        FaultKind("create", "moderation", "400 ILLEGAL_PROMPT"),
        FaultKind("create", "moderation-image", "400 ILLEGAL_IMAGE_CONTENT"),
        FaultKind("create", "invalid", "400 INVALID_REQUEST_BODY"),
        FaultKind("create", "openai", '400 in the other envelope, {"error": {…}}'),
        FaultKind("create", "no-route", "404 without an envelope: the route was withdrawn"),
        FaultKind("create", "302", "redirect, by default to /_elsewhere, which records requests ('strays')", "LOCATION"),
        FaultKind("create", "drop", "connection closed, nothing accepted"),
        FaultKind("create", "reset", "connection reset, nothing accepted; scripted: before the body is read"),
    ]


def _acceptances() -> list[FaultKind]:
    return [
        FaultKind("create", "drop-after-accept", "accepted and paid, connection closed without a response"),
        FaultKind("create", "reset-after-accept", "accepted and paid, connection reset"),
        FaultKind(
            "create", "STATUS-after-accept", "accepted and paid, answers 5xx (502 and 504: HTML)", pattern=r"(408|5\d\d)-after-accept"
        ),
        FaultKind("create", "hang", "waits real seconds, then accepts and responds", "SECONDS"),
        FaultKind("create", "hang-after-accept", "accepts, then waits real seconds before the response", "SECONDS"),
        FaultKind("create", "drip", "accepted; a slow response", "BYTES_PER_SECOND"),
        FaultKind("create", "huge", "accepted; a response of this many MB", "MB"),
        FaultKind("create", "gzip-bomb", "accepted; a small gzip body that expands to this many MB", "MB"),
        FaultKind("create", "same-id", "accepted; returns the previous task's id"),
    ]


def _odd_answers() -> list[FaultKind]:
    names = {
        "html": "200 with a page",
        "empty": "200 with an empty body",
        "empty-object": "200 with {}",
        "null-id": '200 with {"id": null}',
        "error-in-200": "200 with the error envelope",
        "truncated": "200 with truncated JSON",
        "long-id": "200 with an id of 10 kB",
        "evil-id": "200 with an id that contains ../ and a query",
        "number-id": "200 with an integer id beyond 2^53",
        "two-ids": "200 with an id and another task_id (the true one)",
        "duplicate-keys": "200 with the key id twice (the last one is true)",
    }
    return [FaultKind("create", name, f"accepted; {text}", "unpaid") for name, text in names.items()]


def _poll_interruptions() -> list[FaultKind]:
    return [
        FaultKind("poll", "STATUS", "this status for the first COUNT polls", pattern=r"4(?!29)\d\d|5\d\d"),
        FaultKind("poll", "STATUS-after-end", "the same, counted from the task's end", pattern=r"[45]\d\d-after-end", when="ended"),
        FaultKind("poll", "429", "429; Retry-After as for create", "RETRY_AFTER"),
        FaultKind("poll", "302", "redirect, by default to /_elsewhere", "LOCATION"),
        FaultKind("poll", "html", "200 with a page"),
        FaultKind("poll", "empty", "200 with an empty body"),
        FaultKind("poll", "truncated", "200 with truncated JSON"),
        FaultKind("poll", "error-in-200", "200 with the error envelope"),
        FaultKind("poll", "huge", "200 with this many MB", "MB"),
        FaultKind("poll", "gzip-bomb", "a small gzip body that expands to this many MB", "MB"),
        FaultKind("poll", "drop", "connection closed without a response"),
        FaultKind("poll", "reset", "connection reset"),
        FaultKind("poll", "hang", "waits real seconds, then responds", "SECONDS"),
        FaultKind("poll", "drip", "a slow response", "BYTES_PER_SECOND"),
    ]


def _poll_modifiers() -> list[FaultKind]:
    def modifier(name: str, text: str, **more: str) -> FaultKind:
        return FaultKind(
            "poll", name, text, more.get("argument", ""), "", more.get("default_count", "always"), more.get("when", "any"), True
        )

    return [
        modifier("word", "this status word instead of the true one", argument="WORD"),
        modifier("unknown-status", "the status TASK_STATUS_HIBERNATING", default_count="1"),
        modifier("lower-case", "the status word in lower case"),
        modifier("short-word", "the status word without TASK_STATUS_"),
        modifier("null-videos", "success with videos: null", when="succeeded"),
        modifier("missing-videos", "success without the member videos", when="succeeded"),
        modifier("no-url", "success with an empty video_url", when="succeeded", default_count="1"),
        modifier("back", "after a reported end, the task is reported as running again", when="reported", default_count="1"),
        modifier("stuck", "progress_percent stays 0, also on success"),
        modifier("strings", "eta and progress_percent are strings"),
        modifier("extra-fields", "undocumented members"),
        modifier("null-task", "task: null"),
        modifier("duplicate-keys", "the member task twice (the last one is true)"),
    ]


def _video_faults() -> list[FaultKind]:
    return [
        FaultKind("video", "cut", "full Content-Length, closed after BYTES (default half)", "BYTES"),
        FaultKind("video", "cut-chunked", "chunked, closed after BYTES without the last chunk", "BYTES"),
        FaultKind("video", "cut-close", "no length at all, closed after BYTES", "BYTES"),
        FaultKind("video", "short", "a complete response with only the first BYTES of the file", "BYTES"),
        FaultKind("video", "chunked", "the whole file, chunked, without a length"),
        FaultKind("video", "html", "200 with a page"),
        FaultKind("video", "empty", "200 with zero bytes"),
        FaultKind("video", "not-mp4", "200 video/mp4 with bytes that are not MP4"),
        FaultKind("video", "wrong-type", "the file as application/octet-stream"),
        FaultKind("video", "STATUS", "this status, with S3's XML", pattern=r"[45]\d\d"),
        FaultKind("video", "302", "redirect, by default to /_elsewhere; 'self' redirects to the same URL", "LOCATION"),
        FaultKind("video", "drip", "the file, sent slowly", "BYTES_PER_SECOND"),
        FaultKind("video", "huge", "announces and sends this many MB", "MB"),
        FaultKind("video", "endless", "chunked, without a length, for this many MB", "MB"),
        FaultKind("video", "hang", "waits real seconds, then serves", "SECONDS"),
        FaultKind("video", "drop", "connection closed without a response"),
        FaultKind("video", "reset", "connection reset"),
    ]


CATALOGUE = [
    *_refusals(),
    *_acceptances(),
    *_odd_answers(),
    *_poll_interruptions(),
    *_poll_modifiers(),
    *_video_faults(),
]

# Settings of one task: (pattern of the value, help text).
SETTINGS = {
    "outcome": (
        r"succeed|fail(:.+)?|moderated(:.+)?|expired(:failed|:status)?|cancelled(:failed)?|never|task-failed-500",
        """how the task ends: succeed, fail[:REASON], moderated[:ARK_CODE], expired[:failed|:status],
               cancelled[:failed], never, task-failed-500 (HTTP 500 TASK_FAILED on every poll)""",
    ),
    "queue": (r"\d+(\.\d+)?", "simulated seconds in the queue"),
    "run": (r"\d+(\.\d+)?", "simulated seconds of processing"),
    "ttl": (r"\d+", "real seconds until this task's video URLs expire"),
    "ids": (r"id|task_id|both|nested|missing", "where the create response contains the id"),
    "body": (r"full|sparse", "which members a poll response contains"),
}

# Words in a prompt that the moderation rejects.
MODERATED_AT_CREATE = {"forbidden-prompt": "ILLEGAL_PROMPT", "forbidden-image": "ILLEGAL_IMAGE_CONTENT"}
MODERATED_LATER = {
    "forbidden-video": "OutputVideoSensitiveContentDetected",
    "forbidden-audio": "OutputAudioSensitiveContentDetected",
    "forbidden-person": "InputImageSensitiveContentDetected.PrivacyInformation",
}
