"""`cliprelay mcp`: the tools over standard input and output, with the public SDK."""

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, TypeVar

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from cliprelay_client.api.async_client import AsyncClient
from cliprelay_client.api.errors import ClipRelayError
from cliprelay_client.mcp.tools import AgentTools, ListFacts, QuoteFacts, Spending, VideoFacts
from cliprelay_client.version import VERSION

T = TypeVar("T")

INSTRUCTIONS = (
    "Makes short videos from a picture and a prompt; each costs money. Call quote to see the price, submit to order, then wait with the id "
    "until has_ended. Calling submit again with the same arguments is the same video and is not paid again; for another version of the "
    "same picture and prompt give another `variation`. "
    "A video that failed or is unconfirmed must not be ordered again without asking the user."
)
SETTINGS = ("duration", "resolution", "ratio", "generate_audio", "model", "service_tier", "seed")


def build(base_url: str | None, api_key: str | None, *, max_usd: Decimal | None, session_max_usd: Decimal | None) -> MCPServer:
    """Build the server; base URL and key are checked now, and asked for nowhere else."""
    client = AsyncClient(base_url, api_key)

    @asynccontextmanager
    async def closing(_: MCPServer) -> AsyncIterator[None]:
        async with client:
            yield

    server = MCPServer("cliprelay", version=VERSION, instructions=INSTRUCTIONS, lifespan=closing, log_level="ERROR")
    shown = ShownTools(AgentTools(client, Spending(max_usd, session_max_usd)))
    for tool in (shown.quote, shown.submit, shown.wait, shown.get, shown.list, shown.cancel):
        server.add_tool(tool)
    return server


class ShownTools:
    """The tools as an agent sees them: the SDK turns each name, signature and docstring into what it is told."""

    def __init__(self, tools: AgentTools) -> None:
        self._tools = tools

    async def quote(
        self,
        prompt: str,
        image: str | None = None,
        duration: int | None = None,
        resolution: str | None = None,
        ratio: str | None = None,
        generate_audio: bool | None = None,
        model: str | None = None,
        service_tier: str | None = None,
    ) -> QuoteFacts:
        """Say what a video would cost. Free; nothing is ordered. `image` is an https URL or the path of a local picture."""
        return await _told(self._tools.quote(image, prompt, _settings(locals())))

    async def submit(
        self,
        prompt: str,
        image: str | None = None,
        duration: int | None = None,
        resolution: str | None = None,
        ratio: str | None = None,
        generate_audio: bool | None = None,
        model: str | None = None,
        service_tier: str | None = None,
        seed: int | None = None,
        variation: str = "",
    ) -> VideoFacts:
        """Order a video, which costs money, and return its id at once. The same arguments are the same video, paid once."""
        return await _told(self._tools.submit(image, prompt, _settings(locals()), variation))

    async def wait(self, video_id: str, ctx: Context, seconds: int = 50) -> VideoFacts:
        """Wait for a video to end, at most 50 seconds a call. Free. `link` in the result opens the video."""

        async def report(done: float, status: str) -> None:
            await ctx.report_progress(done, 100, status)

        return await _told(self._tools.wait(video_id, seconds, report))

    async def get(self, video_id: str) -> VideoFacts:
        """Read a video as it is now."""
        return await _told(self._tools.get(video_id))

    async def list(self, status: str | None = None, limit: int = 20, after: str | None = None) -> ListFacts:
        """List the videos of this account, newest first."""
        return await _told(self._tools.list(status, limit, after))

    async def cancel(self, video_id: str) -> VideoFacts:
        """Cancel a video that is not finished; `billed` says whether it may still cost money."""
        return await _told(self._tools.cancel(video_id))


async def _told(work: Awaitable[T]) -> T:
    """Let the agent read our errors; the SDK hides all others."""
    try:
        return await work
    except ClipRelayError as error:
        raise ToolError(str(error)) from None


def _settings(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Take the settings that were given out of a tool's arguments."""
    return {name: arguments[name] for name in SETTINGS if arguments.get(name) is not None}


def serve(base_url: str | None, api_key: str | None, *, max_usd: Decimal | None, session_max_usd: Decimal | None) -> None:
    """Serve one agent until it closes standard input."""
    build(base_url, api_key, max_usd=max_usd, session_max_usd=session_max_usd).run("stdio")
