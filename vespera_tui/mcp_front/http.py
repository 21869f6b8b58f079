"""MCP over Streamable HTTP: on this machine unless told otherwise, and never without a token."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import os
import secrets
import signal
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcp.server.transport_security import TransportSecuritySettings
from starlette.responses import JSONResponse

from engine.errors import ConfigurationError, DataDirectoryError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mcp.server import MCPServer
    from starlette.applications import Starlette
    from starlette.types import ASGIApp, Receive, Scope, Send

TOKEN_FILE = "mcp.token"  # noqa: S105 - a file's name
TOKEN_BYTES = 32
PATH = "/mcp"
OPEN_MODE = 0o077
"""Bits of a token file's mode that let others at it."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen, and how clients name it."""

    host: str
    port: int

    @property
    def shown(self) -> str:
        """As it stands in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_address(text: str, *, allow_remote: bool) -> Address:
    """``HOST:PORT`` or ``PORT`` (then 127.0.0.1).

    Raises ConfigurationError for anything else, and for an address that other machines reach
    unless ``allow_remote``.
    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not port.isascii() or not port.isdigit() or not 0 < int(port) <= 65_535:  # noqa: PLR2004 - ports
        raise ConfigurationError(f"--http {text!r}: expected HOST:PORT or PORT, with 1 to 65535")
    if not _local(host) and not allow_remote:
        raise ConfigurationError(
            f"--http {text!r}: other machines could reach it; use 127.0.0.1, or add --allow-remote"
        )
    return Address(host, int(port))


def _local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError as error:
        raise ConfigurationError(
            f"--http: {host!r} is no address of this machine; give a number such as 127.0.0.1"
        ) from error


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


async def serve_http(app: ASGIApp, address: Address) -> None:
    """Serve until SIGTERM or SIGINT. Raises DataDirectoryError when the address is taken."""
    import uvicorn  # noqa: PLC0415 - only this transport needs it

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield  # ours are set below: uvicorn's would end the process before the engine is closed

    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        listening = socket.create_server((address.host, address.port), family=family)
    except OSError as error:
        raise DataDirectoryError(
            f"--http {address.shown}: {error.strerror}; choose another port"
        ) from error
    server = Server(uvicorn.Config(app, log_level="warning", access_log=False))

    def stop() -> None:
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    with listening:
        await server.serve(sockets=[listening])
