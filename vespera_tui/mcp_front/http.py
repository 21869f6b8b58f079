"""MCP over Streamable HTTP: on this machine unless told otherwise, and never without a token."""

from __future__ import annotations

import asyncio
import hmac
import os
import secrets
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from mcp.server.transport_security import TransportSecuritySettings
from starlette.responses import JSONResponse
from starlette.routing import Route

from engine.errors import DataDirectoryError
from vespera_tui.web.serving import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from mcp.server import MCPServer
    from starlette.applications import Starlette
    from starlette.types import ASGIApp, Receive, Scope, Send

    from engine.api import EngineAPI
    from vespera_tui.web.address import Address

TOKEN_FILE = "mcp.token"  # noqa: S105 - a file's name
TOKEN_BYTES = 32
PATH = "/mcp"
OPEN_MODE = 0o077
"""Bits of a token file's mode that let others at it."""


def load_token(data_dir: Path) -> str:
    """The token clients must send, from ``mcp.token`` in the data directory; made at first.

    Raises DataDirectoryError when the file can't be used, or when others can read it.
    """
    path = data_dir / TOKEN_FILE
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(path)
        mode = path.stat().st_mode
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DataDirectoryError(f"{path}: can't be used ({error}); delete it") from error
    if mode & OPEN_MODE:
        raise DataDirectoryError(f"{path}: others can read it; run chmod 600 {path}")
    if len(token) < TOKEN_BYTES:
        raise DataDirectoryError(f"{path}: holds no token; delete it, and a new one is made")
    return token


def _make(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(TOKEN_BYTES) + "\n")


class BearerToken:
    """ASGI middleware that answers 401 unless the request carries the token."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._expected = app, f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is allowed."""
        if scope["type"] == "http" and not self._allowed(scope):
            refused = JSONResponse(
                {"error": "unauthorized: send the token of mcp.token as a bearer token"},
                status_code=401,
                headers={"WWW-Authenticate": 'Bearer realm="vespera"'},
            )
            await refused(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _allowed(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        # in constant time, so that how long it takes says nothing about the token
        return len(given) == 1 and hmac.compare_digest(given[0], self._expected)


def http_app(server: MCPServer[Any], address: Address, token: str) -> ASGIApp:
    """The ASGI application: MCP at ``/mcp``, behind the token and the check of Host and Origin."""
    names = {address.host, "127.0.0.1", "localhost", "[::1]"}
    hosts = sorted({name for host in names for name in _named(host, address.port)})
    app: Starlette = server.streamable_http_app(
        streamable_http_path=PATH,
        host=address.host,
        transport_security=TransportSecuritySettings(
            enable_dns_rebinding_protection=True,
            allowed_hosts=hosts,
            allowed_origins=[f"http://{host}" for host in hosts],
        ),
    )
    return BearerToken(app, token)


def _named(host: str, port: int) -> tuple[str, ...]:
    shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return (f"{shown}:{port}", shown) if port in (80, 443) else (f"{shown}:{port}",)


@asynccontextmanager
async def mounted(engine: EngineAPI, address: Address, data_dir: Path) -> AsyncIterator[Route]:
    """MCP over ``engine`` as a route of another application, for as long as the block lasts.

    Raises DataDirectoryError when the token's file can't be used.
    """
    from mcp_server import create_server  # noqa: PLC0415 - it imports this package

    @asynccontextmanager
    async def shared() -> AsyncIterator[EngineAPI]:
        yield engine

    server = create_server(shared)
    app = http_app(server, address, load_token(data_dir))
    async with server.session_manager.run():
        yield Route(PATH, endpoint=app)


async def serve_http(app: ASGIApp, address: Address) -> None:
    """Serve until SIGTERM or SIGINT. Raises DataDirectoryError when the address is taken."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(app, address, stop)
