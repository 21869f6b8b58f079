"""The MCP front as a process: how it starts, what it needs, how it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mcp_server", *arguments]
    return subprocess.run(
        command, cwd=ROOT, input="", text=True, capture_output=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data"], "--data-dir"),
        (["surplus"], "surplus"),
        (["--nonsense=1"], "--nonsense"),
        (["--tools", "most"], "core"),
        (["--allow-remote"], "--http"),
        (["--http", "0.0.0.0:8123"], "--allow-remote"),
    ],
)
def test_wrong_flags_end_with_2_and_say_what_is_right(arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_the_front_needs_neither_screen_nor_model() -> None:
    banned = ["textual", "widgets", "torch", "chromadb", "kuzu", "onnxruntime"]
    code = f"import sys, mcp_server, engine.host; print([n for n in {banned} if n in sys.modules])"
    command = [sys.executable, "-c", code]
    result = subprocess.run(
        command, cwd=ROOT, text=True, capture_output=True, timeout=60, check=True
    )
    assert result.stdout == "[]\n"


def test_end_of_input_ends_the_process(tmp_path: Path) -> None:
    result = run("--data-dir", str(tmp_path / "data"))
    assert (result.returncode, result.stdout) == (0, ""), result.stderr


async def test_end_to_end_over_stdio_with_the_real_engine(tmp_path: Path) -> None:
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "mcp_server", "--data-dir", str(tmp_path), "--profile", "development"],
        cwd=ROOT,
        env=dict(os.environ),
    )
    async with Client(parameters) as client:
        created = await client.call_tool("create_task", {"title": "Write the report"})
        task_id = created.structured_content["id"]
        forced = await client.call_tool(
            "force_task_embedding", {"task_id": task_id, "wait_seconds": 100}
        )
        assert forced.structured_content["state"] == "completed"
        status: dict[str, Any] = {}
        for _ in range(600):  # the graph follows; the test's own limit stops it
            result = await client.call_tool("get_background_service_status", {})
            status = result.structured_content
            if status["in_step"]:
                break
            await asyncio.sleep(0.1)
        assert status["in_step"], status
        found = await client.call_tool("search_tasks", {"text": "author a document"})
        assert found.structured_content["tasks"][0]["similarity"] > 0
        assert "note" not in found.structured_content
        second = await asyncio.to_thread(run, "--data-dir", str(tmp_path))  # it attaches
        assert (second.returncode, second.stdout) == (0, ""), second.stderr
        assert "Traceback" not in second.stderr
        still = await client.call_tool("get_background_service_status", {})
        assert still.structured_content["tasks"] == 1


@pytest.fixture
def server(tmp_path: Path, unused_tcp_port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server over HTTP, and its address."""
    address = f"127.0.0.1:{unused_tcp_port}"
    command = [sys.executable, "-m", "mcp_server", "--data-dir", str(tmp_path), "--http", address]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "its token is in" not in process.stderr.readline():
            assert process.poll() is None, "it ended"
        yield process, f"http://{address}/mcp"
        process.kill()


async def test_over_http_with_the_token_of_the_file(
    server: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    process, url = server
    token = (tmp_path / "mcp.token").read_text().strip()
    hello = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    async with httpx.AsyncClient(timeout=30) as web:
        for _ in range(100):
            try:
                answer = await web.post(url, json=hello)
                break
            except httpx.ConnectError:
                await asyncio.sleep(0.1)
        assert answer.status_code == 401
        accept = {"Accept": "application/json, text/event-stream"}
        initialize = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "t", "version": "1"},
            },
        }
        answer = await web.post(
            url, json=initialize, headers=accept | {"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 200
        assert "vespera" in answer.text
    process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(process.wait, 60) == 0
    assert process.stderr is not None
    assert token not in process.stderr.read()
    log = tmp_path / "logs" / "vespera.log"
    assert not log.exists() or token not in log.read_text()


def test_sigterm_ends_the_process_while_input_is_open(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mcp_server", "--data-dir", str(tmp_path / "data")]
    hello = (
        '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18",'
        '"capabilities":{},"clientInfo":{"name":"t","version":"1"}}}\n'
    )
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(hello)
        process.stdin.flush()
        assert "vespera" in process.stdout.readline()
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=60) == 0
