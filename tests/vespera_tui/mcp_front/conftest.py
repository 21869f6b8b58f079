from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from mcp.client import Client
from mcp_types import Implementation

import mcp_server
from engine.host import open_engine
from engine.service_config import ServiceConfiguration

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from engine.api import EngineAPI


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EngineAPI]:
    """A real engine whose services do not run: what is queued stays queued."""
    async with open_engine(ServiceConfiguration(data_dir=tmp_path), services=False) as opened:
        yield opened


@asynccontextmanager
async def _held(make: Callable[[], Client]) -> AsyncIterator[Client]:
    # entered and left in one task, as the client's cancel scopes demand of a fixture
    ready: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def hold() -> None:
        async with make() as connected:
            ready.set_result(connected)
            await done.wait()

    holder = asyncio.create_task(hold())
    await asyncio.wait([holder, ready], return_when=asyncio.FIRST_COMPLETED)
    if holder.done():
        holder.result()
    try:
        yield ready.result()
    finally:
        done.set()
        await holder


@pytest.fixture
def serve(engine: EngineAPI) -> Callable[..., Any]:
    """Makes a context manager of a client connected to a server on ``engine``."""

    @asynccontextmanager
    async def shared() -> AsyncIterator[EngineAPI]:
        yield engine

    def connect(*, mode: str = "auto", toolset: str = "full", **client: Any) -> Any:
        server = mcp_server.create_server(shared, toolset=toolset)
        who = Implementation(name="agent-7", version="1")
        return _held(lambda: Client(server, mode=mode, client_info=who, **client))

    return connect


@pytest.fixture(params=["auto", "legacy"])
async def client(request: pytest.FixtureRequest, serve: Any) -> AsyncIterator[Client]:
    """A client of each era of the protocol."""
    async with serve(mode=request.param) as connected:
        yield connected


@pytest.fixture
def call(client: Client) -> Callable[..., Any]:
    """Calls a tool and returns its structured answer; an error fails the test."""

    async def run(name: str, **arguments: Any) -> dict[str, Any]:
        result = await client.call_tool(name, arguments)
        assert not result.is_error, result.content
        assert result.structured_content is not None
        return result.structured_content

    return run


@pytest.fixture
def refused(client: Client) -> Callable[..., Any]:
    """Calls a tool that must refuse, and returns its one line."""

    async def run(name: str, **arguments: Any) -> str:
        result = await client.call_tool(name, arguments)
        assert result.is_error, result.structured_content
        (content,) = result.content
        assert "\n" not in content.text
        return content.text

    return run
