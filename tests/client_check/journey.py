"""`python journey.py PICTURE`: call everything that the client offers, and print what became of each call, one JSON object a line.

Runs with the client of any version, so it names nothing that the first one did not have.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cliprelay_client import ApiError, Client, ClipRelayError

CHEAP: dict[str, Any] = {"duration": 4, "resolution": "480p", "generate_audio": False}


def calls(client: Client, picture: Path, folder: Path) -> Iterator[tuple[str, bool, Callable[[], object]]]:
    """Name each call, say whether every server has to answer it, and make it."""
    videos = client.videos
    first = videos.create(picture, "The sea.", key="journey-1", **CHEAP)
    yield "quote", True, lambda: videos.quote(picture, "The sea.", **CHEAP).usd
    yield "create", True, lambda: first.id
    yield "create again", True, lambda: videos.create(picture, "The sea.", key="journey-1", **CHEAP).id
    yield "create by content", True, lambda: videos.create(picture, "The waves.", key="content", **CHEAP).id
    yield "wait", True, lambda: first.wait(timeout=300).status
    yield "download", True, lambda: first.download(folder / "sea.mp4").stat().st_size
    yield "wait for many", True, lambda: [each.status for each in videos.wait_many([each.id for each in videos.iterate()], timeout=300)]
    yield "get", True, lambda: videos.get(first.id).status
    yield "list", True, lambda: len(videos.list(limit=2).data)
    yield "deliveries", True, lambda: len(videos.deliveries(first.id))
    yield "new link", True, lambda: bool(videos.new_link(first.id).link)
    yield "models", True, lambda: len(client.models())
    yield "list by ids", False, lambda: len(videos.list(ids=first.id).data)
    yield "list by model", False, lambda: len(videos.list(model=first.model).data)
    yield "create with a limit", False, lambda: videos.create(picture, "The sea.", key="journey-2", max_cost_usd="9", **CHEAP).id
    yield "create for later", False, lambda: videos.create(picture, "Ships.", key="journey-3", expires_in=3600, **CHEAP).id
    yield "usage", False, lambda: len(client.usage(by="model")["data"])
    yield "cancel", False, lambda: _of_an_ended_video(lambda: videos.cancel(first.id))
    yield "delete", False, lambda: videos.delete(first.id)


def _of_an_ended_video(cancel: Callable[[], Any]) -> str:
    try:
        return str(cancel().status)
    except ApiError as refused:
        if refused.status != 409:
            raise
        return refused.code


def main(picture: str) -> None:
    """Make all calls."""
    with Client() as client, tempfile.TemporaryDirectory() as folder:
        for name, is_basic, call in calls(client, Path(picture), Path(folder)):
            line: dict[str, Any] = {"call": name, "is_basic": is_basic}
            try:
                line["found"] = call()
            except ClipRelayError as error:
                line |= {"error": type(error).__name__, "text": str(error)}
            except Exception as error:  # one that the client should have turned into one of its own
                line |= {"error": f"not ours: {type(error).__name__}", "text": str(error)}
            sys.stdout.write(json.dumps(line, default=str) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
