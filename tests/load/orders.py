"""A client that orders many videos at once and waits for all of them."""

import http.client
import json
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

# As many orders on their way at once as a busy client sends.
CLIENTS = 12
# A refusal because of a limit is no end: the same order is sent again.
PASSING = (429, 500, 503)
# The API's longest wait.
WAIT_SECONDS = 25

Answer = tuple[int, dict[str, Any]]
Ask = Callable[..., Answer]


class Api:
    """The API of a running service; each call has a connection of its own."""

    def __init__(self, url: str, key: str) -> None:
        self._host, self._key = urlsplit(url).netloc, key

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send one request, and return the status with the JSON of the answer."""
        connection = http.client.HTTPConnection(self._host, timeout=120)
        try:
            known = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
            connection.request(method, path, json.dumps(body) if body else None, known | headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"{}")
        finally:
            connection.close()


class Orders:
    """Videos that are ordered together."""

    def __init__(self, ask: Ask, image: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._ask, self._image, self._sleep = ask, image, sleep
        self.refused = Counter[int]()

    def order(self, number: int) -> list[str]:
        """Order so many videos, and return their ids."""
        with ThreadPoolExecutor(CLIENTS) as pool:
            return list(pool.map(self._order_one, range(number)))

    def _order_one(self, number: int) -> str:
        body = {"image": self._image, "prompt": f"A slow push-in, number {number}.", "resolution": "480p", "duration": 4}
        while True:
            status, answer = self._ask("POST", "/v1/videos", body, **{"Idempotency-Key": f"load-{number}"})
            if status in (200, 202):
                return str(answer["id"])
            if status not in PASSING:
                raise SystemExit(f"an order was refused with {status}: {answer}")
            self.refused[status] += 1
            self._sleep(1)

    def wait(self, video_ids: list[str], ended: tuple[str, ...], until: Callable[[], bool]) -> Counter[str]:
        """Return how many videos ended how; one question waits at a time, so that what is measured is not the asking."""
        endings = Counter[str]()
        for video_id in video_ids:
            status, video = self._look(video_id)
            while not (status == 200 and video["status"] in ended) and not until():
                status, video = self._look(video_id)
            code = (video.get("error") or {}).get("code")
            endings[f"{video.get('status', status)}{f' ({code})' if code else ''}"] += 1
        return endings

    def _look(self, video_id: str) -> Answer:
        return self._ask("GET", f"/v1/videos/{video_id}", Prefer=f"wait={WAIT_SECONDS}")
