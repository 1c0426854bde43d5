"""Calls of the package `openai`: `python with_python.py calls|lost|unwrap`, with what they need as JSON on standard input."""

import json
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openai
from openai import OpenAI

warnings.simplefilter("ignore", DeprecationWarning)
SMALL = {"seconds": "4", "size": "864x496", "extra_body": {"generate_audio": False}}
JSON = {"extra_headers": {"Content-Type": "application/json"}}


def said(call: Callable[[], Any]) -> str:
    """Return what a call returns, or the class and the field of its error."""
    try:
        return str(call())
    except openai.APIStatusError as error:
        return f"{type(error).__name__} {getattr(error, 'param', None) or ''}".strip()
    except openai.APIError as error:
        return type(error).__name__


def picture_of(given: dict[str, Any]) -> bytes:
    return Path(given["picture"]).read_bytes()


def calls(given: dict[str, Any]) -> dict[str, str]:
    """Make every call and return what each said."""
    client = OpenAI(base_url=given["base_url"], api_key=given["key"])
    videos, picture = client.videos, picture_of(given)

    def stored(content: bytes, kinds: dict[bytes, str]) -> str:
        return next((kind for head, kind in kinds.items() if head in content[:12]), "neither")

    def create(**fields: Any) -> str:
        return str(videos.create(**{"prompt": "The lamp turns.", **SMALL, **fields}).status)

    def waited(**fields: Any) -> str:
        made.append(videos.create_and_poll(**{"prompt": "The lamp turns.", **SMALL, **fields}))
        return str(made[-1].status)

    def listed() -> str:
        other = OpenAI(base_url=given["base_url"], api_key=given["list_key"])
        return str(len({each.id for each in other.videos.list(limit=100)}))

    def other_order() -> str:
        headers = {"extra_headers": {"Idempotency-Key": f"key-{openai.__version__}"}}
        first, again = (videos.create(prompt="One.", **SMALL, **headers) for _ in range(2))
        assert first.id == again.id
        return create(prompt="Another.", **headers)

    def lossy(name: str) -> OpenAI:
        return OpenAI(base_url=given[name], api_key=given["key"], max_retries=0)

    made: list[Any] = []
    body = {"extra_body": {"generate_audio": False, "input_reference": {"image_url": given["image_url"]}}}
    files = {"input_reference": {"file_id": "file_1"}}
    made_calls: dict[str, Callable[[], Any]] = {
        "create and wait": waited,
        "create and wait, with a file": lambda: waited(input_reference=Path(given["picture"]), size=openai.omit),
        "create, bytes without a name": lambda: create(input_reference=picture),
        "create, image_url": lambda: create(**body, **JSON),
        "retrieve": lambda: videos.retrieve(made[0].id).status,
        "list 250": listed,
        "download": lambda: stored(videos.download_content(made[1].id).read(), {b"ftyp": "MP4"}),
        "download, thumbnail": lambda: stored(videos.download_content(made[1].id, variant="thumbnail").read(), {b"\xff\xd8\xff": "JPEG"}),
        "delete": lambda: videos.delete(made[0].id).deleted,
        "delete again": lambda: videos.delete(made[0].id).deleted,
        "retrieve, deleted": lambda: videos.retrieve(made[0].id),
        "models": lambda: next(each.id for each in client.models.list()),
        "wrong model": lambda: create(model="sora-2"),
        "wrong size": lambda: create(size="1024x1792"),
        "wrong seconds": lambda: create(seconds="16"),
        "no prompt": lambda: create(prompt=""),
        "file_id": lambda: create(extra_body=files, **JSON),
        "no picture": lambda: create(input_reference=b"no picture"),
        "a large file": lambda: create(input_reference=picture + bytes(4_100_000)),
        "a body over the limit": lambda: create(input_reference=picture + bytes(7_000_000)),
        "remix": lambda: videos.remix(made[1].id, prompt="More."),
        "edit": lambda: videos.edit(prompt="More.", video=b"a video") if hasattr(videos, "edit") else "",
        "unknown id": lambda: videos.retrieve("video_123"),
        "another tenant's": lambda: videos.retrieve(given["foreign_id"]),
        "content before the end": lambda: videos.download_content(videos.create(prompt="Slow.", **SMALL).id),
        "delete before the end": lambda: videos.delete(videos.create(prompt="Slow.", **SMALL).id),
        "spritesheet": lambda: videos.download_content(made[1].id, variant="spritesheet"),
        "wrong after": lambda: videos.list(after="x"),
        "wrong key": lambda: OpenAI(base_url=given["base_url"], api_key="clr_wrong").videos.list(),
        "key of another order": other_order,
        "no budget": lambda: OpenAI(base_url=given["base_url"], api_key=given["poor_key"]).videos.create(prompt="x", **SMALL),
        "answer 503": lambda: lossy("answer_503").videos.create(prompt="x", **SMALL),
        "answer cut": lambda: lossy("answer_cut").videos.create(prompt="x", **SMALL),
    }
    return {name: said(call) for name, call in made_calls.items()}


def lost(given: dict[str, Any]) -> dict[str, list[str]]:
    """Order by each case's base URL, with the usual retries; return the ids that the caller gets."""
    picture = picture_of(given)

    def order(case: dict[str, Any]) -> str:
        client = OpenAI(base_url=case["url"], api_key=given["key"])
        fields: dict[str, Any] = {"prompt": case["prompt"], **SMALL}
        if case["form"] == "file":
            fields["input_reference"] = ("a.png", picture)
        if case["form"] == "json":
            fields |= JSON
        return said(lambda: client.videos.create(**fields).id)

    def ordered(case: dict[str, Any]) -> list[str]:
        with ThreadPoolExecutor(case["calls"]) as pool:
            return list(pool.map(order, [case] * case["calls"]))

    return {case["name"]: ordered(case) for case in given["cases"]}


def unwrap(given: dict[str, Any]) -> dict[str, str]:
    """Verify an event with the right secret and with a wrong one."""
    client = OpenAI(api_key="none")

    def unwrapped(secret: str) -> str:
        event = client.webhooks.unwrap(given["body"], given["headers"], secret=secret)
        return f"{event.type} {event.data.id}"

    def verdict(secret: str) -> str:
        try:
            return unwrapped(secret)
        except openai.InvalidWebhookSignatureError as error:
            return type(error).__name__

    return {"unwrap": verdict(given["secret"]), "unwrap, wrong secret": verdict(given["wrong_secret"])}


json.dump({"calls": calls, "lost": lost, "unwrap": unwrap}[sys.argv[1]](json.load(sys.stdin)), sys.stdout)
