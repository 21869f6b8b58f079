"""What was measured, as totals, lines and tables."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.monitoring.durations import Durations
from engine.monitoring.history import MetricHistory
from engine.monitoring.samples import Sample
from engine.operations import NO_DEADLINE
from tests.vespera_tui.commands.past import run
from vespera_tui.commands.sparkline import BLOCKS, PLAIN, rates, sparkline
from vespera_tui.commands.tables import moment, span

if TYPE_CHECKING:
    from pathlib import Path

    from engine.database.database import Database
    from tests.conftest import FakeClock


def measured(data: Path, clock: FakeClock, completed: list[int]) -> int:
    """Record samples up to now, ten seconds each; the start of the first."""
    data.mkdir(exist_ok=True)
    clock.time = time.time()
    first = int(clock.time) // 10 * 10 - 10 * len(completed)
    durations = Durations()
    durations.add(0.25, 4)
    samples = [
        Sample(
            "auto_embedding",
            first + 10 * number,
            {"seconds": 10, "completed": done, "failed": 1, "available": 100 - number},
            durations.to_bytes(),
        )
        for number, done in enumerate(completed)
    ]
    run(data, lambda database: MetricHistory(database, clock).record(samples))
    return first


def test_metrics_of_a_service_are_totals_and_a_line(
    call: Any, data: Path, clock: FakeClock
) -> None:
    first = measured(data, clock, [0, 10, 20, 30, 20, 10, 0, 30])
    found = json.loads(call("metrics", "auto_embedding", "--json").stdout)
    assert found["measured"] | {"p99_seconds": 0} == {
        "completed": 120,
        "failed": 8,
        "retried": 0,
        "late": 0,
        "measured_seconds": 80,
        "rate_per_second": 1.5,
        "runs": 32,
        "p50_seconds": pytest.approx(0.25, rel=0.02),
        "p95_seconds": pytest.approx(0.25, rel=0.02),
        "p99_seconds": 0,
    }
    assert found["samples"][0]["at"] == first
    assert found["forecast"]["rate_per_second"] == 1.5
    lines = call("metrics", "auto_embedding").stdout.splitlines()
    assert "120 completed, 8 failed" in lines[1]
    assert "█" in lines[3]
    table = call("metrics").stdout.splitlines()
    assert table[1].split()[:5] == ["auto_embedding", "120", "8", "0", "1.50/s"]


def test_metrics_by_hour(call: Any, data: Path, clock: FakeClock) -> None:
    measured(data, clock, [5] * 8)

    async def roll_up(database: Database) -> None:
        clock.advance(600)
        await MetricHistory(database, clock).roll_up()

    run(data, roll_up)
    found = json.loads(call("metrics", "auto_embedding", "--by-hour", "--json").stdout)
    assert sum(hour["runs"] for hour in found["by_hour"].values()) == 32
    assert ":00" in call("metrics", "auto_embedding", "--by-hour").stdout
    nothing = call("metrics", "cycle_detection", "--by-hour")
    assert (nothing.exit_code, ":00" in nothing.stdout) == (0, False)
    assert call("metrics", "--by-hour").exit_code == 2
    assert "'nobody' is not one of" in call("metrics", "nobody").stderr


def test_the_program_draws_in_ascii_where_nothing_else_is_readable(
    data: Path, call: Any, clock: FakeClock
) -> None:
    measured(data, clock, [0, 10, 20, 30])
    words = [sys.executable, "-m", "vespera_tui", "metrics", "auto_embedding"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [*words, "--data-dir", str(data)],
        capture_output=True,
        check=False,
        env=environment,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"#" in done.stdout
    assert done.stdout.isascii()


@given(st.lists(st.none() | st.floats(0, 1e9, allow_nan=False)), st.sampled_from([BLOCKS, PLAIN]))
def test_a_sparkline_has_a_character_a_value_and_higher_is_never_lower(
    values: list[float | None], steps: str
) -> None:
    line = sparkline(values, steps)
    assert len(line) == len(values)
    order = " " + steps
    numbers = [-1.0 if value is None else value for value in values]
    pairs = sorted(zip(numbers, line, strict=True))
    heights = [order.index(character) for _, character in pairs]
    assert heights == sorted(heights)


def test_rates_are_averaged_over_what_was_measured() -> None:
    samples = [Sample("s", at, {"seconds": 10, "completed": at}) for at in (0, 10, 30)]
    assert rates(samples, 40, 40, 2) == [0.5, 3.0]
    assert rates(samples[2:], 40, 40, 2) == [None, 3.0]


def test_durations_and_times_are_short() -> None:
    assert [span(s) for s in (None, 0, 0.0125, 1.5, 90, 840, 7200, 2e5)] == [
        *("-", "0 s", "12.5 ms", "1.5 s", "90 s"),
        *("14 min", "2 h", "2.31 d"),
    ]
    assert moment(None) == ""
    assert moment(NO_DEADLINE) == "1e+18"
