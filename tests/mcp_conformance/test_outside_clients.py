"""The server as clients see it that others wrote: the official conformance suite, the inspector.

They need Node 22. ``make conformance`` installs all of it below ``build`` and runs these tests.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PACKAGES = ROOT / "build" / "conformance" / "node_modules"
NODE = PACKAGES / ".bin" / "node"
EXPECTED_FAILURES: frozenset[str] = frozenset()
"""Scored scenarios that may fail; each would stand here with its reason."""

pytestmark = pytest.mark.skipif(
    not NODE.exists(), reason="Node 22 and the clients are not installed: run `make conformance`"
)


def node(*arguments: str, seconds: float = 170) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(NODE), *arguments], capture_output=True, text=True, timeout=seconds, check=False
    )


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The shipped server with the suite's fixtures, served."""
    port = 20_000 + os.getpid() % 20_000
    log = tmp_path_factory.mktemp("conformance") / "log"
    command = [sys.executable, "-m", "tests.mcp_conformance", str(port)]
    with log.open("w") as out, subprocess.Popen(command, cwd=ROOT, stderr=out) as process:
        address = f"http://127.0.0.1:{port}/mcp"
        for _ in range(300):
            assert process.poll() is None, log.read_text()
            try:
                httpx.get(address, timeout=5)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield address
        process.terminate()


@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
def test_every_scored_scenario_passes(url: str, revision: str) -> None:
    suite = PACKAGES / ".bin" / "conformance"
    done = node(str(suite), "server", "--url", url, "--requirements", revision)
    assert "Total:" in done.stdout, done.stdout + done.stderr
    scored, _, unscored = done.stdout.partition("\nTotal:")
    failed = set(re.findall(r"^✗ ([\w-]+):", scored, re.MULTILINE))
    not_scored = set(re.findall(r"^ {2}✗ ([\w-]+) \(", unscored, re.MULTILINE))
    passed = re.findall(r"^✓ ([\w-]+):", scored, re.MULTILINE)
    assert failed - not_scored == EXPECTED_FAILURES
    assert len(passed) >= 30


class Inspector:
    """The inspector's command line on a server of its own store."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def __call__(self, *arguments: str) -> tuple[int, Any, str]:
        """Exit code, answer and what it said besides."""
        done = node(
            str(PACKAGES / ".bin" / "mcp-inspector"), "--cli", sys.executable, "-m", "mcp_server",
            "--data-dir", str(self._data), "-e", f"PYTHONPATH={ROOT}", "--format", "json",
            *arguments,
        )  # fmt: skip
        answer = json.loads(done.stdout)["result"] if done.stdout.strip() else {}
        return done.returncode, answer, done.stderr

    def call(self, tool: str, **arguments: str) -> tuple[int, Any]:
        """Call a tool: exit code and answer."""
        pairs = [
            word for key, value in arguments.items() for word in ("--tool-arg", f"{key}={value}")
        ]
        code, answer, _ = self("--method", "tools/call", "--tool-name", tool, *pairs)
        return code, answer


@pytest.fixture
def inspector(tmp_path: Path) -> Inspector:
    return Inspector(tmp_path)


def test_the_schemas_are_portable(inspector: Inspector) -> None:
    code, answer, said = inspector("--strict", "--method", "tools/list")
    assert (code, len(answer["tools"])) == (0, 16), said


def test_the_inspector_calls_is_refused_and_cannot_delete_in_one_call(
    inspector: Inspector,
) -> None:
    code, created = inspector.call("create_task", title="hello")
    assert code == 0
    task = created["structuredContent"]["id"]
    code, wrong = inspector.call("create_task", titel="hello")
    assert code != 0
    assert "did you mean 'title'" in wrong["content"][0]["text"]
    _, preview = inspector.call("delete_task", task_id=task)
    assert preview["structuredContent"]["deleted"] is False
    code, read = inspector.call("get_task", task_id=task)
    assert (code, read["structuredContent"]["title"]) == (0, "hello")
