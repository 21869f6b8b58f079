"""Serves the shipped server with the suite's fixtures: ``python -m tests.mcp_conformance PORT``."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from mcp.server.transport_security import TransportSecuritySettings

import mcp_server
from engine.host import open_engine
from engine.service_config import ServiceConfiguration
from tests.mcp_conformance.events import EventsInMemory
from tests.mcp_conformance.fixtures import equip

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from engine.api import EngineAPI


async def serve(port: int, folder: Path) -> None:
    config = ServiceConfiguration(data_dir=folder)
    async with open_engine(config, services=False) as engine:

        @asynccontextmanager
        async def shared() -> AsyncIterator[EngineAPI]:
            yield engine

        server = mcp_server.create_server(shared)
        equip(server)
        hosts = [f"127.0.0.1:{port}", f"localhost:{port}"]
        app = server.streamable_http_app(
            event_store=EventsInMemory(),
            retry_interval=100,
            transport_security=TransportSecuritySettings(
                allowed_hosts=hosts, allowed_origins=[f"http://{host}" for host in hosts]
            ),
        )
        await uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning")).serve()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(serve(int(sys.argv[1]), Path(place)))
