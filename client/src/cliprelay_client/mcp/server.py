"""`cliprelay mcp`: the tools over standard input and output, with the public SDK."""

from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
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


@contextmanager
def _told() -> Iterator[None]:
    """Let the agent read our errors; the SDK hides all others."""
    try:
        yield
    except ClipRelayError as error:
        raise ToolError(str(error)) from None


def build(base_url: str | None, api_key: str | None, *, max_usd: Decimal | None, session_max_usd: Decimal | None) -> MCPServer:
    """Build the server; base URL and key are checked now, and asked for nowhere else."""
    client = AsyncClient(base_url, api_key)
    tools = AgentTools(client, Spending(max_usd, session_max_usd))

    @asynccontextmanager
    async def closing(_: MCPServer) -> AsyncIterator[None]:
        async with client:
            yield

    server = MCPServer("cliprelay", version=VERSION, instructions=INSTRUCTIONS, lifespan=closing, log_level="ERROR")

    async def told(work: Awaitable[T]) -> T:
        with _told():
            return await work

    @server.tool()
    async def quote(
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
        return await told(tools.quote(image, prompt, _settings(duration, resolution, ratio, generate_audio, model, service_tier)))

    @server.tool()
    async def submit(
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
        given = _settings(duration, resolution, ratio, generate_audio, model, service_tier)
        return await told(tools.submit(image, prompt, {**given, **({} if seed is None else {"seed": seed})}, variation))

    @server.tool()
    async def wait(video_id: str, ctx: Context, seconds: int = 50) -> VideoFacts:
        """Wait for a video to end, at most 50 seconds a call. Free. `link` in the result opens the video."""

        async def report(done: float, status: str) -> None:
            await ctx.report_progress(done, 100, status)

        return await told(tools.wait(video_id, seconds, report))

    @server.tool()
    async def get(video_id: str) -> VideoFacts:
        """Read a video as it is now."""
        return await told(tools.get(video_id))

    @server.tool(name="list")
    async def list_videos(status: str | None = None, limit: int = 20, after: str | None = None) -> ListFacts:
        """List the videos of this account, newest first."""
        return await told(tools.list(status, limit, after))

    @server.tool()
    async def cancel(video_id: str) -> VideoFacts:
        """Cancel a video that is not finished; `billed` says whether it may still cost money."""
        return await told(tools.cancel(video_id))

    return server


def _settings(
    duration: int | None,
    resolution: str | None,
    ratio: str | None,
    generate_audio: bool | None,
    model: str | None,
    service_tier: str | None,
) -> dict[str, Any]:
    named = {
        "duration": duration,
        "resolution": resolution,
        "ratio": ratio,
        "generate_audio": generate_audio,
        "model": model,
        "service_tier": service_tier,
    }
    return {name: value for name, value in named.items() if value is not None}


def serve(base_url: str | None, api_key: str | None, *, max_usd: Decimal | None, session_max_usd: Decimal | None) -> None:
    """Serve one agent until it closes standard input."""
    build(base_url, api_key, max_usd=max_usd, session_max_usd=session_max_usd).run("stdio")
