"""The engine without a screen, as a process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Self

import httpx
import pytest
from click.testing import CliRunner

from vespera_tui.cli import cli

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = [sys.executable, "-m", "vespera_tui"]


def test_until_idle_brings_the_stores_in_step(tmp_path: Path) -> None:
    data = ["--data-dir", str(tmp_path / "d"), "--profile", "development"]
    words = [*PROGRAM, "--demo", "--headless", "--until-idle", *data]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=170)
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert events[-1]["event"] == "stopped"
    assert all({"event", "level", "timestamp"} <= event.keys() for event in events)
    shown = subprocess.run(
        [*PROGRAM, "status", "--json", *data], capture_output=True, text=True, check=True
    )
    status = json.loads(shown.stdout)
    assert status["tasks"]["total"] == 60
    assert status["parity"]["vectors"]["current"] == 60
    assert status["parity"]["graph"]["nodes"]["current"] == 60
    assert status["cycles"] == {"components": 3, "tasks": 13}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    words = [*PROGRAM, "--headless", "--data-dir", str(tmp_path / "d")]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if json.loads(line)["event"] == "running":
                process.send_signal(number)
                break
        else:
            pytest.fail("it ended before it ran")
        rest = [json.loads(line) for line in process.stderr]
        assert process.wait(60) == 0
    assert [event["name"] for event in rest if event["event"] == "signal"] == [number.name]
    assert rest[-1]["event"] == "stopped"
    assert (tmp_path / "d" / "logs" / "vespera.log").stat().st_size > 0


class Running:
    """A headless process, told line by line."""

    def __init__(self, folder: Path, *words: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [*PROGRAM, "--headless", "--data-dir", str(folder), *words],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        assert self.process.stderr is not None
        self.process.stderr.close()
        self.process.wait()

    def until(self, event: str) -> dict[str, Any]:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            found: dict[str, Any] = json.loads(line)
            if found["event"] == event:
                return found
        pytest.fail(f"it ended before {event}")


def test_hangup_reloads_the_configuration_and_keeps_it_when_it_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    file.write_text('{"profile": "production"}')
    with Running(tmp_path / "d", "--config", str(file)) as running:
        running.until("running")
        file.write_text('{"embedding": {"embed_delay_seconds": 7}, "log_level": "nonsense"}')
        running.process.send_signal(signal.SIGHUP)
        refused = running.until("configuration not reloaded")
        assert "log_level" in refused["reason"]
        other = str(tmp_path / "other")
        file.write_text(json.dumps({"embedding": {"embed_delay_seconds": 7}, "workers": 3}))
        running.process.send_signal(signal.SIGHUP)
        reloaded = running.until("configuration reloaded")
        assert set(reloaded["changed"]) >= {"embedding.embed_delay_seconds", "workers"}
        assert other not in str(reloaded)
        shown = subprocess.run(
            [*PROGRAM, "status", "--json", "--data-dir", str(tmp_path / "d")],
            capture_output=True,
            text=True,
            check=True,
        )
        assert json.loads(shown.stdout)["engine"]["pid"] == running.process.pid
        running.process.send_signal(signal.SIGTERM)
        running.until("stopped")
        assert running.process.wait(60) == 0


def test_the_service_manager_is_told(tmp_path: Path) -> None:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(90)

        def told(start: str) -> str:
            while True:
                text = manager.recv(1000).decode()
                if text.startswith(start):
                    return text

        told_of = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "200000"}
        with Running(tmp_path / "d", **told_of) as running:
            told("STATUS=owns the data directory")
            told("READY=1")
            told("WATCHDOG=1")
            running.process.send_signal(signal.SIGHUP)
            assert "MONOTONIC_USEC=" in told("RELOADING=1")
            told("READY=1")
            with Running(tmp_path / "d", **told_of) as second:
                told(f"STATUS=stands by, attached to process {running.process.pid}")
                second.process.kill()
            running.process.send_signal(signal.SIGTERM)
            told("STOPPING=1")


def test_monitors_ask_over_http(tmp_path: Path, unused_tcp_port: int) -> None:
    address = f"127.0.0.1:{unused_tcp_port}"
    with Running(tmp_path / "d", "--http", address) as running:
        running.until("running")
        assert httpx.get(f"http://{address}/readyz").json()["owner"]["pid"] == running.process.pid
        assert "vespera_engine_running 1.0" in httpx.get(f"http://{address}/metrics").text
        second = subprocess.run(
            [*PROGRAM, "--headless", "--data-dir", str(tmp_path / "e"), "--http", address],
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 4
        assert "choose another port" in second.stderr
        running.process.send_signal(signal.SIGTERM)
        running.until("stopped")
        assert running.process.wait(60) == 0


def test_agents_are_served_over_http_with_the_token(tmp_path: Path, unused_tcp_port: int) -> None:
    address = f"127.0.0.1:{unused_tcp_port}"
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "agent-7", "version": "1"},
        },
    }
    with Running(tmp_path / "d", "--http", address) as running:
        running.until("running")
        url, accept = f"http://{address}/mcp", "application/json, text/event-stream"
        assert httpx.post(url, json=hello, headers={"Accept": accept}).status_code == 401
        token = (tmp_path / "d" / "mcp.token").read_text().strip()
        headers = {"Accept": accept, "Authorization": f"Bearer {token}"}
        answer = httpx.post(url, json=hello, headers=headers, timeout=30)
        assert answer.status_code == 200
        assert "vespera" in answer.text
        running.process.send_signal(signal.SIGTERM)
        running.until("stopped")
        assert running.process.wait(60) == 0
    assert token not in (tmp_path / "d" / "logs" / "vespera.log").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--http", "9464"), "--http needs --headless"),
        (("--headless", "--allow-remote"), "goes with --http"),
        (("--headless", "--http", "0.0.0.0:80"), "add --allow-remote"),
        (("--headless", "--http", "x"), "expected HOST:PORT"),
    ],
)
def test_wrong_words_about_http(words: tuple[str, ...], said: str) -> None:
    result = CliRunner().invoke(cli, words, standalone_mode=True)
    assert result.exit_code == 2
    assert said in result.stderr
