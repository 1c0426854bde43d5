"""Clients that read their videos until the end, compare each answer with earlier ones, and open the links of what succeeded."""

import json
import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from random import Random
from urllib.parse import urlsplit

from cliprelay.video.states import TERMINAL, Status
from tests.simulation.actors.requests import Data, Send, ask
from tests.simulation.runtime.clock import Timeline
from tests.support.makers import request_event

# Seconds after which a reader opens a link. A presigned URL may be dead by then, although it was promised for an hour at most: it ends with
# the credentials that signed it. The durable link may not.
OPENED_WITHIN = 7_200.0
# The share of readers that revoke the link first, and open the new one.
REVOKED = 0.3

# Number of reads after the end, to see that an ended video does not change.
ONCE_MORE = 3


class Readers:
    """`violate` gets every answer that contradicts an earlier one.

    `canceled` holds when a cancel was answered; a video in `deleted` may have no link, and no message.
    """

    def __init__(
        self,
        timeline: Timeline,
        rng: Random,
        send: Send,
        violate: Callable[[str, str], None],
        canceled: Mapping[str, float],
        deleted: Collection[str] = (),
    ) -> None:
        self._timeline, self._rng, self._send, self._violate, self._canceled = timeline, rng, send, violate, canceled
        self._deleted = deleted  # videos that another client deletes, or may have deleted
        self.answers: Counter[str] = Counter()
        self._ended: dict[str, Data] = {}
        self._revoked: set[str] = set()  # videos whose links another reader, or a repeated request, may have revoked

    def watch(self, video_id: str, key: str, left: int = ONCE_MORE) -> None:
        """Read a video repeatedly until its end has been seen."""
        headers = {"prefer": f"wait={self._rng.randrange(26)}"} if self._rng.random() < 0.3 else {}
        event = request_event("GET", f"/v1/videos/{video_id}", key=key, headers=headers)
        asked = self._timeline.now

        def heard(answer: Data | None) -> None:
            over = self._hear(video_id, answer, asked)
            if over and left == ONCE_MORE and answer:
                self._use(json.loads(answer["body"]), key)
            if not over or left:
                pause = self._rng.uniform(20, 1_800)
                self._timeline.after(pause, lambda: self.watch(video_id, key, left - 1 if over else left))

        ask(self._timeline, self._send, event, heard)

    def _hear(self, video_id: str, answer: Data | None, asked: float) -> bool:
        """Check one answer; True when it shows the end. Who asked before the end was seen may hear late of what was before."""
        status = answer["statusCode"] if answer else 504
        self.answers[f"GET {status}"] += 1
        if answer is None or status in (500, 503):
            return False
        if status != 200:
            self._violate("I3", f"{video_id} cannot be read: {status}")
            return True
        video = json.loads(answer["body"])
        before = self._ended.get(video_id)
        # A canceled video is shown as that at once, and ends when the money is known.
        has_ended = Status(video["status"]) in TERMINAL and video.get("billed") != "possibly"
        if asked > self._canceled.get(video_id, math.inf) and video["status"] != "canceled":
            self._violate("cancel", f"{video_id} was canceled, and is shown as {video['status']}")
        is_late = before and asked < before["at"] and not has_ended
        seen = (video["status"], (video.get("error") or {}).get("code"), video.get("ended_at"))
        if before and not is_late and seen != before["seen"]:
            self._violate("I4", f"{video_id} was shown as {before['seen']}, and then as {video['status']}")
        if not has_ended:
            return False
        self._ended[video_id] = {"at": self._timeline.now, "seen": seen}
        if video.get("deleted_at"):
            if video_id not in self._deleted:
                self._violate("delete", f"{video_id} was deleted by nobody")
        elif video["status"] == "succeeded" and not video["video"]["url"]:
            self._violate("E", f"{video_id} succeeded without a link")
        return True

    # Links

    def _use(self, video: Data, key: str) -> None:
        """Open the link of a finished video after a while, or revoke it first."""
        if "video" in video:
            act = self._revoke if self._rng.random() < REVOKED else self._open
            self._timeline.after(self._rng.uniform(0, OPENED_WITHIN), lambda: act(video, key))

    def _open(self, video: Data, key: str, *, status: int = 302) -> None:
        def heard(answer: Data | None) -> None:
            if self._is_unanswered("link", answer):
                self._timeline.after(self._rng.uniform(20, 600), lambda: self._open(video, key, status=status))
            elif answer and status == 302 and answer["statusCode"] == 410 and video["id"] in {*self._revoked, *self._deleted}:
                return
            elif answer and (answer["statusCode"] != status or (status == 302 and not _leads_to(answer, video["id"]))):
                self._violate("links", f"a link of {video['id']} answers {answer['statusCode']} instead of {status}")

        ask(self._timeline, self._send, request_event("GET", urlsplit(video["video"]["link"]).path), heard)

    def _revoke(self, video: Data, key: str) -> None:
        def heard(answer: Data | None) -> None:
            if self._is_unanswered("revocation", answer):
                self._timeline.after(self._rng.uniform(20, 600), lambda: self._revoke(video, key))
            elif answer and answer["statusCode"] == 410 and video["id"] in self._deleted:
                return
            elif answer and answer["statusCode"] != 200:
                self._violate("links", f"the link of {video['id']} cannot be revoked: {answer['statusCode']}")
            elif answer:
                self._open(video, key, status=410)
                self._open(json.loads(answer["body"]), key)

        self._revoked.add(video["id"])
        ask(self._timeline, self._send, request_event("DELETE", f"/v1/videos/{video['id']}/links", key=key), heard)

    def _is_unanswered(self, what: str, answer: Data | None) -> bool:
        """Count an answer; an outage of ours is none."""
        status = answer["statusCode"] if answer else 504
        self.answers[f"{what} {status}"] += 1
        return status >= 500


def _leads_to(answer: Data, video_id: str) -> bool:
    location = {name.lower(): value for name, value in answer["headers"].items()}.get("location", "")
    return urlsplit(location).path.endswith(f"/{video_id}.mp4")
