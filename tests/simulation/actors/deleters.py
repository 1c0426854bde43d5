"""Clients that delete their videos at random moments, until that has been done, and look at what is left."""

import json
from collections import Counter
from collections.abc import Callable
from random import Random

from tests.simulation.actors.requests import Data, Send, ask
from tests.simulation.runtime.clock import Timeline
from tests.support.makers import request_event

# The share of videos that a client deletes, and within how many seconds it begins to try.
SHARE, LONGEST = 0.08, 14_400.0
# A client looks again whether the video has ended, at first after so many seconds, and each time after half as long again.
FIRST_WAIT, SLOWER = 300.0, 1.5


class Deleters:
    """`asked` has the videos whose delete may have been received, `deleted` when it was answered; `active` counts those still at it."""

    def __init__(self, timeline: Timeline, rng: Random, send: Send, violate: Callable[[str, str], None]) -> None:
        self._timeline, self._rng, self._send, self._violate = timeline, rng, send, violate
        self.share, self.longest = 0.0, LONGEST
        self.asked: set[str] = set()
        self.deleted: dict[str, float] = {}
        self.answers: Counter[str] = Counter()
        self.active = 0

    def meet(self, video_id: str, key: str) -> None:
        """Plan the delete of an accepted video, of some of them."""
        if self.share and video_id not in self.asked and self._rng.random() < self.share:
            self.asked.add(video_id)
            self._after(self._rng.uniform(0, self.longest), lambda: self._delete(video_id, key, FIRST_WAIT))

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        self.active += 1

        def act() -> None:
            self.active -= 1
            action()

        self._timeline.after(seconds, act)

    def _ask(self, method: str, path: str, key: str, heard: Callable[[Data | None], None]) -> None:
        """Send a request, and send it again until it is answered."""
        self.active += 1

        def hear(answer: Data | None) -> None:
            self.active -= 1
            status = answer["statusCode"] if answer else 504
            self.answers[f"{method} {path.rsplit('/', 1)[-1] if path.count('/') > 3 else 'video'} {status}"] += 1
            if status >= 500:
                self._after(self._rng.uniform(20, 600), lambda: self._ask(method, path, key, heard))
            else:
                heard(answer)

        ask(self._timeline, self._send, request_event(method, path, key=key), hear)

    def _delete(self, video_id: str, key: str, wait: float) -> None:
        def heard(answer: Data | None) -> None:
            assert answer
            body = json.loads(answer["body"])
            if answer["statusCode"] == 409 and body["code"] == "not_ended":
                self._after(wait, lambda: self._delete(video_id, key, min(wait * SLOWER, 12 * 3_600.0)))
            elif answer["statusCode"] != 200:
                self._violate("delete", f"{video_id} cannot be deleted: {answer['statusCode']} {body.get('code')}")
            else:
                self._check(video_id, body)
                self.deleted.setdefault(video_id, self._timeline.now)
                self._look(video_id, key, answer["body"])

        self._ask("DELETE", f"/v1/videos/{video_id}", key, heard)

    def _check(self, video_id: str, shown: Data) -> None:
        if not shown.get("deleted_at") or shown.keys() & {"video", "webhook"} or "prompt" in shown["request"] or shown["metadata"]:
            self._violate("delete", f"{video_id} was deleted and is shown with {sorted(shown)}")

    def _look(self, video_id: str, key: str, body: str) -> None:
        """Look once more at the video, its file and its list, and delete it again, a while later."""

        def again(answer: Data | None) -> None:
            if answer and (answer["statusCode"], json.loads(answer["body"])["deleted_at"]) != (200, json.loads(body)["deleted_at"]):
                self._violate("delete", f"the second delete of {video_id} answers {answer['statusCode']}")

        def read(answer: Data | None) -> None:
            if answer and answer["statusCode"] != 200:
                self._violate("delete", f"{video_id} was deleted and answers {answer['statusCode']}")
            elif answer:
                self._check(video_id, json.loads(answer["body"]))

        def file(answer: Data | None) -> None:
            if answer and answer["statusCode"] != 410:
                self._violate("delete", f"the file of {video_id} was deleted and answers {answer['statusCode']}")

        def listed(answer: Data | None) -> None:
            if answer and video_id in answer["body"]:
                self._violate("delete", f"{video_id} was deleted and is listed")

        path = f"/v1/videos/{video_id}"
        looks = (("DELETE", path, again), ("GET", path, read), ("GET", f"{path}/content", file), ("GET", "/v1/videos", listed))
        method, path, heard = self._rng.choice(looks)
        self._after(self._rng.uniform(0, 600), lambda: self._ask(method, path, key, heard))
