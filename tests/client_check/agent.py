"""`python agent.py CLIPRELAY PICTURE`: a public MCP client orders a video, loses its server, repeats the call, and meets the limits."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from mcp import Client, StdioServerParameters


def server(command: str, *limits: str) -> StdioServerParameters:
    """Describe a server of its own for each connection."""
    return StdioServerParameters(command=command, args=["mcp", *limits], env=dict(os.environ))


async def main(command: str, picture: str) -> None:
    """Order, cut, repeat, wait, and be refused."""
    order = {"image": picture, "prompt": "The lamp turns.", "duration": 4, "resolution": "480p", "generate_audio": False}
    async with Client(server(command, "--max-usd", "0.10")) as client:
        tools = sorted(tool.name for tool in (await client.list_tools()).tools)
        assert tools == ["cancel", "get", "list", "quote", "submit", "wait"], tools
        quoted = await client.call_tool("quote", {name: value for name, value in order.items() if name != "seed"})
        print("  quote", quoted.structured_content)
        cut = asyncio.create_task(client.call_tool("submit", order))
        await asyncio.sleep(0.05)
        cut.cancel()
    notices = []

    async def note(done: float, total: float | None, message: str | None) -> None:
        notices.append((done, message))

    async with Client(server(command, "--session-max-usd", "0.06")) as client:
        first = (await client.call_tool("submit", order)).structured_content
        again = (await client.call_tool("submit", order)).structured_content
        assert first["id"] == again["id"], (first, again)
        found = await waited(client, first["id"], note)
        while not found["has_ended"]:
            found = await waited(client, first["id"], note)
        print("  made ", {name: found[name] for name in ("id", "status", "cost_usd", "link")})
        print("  notices", notices)
        assert found["status"] == "succeeded"
        assert notices
        dearer = await client.call_tool("submit", {**order, "variation": "at night"})
        print("  over the session's limit:", dearer.content[0].text)
        assert dearer.is_error
        assert "nothing was ordered" in dearer.content[0].text
        gone = await client.call_tool("get", {"video_id": "vid_01M81CAQDM5W2E3ZK8E9F466RS"})
        print("  unknown id:", gone.content[0].text)
        assert gone.is_error


async def waited(client: Client, video_id: str, note: Callable[..., Awaitable[None]]) -> dict[str, Any]:
    """Call `wait`, which sends a notice even if the video was made while this client connected."""
    answer: dict[str, Any] = (await client.call_tool("wait", {"video_id": video_id}, progress_callback=note)).structured_content
    return answer


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
