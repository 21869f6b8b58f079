"""Over HTTP: on this machine, with a token, for the right names only."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import mcp_server
from engine.errors import ConfigurationError, DataDirectoryError
from vespera_tui.mcp_front.http import http_app, load_token
from vespera_tui.web.address import Address, read_address

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from engine.api import EngineAPI

ADDRESS = Address("127.0.0.1", 8123)
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "1"},
    },
}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("8123", Address("127.0.0.1", 8123)),
        ("127.0.0.1:1", Address("127.0.0.1", 1)),
        ("localhost:80", Address("localhost", 80)),
        ("[::1]:9", Address("::1", 9)),
    ],
)
def test_addresses_of_this_machine(text: str, address: Address) -> None:
    assert read_address(text, allow_remote=False) == address


@pytest.mark.parametrize("text", ["0.0.0.0:80", "[::]:80", "10.0.0.1:80", ":::80"])
def test_other_machines_only_with_the_flag(text: str) -> None:
    with pytest.raises(ConfigurationError, match="--allow-remote"):
        read_address(text, allow_remote=False)
    assert read_address(text, allow_remote=True).port == 80


@pytest.mark.parametrize("text", ["", "x", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:99999", "a.b:8"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ConfigurationError, match="--http"):
        read_address(text, allow_remote=False)


def test_the_token_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    token = load_token(tmp_path)
    assert len(token) >= 32
    assert load_token(tmp_path) == token
    file = tmp_path / "mcp.token"
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    with pytest.raises(DataDirectoryError, match="chmod 600"):
        load_token(tmp_path)
    file.chmod(0o600)
    file.write_text("short")
    with pytest.raises(DataDirectoryError, match="holds no token"):
        load_token(tmp_path)


@pytest.fixture
def post(engine: EngineAPI) -> Callable[..., Any]:
    """Sends one request to the application as it is served."""

    @asynccontextmanager
    async def shared() -> AsyncIterator[EngineAPI]:
        yield engine

    async def send(headers: Any) -> httpx.Response:
        server = mcp_server.create_server(shared)
        app: Any = http_app(server, ADDRESS, "right")
        transport = httpx.ASGITransport(app)
        async with (
            server.session_manager.run(),
            httpx.AsyncClient(transport=transport, base_url=f"http://{ADDRESS.shown}") as client,
        ):
            return await client.post("/mcp", json=HELLO, headers=headers)

    return send


def headers(**more: str) -> dict[str, str]:
    accept = "application/json, text/event-stream"
    return {"Accept": accept, "Authorization": "Bearer right", **more}


async def test_the_right_token_is_served(post: Callable[..., Any]) -> None:
    answer = await post(headers())
    assert answer.status_code == 200
    assert "vespera" in answer.text


@pytest.mark.parametrize("given", ["", "Bearer wrong", "Bearer right2", "Basic right", "right"])
async def test_any_other_token_is_refused(
    post: Callable[..., Any], given: str, capsys: Any
) -> None:
    answer = await post(headers(Authorization=given))
    assert answer.status_code == 401
    assert "right" not in answer.text
    written = capsys.readouterr()
    assert "Bearer" not in written.out + written.err


async def test_two_tokens_are_refused(post: Callable[..., Any]) -> None:
    pairs = [("Authorization", "Bearer right"), ("Authorization", "Bearer wrong")]
    answer = await post(pairs)
    assert answer.status_code == 401


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1:9999", "10.0.0.1:8123"])
async def test_a_wrong_host_is_refused(post: Callable[..., Any], name: str) -> None:
    answer = await post(headers(Host=name))
    assert answer.status_code == 421


async def test_a_wrong_origin_is_refused(post: Callable[..., Any]) -> None:
    answer = await post(headers(Origin="http://evil.example"))
    assert answer.status_code == 403
