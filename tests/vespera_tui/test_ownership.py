"""Commands beside an owner: they attach, and ``doctor`` says who it is."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from engine.host.lock import DirectoryLock
from engine.host.owner import Owner, program_version
from vespera_tui.commands.ownership import ownership_checks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = [sys.executable, "-m", "vespera_tui"]


@pytest.fixture
def headless(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    words = [*PROGRAM, "--headless", "--data-dir", str(tmp_path / "d")]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if json.loads(line)["event"] == "running":
                break
        yield process
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.stderr.read()


def run(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *words, "--data-dir", str(tmp_path / "d")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def by_name(checks: Any) -> dict[str, Any]:
    return {check["name"] if isinstance(check, dict) else check.name: check for check in checks}


def test_commands_attach_to_a_running_engine(
    tmp_path: Path, headless: subprocess.Popen[str]
) -> None:
    file = tmp_path / "tasks.jsonl"
    file.write_text('{"id": "a", "title": "A"}\n{"id": "b", "title": "B", "depends_on": ["a"]}\n')
    brought = run(tmp_path, "import", str(file))
    assert brought.returncode == 0, brought.stderr
    status = json.loads(run(tmp_path, "status", "--json").stdout)
    assert status["engine"]["pid"] == headless.pid
    assert status["engine"]["mode"] == "headless"
    assert status["engine"]["state"] == "running"
    assert status["tasks"]["total"] == 2
    exported = run(tmp_path, "export", "-")
    assert [json.loads(line)["id"] for line in exported.stdout.splitlines()] == ["a", "b"]
    found = by_name(json.loads(run(tmp_path, "doctor", "--json").stdout)["checks"])
    assert f"process {headless.pid} since" in found["lock"]["message"]
    assert found["owner"]["message"] == f"headless, Vespera {program_version()}; the process runs"
    assert "answers in" in found["socket"]["message"]
    assert found["versions"]["state"] == "ok"
    assert found["links"]["state"] == "ok"


def test_a_stopped_owner_is_exit_code_4_with_what_to_do(
    tmp_path: Path, headless: subprocess.Popen[str]
) -> None:
    headless.send_signal(signal.SIGSTOP)
    status = run(tmp_path, "status")
    assert status.returncode == 4
    assert f"is stopped; continue it: kill -CONT {headless.pid}" in status.stderr
    doctor = run(tmp_path, "doctor", "--json")
    assert doctor.returncode == 1
    found = by_name(json.loads(doctor.stdout)["checks"])
    assert found["owner"]["state"] == "problem"
    assert f"kill -CONT {headless.pid}" in found["owner"]["advice"]


def test_nobody_owns_it(tmp_path: Path) -> None:
    checks = by_name(ownership_checks(tmp_path))
    assert checks["lock"].message == "free; it was never taken"
    assert checks["owner"].message == "nobody"
    left = tmp_path / "socket"
    left.touch()
    lock = DirectoryLock(tmp_path)
    lock.acquire(replace(Owner.here("headless"), socket=str(left)))
    lock.release()
    checks = by_name(ownership_checks(tmp_path))
    assert f"last held by process {os.getpid()} (headless" in checks["lock"].message
    assert "was left behind" in checks["socket"].message
    assert {check.state for check in checks.values()} == {"ok"}


@pytest.mark.parametrize(
    ("owner", "name", "said"),
    [
        (Owner(1), "versions", "the owner older"),
        (Owner(1), "socket", "an earlier build has none"),
        (replace(Owner.here("mcp"), version="9"), "versions", "the owner 9"),
        (replace(Owner.here("mcp"), problem="no place"), "socket", "none: no place"),
    ],
)
def test_an_owner_that_cannot_be_attached_to(
    tmp_path: Path, owner: Owner, name: str, said: str
) -> None:
    lock = DirectoryLock(tmp_path)
    lock.acquire(owner)
    check = by_name(ownership_checks(tmp_path))[name]
    assert check.state == "problem"
    assert said in check.message
    assert check.advice
    lock.release()


def test_an_owner_that_opens_or_closes_is_no_problem(tmp_path: Path) -> None:
    lock = DirectoryLock(tmp_path)
    for socket in ("", str(tmp_path / "not there")):
        lock.acquire(replace(Owner.here("headless"), socket=socket))
        assert {check.state for check in ownership_checks(tmp_path)} == {"ok"}
        lock.release()
