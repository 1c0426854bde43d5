"""Requests as OpenAI's packages send them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from urllib3 import encode_multipart_formdata

from tests.support.image_files import png

if TYPE_CHECKING:
    from tests.support.api_response import ApiResponse
    from tests.support.world import World

VIDEOS = "/openai/v1/videos"
PROMPT = "The lamp turns."
# What both packages call a file without a name.
FILE = ("upload", png(1280, 720), "application/octet-stream")


def form(fields: Any) -> tuple[bytes, dict[str, str]]:
    """Return the body of a form and its headers; a file is (name, bytes, type), and a list of pairs may repeat names."""
    body, content_type = encode_multipart_formdata(fields)
    return body, {"content-type": content_type}


def post_form(world: "World", fields: Any, *, headers: Mapping[str, str] | None = None, **request: Any) -> "ApiResponse":
    """Order a video with a form."""
    body, sent = form(fields)
    return world.ask("POST", VIDEOS, body=body, headers={**sent, **(headers or {})}, **request)


def post_json(world: "World", fields: Any, **request: Any) -> "ApiResponse":
    """Order a video with JSON."""
    return world.ask("POST", VIDEOS, body=fields, **request)


def any_order(**changes: Any) -> dict[str, Any]:
    """Return a valid order without a picture; a change to None leaves the field out."""
    fields = {"model": "seedance-v1.5-pro", "prompt": PROMPT, "seconds": "4", "size": "1280x720"} | changes
    return {name: value for name, value in fields.items() if value is not None}
