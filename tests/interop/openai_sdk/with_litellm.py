"""One video through LiteLLM: `python with_litellm.py client|proxy`, with what it needs as JSON on standard input."""

import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import litellm
from openai import OpenAI

warnings.simplefilter("ignore", DeprecationWarning)


def client(given: dict[str, Any]) -> dict[str, str]:
    """Make a video with LiteLLM's own functions."""
    where = {"api_base": given["base_url"], "api_key": given["key"]}
    order: dict[str, Any] = {"model": "openai/seedance-v1.5-pro", "prompt": "Through LiteLLM.", "seconds": "4", "size": "864x496"}
    with Path(given["picture"]).open("rb") as picture:
        video: Any = litellm.video_generation(**order, **where, input_reference=picture)
    while video.status in ("queued", "in_progress"):
        time.sleep(0.3)
        video = litellm.video_status(video.id, custom_llm_provider="openai", **where)
    content: Any = litellm.video_content(video.id, custom_llm_provider="openai", **where)
    return {"video": str(video.status), "content": "MP4" if b"ftyp" in content[:12] else "neither"}


def proxy(given: dict[str, Any]) -> dict[str, str]:
    """Make a video with the package `openai` at a LiteLLM proxy."""
    at_proxy = OpenAI(base_url=given["proxy_url"], api_key=given["proxy_key"])
    picture = Path(given["picture"])
    video = at_proxy.videos.create_and_poll(model="clips", prompt="By proxy.", seconds="4", size="864x496", input_reference=picture)  # type: ignore[arg-type, unused-ignore]
    content = at_proxy.videos.download_content(video.id).read()
    return {"video": str(video.status), "content": "MP4" if b"ftyp" in content[:12] else "neither"}


json.dump({"client": client, "proxy": proxy}[sys.argv[1]](json.load(sys.stdin)), sys.stdout)
