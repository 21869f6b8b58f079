"""Serving an ASGI application inside a program that has signals and an end of its own."""

from __future__ import annotations

import asyncio
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

from engine.errors import DataDirectoryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp

    from vespera_tui.web.address import Address


def listen(address: Address) -> socket.socket:
    """A listening socket. Raises DataDirectoryError when the address is taken."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        return socket.create_server((address.host, address.port), family=family)
    except OSError as error:
        raise DataDirectoryError(
            f"--http {address.shown}: {error.strerror}; choose another port"
        ) from error


async def serve(app: ASGIApp, address: Address, stop: asyncio.Event) -> None:
    """Serve until ``stop`` is set. Raises DataDirectoryError when the address is taken."""
    with listen(address) as listening:
        await serve_on(listening, app, stop)


async def serve_on(listening: socket.socket, app: ASGIApp, stop: asyncio.Event) -> None:
    """Serve on a socket that listens already, until ``stop`` is set."""
    import uvicorn  # noqa: PLC0415 - only for HTTP

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield  # ours count: uvicorn's would end the process before the engine is closed

    server = Server(uvicorn.Config(app, log_level="warning", access_log=False, log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listening]), name="http")
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        server.should_exit = True
        await serving
