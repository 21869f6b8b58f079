"""The engine without a screen, as a process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

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
