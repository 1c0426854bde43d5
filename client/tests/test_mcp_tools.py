"""An agent pays once for the same call, and never more than its person allows."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import pytest

from client.tests.fake_server import FakeServer, reset
from cliprelay_client import AsyncClient, ClipRelayError, VideoFailed
from cliprelay_client.mcp.tools import AgentTools, LimitExceeded, Spending


def run(work: Any, *arguments: Any) -> Any:
    return anyio.run(work, *arguments)


def tools_of(client: AsyncClient, **limits: str) -> AgentTools:
    most = {name: Decimal(value) for name, value in limits.items()}
    return AgentTools(client, Spending(most.get("max_usd"), most.get("session_max_usd")))


def test_the_same_call_is_the_same_video_in_this_session_and_the_next(async_client: AsyncClient, server: FakeServer, picture: Path) -> None:
    async def journey() -> None:
        tools = tools_of(async_client, session_max_usd="0.05")
        server.after = [None, reset]
        first = await tools.submit(str(picture), "sea", {"duration": 4}, "")
        again = await tools.submit(str(picture), "sea", {"duration": 4}, "")
        later = await tools_of(async_client, max_usd="1").submit(str(picture), "sea", {"duration": 4}, "")
        assert first["id"] == again["id"] == later["id"]
        assert again["already_ordered"]
        with pytest.raises(LimitExceeded, match="nothing was ordered"):
            await tools.submit(str(picture), "sea", {"duration": 4}, "another light")

    run(journey)
    assert server.paid == 1


@pytest.mark.parametrize("is_old", [False, True])
def test_a_video_over_the_limit_is_refused(async_client: AsyncClient, server: FakeServer, picture: Path, is_old: bool) -> None:
    server.is_old = is_old

    async def journey() -> None:
        with pytest.raises(LimitExceeded):
            await tools_of(async_client, max_usd="0.01").submit(str(picture), "sea", {}, "")
        assert server.paid == 0
        await tools_of(async_client, max_usd="0.05").submit(str(picture), "sea", {}, "")

    run(journey)
    assert server.paid == 1


def test_a_refused_order_does_not_count(async_client: AsyncClient, server: FakeServer, picture: Path) -> None:
    spending = Spending(session_max_usd=Decimal("0.05"))
    with pytest.raises(ClipRelayError):
        run(AgentTools(async_client, spending).submit, str(picture), "refuse me", {}, "")
    assert spending.ordered == {}


def test_waiting_ends_after_fifty_seconds_with_notices(async_client: AsyncClient, server: FakeServer) -> None:
    server.walk = ["running"] * 100
    notices: list[tuple[float, str]] = []

    async def report(done: float, status: str) -> None:
        notices.append((done, status))

    async def journey() -> Any:
        tools = tools_of(async_client)
        video = await tools.submit(None, "sea", {}, "")
        return await tools.wait(video["id"], 600, report)

    found = run(journey)
    assert "call wait again" in found["next"]
    assert len(notices) == 10


def test_the_result_is_a_link(async_client: AsyncClient, server: FakeServer) -> None:
    async def ignore(done: float, status: str) -> None:
        pass

    async def journey() -> None:
        tools = tools_of(async_client)
        video = await tools.submit(None, "sea", {}, "")
        assert "link" in await tools.wait(video["id"], 50, ignore)
        assert "link" in await tools.get(video["id"])
        assert [each["id"] for each in (await tools.list(None, 20, None))["videos"]] == [video["id"]]
        assert (await tools.quote(None, "sea", {}))["usd"] == "0.0487"
        server.walk = ["running"]
        other = await tools.submit(None, "sea", {}, "again")
        assert (await tools.cancel(other["id"]))["billed"] == "no"
        assert VideoFailed.exit_code == 4

    run(journey)
