"""The commands for operators: the real program on a real data directory, no services running."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from engine.database.database import Database
from engine.host.lock import DirectoryLock
from engine.monitoring.durations import Durations
from engine.monitoring.history import MetricHistory
from engine.monitoring.samples import Sample
from engine.operations import NO_DEADLINE
from vespera_tui.cli import cli
from vespera_tui.commands import steering
from vespera_tui.commands.sparkline import BLOCKS, PLAIN, rates, sparkline
from vespera_tui.commands.tables import moment, span

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import FakeClock

DRAFTS = "".join(f'{{"id": "t-{n}", "title": "Task {n}"}}\n' for n in range(3))
ESCAPE = "\x1b[31m"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("VESPERA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def call(data: Path) -> Callable[..., Result]:
    def invoke(*words: str) -> Result:
        return CliRunner().invoke(cli, ["--data-dir", str(data), *words])

    return invoke


@pytest.fixture
def three(call: Callable[..., Result], tmp_path: Path) -> list[dict[str, Any]]:
    """Three tasks; their operations to embed, as JSON."""
    path = tmp_path / "tasks.jsonl"
    path.write_text(DRAFTS)
    assert call("import", str(path)).exit_code == 0
    found = listed(call, "--service", "auto_embedding")
    assert len(found) == 3
    return found


def listed(call: Callable[..., Result], *words: str) -> list[dict[str, Any]]:
    result = call("operations", "list", "--json", *words)
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def write(data: Path, *statements: tuple[str, tuple[Any, ...]]) -> None:
    """Change the store as an engine would that ran before."""

    def change(connection: Any) -> None:
        for sql, values in statements:
            connection.execute(sql, values)

    run(data, lambda database: database.write(change))


def run(data: Path, work: Callable[[Database], Any]) -> None:
    import asyncio  # noqa: PLC0415 - the commands run their own loop, so tests are plain functions

    async def with_database() -> None:
        database = Database(data)
        await database.open()
        try:
            await work(database)
        finally:
            await database.close()

    asyncio.run(with_database())


def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        steering, "sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True))
    )


# -- operations


def test_list_filters_by_everything(call: Any, three: Any) -> None:
    assert [view["key"] for view in listed(call, "--key", "t-1")] == ["t-1"]
    both = ("--key", "t-1", "--kind", "embed_task", "--state", "available")
    assert [view["id"] for view in listed(call, *both)] == [three[1]["id"]]
    assert len(listed(call, "--limit", "2")) == 2
    assert listed(call, "--state", "failed") == []


def test_list_for_people_has_a_line_an_operation(call: Any, three: Any) -> None:
    lines = call("operations", "list", "--kind", "embed_task").stdout.splitlines()
    assert len(lines) == 4
    assert lines[0].split()[:3] == ["id", "state", "priority"]
    assert lines[1].split()[:6] == [
        *(str(three[0]["id"]), "available", "normal"),
        *("auto_embedding", "embed_task", "t-0"),
    ]


def test_show_has_the_errors_of_all_attempts_and_no_control_characters(
    call: Any, data: Path, three: Any
) -> None:
    number = three[0]["id"]
    history = [{"at": 1.0, "error": f"{ESCAPE}boom", "traceback": f"Traceback\n  {ESCAPE}line"}]
    write(
        data,
        (
            "UPDATE operations SET history = ?, attempts = 1, origin = ? WHERE id = ?",
            (json.dumps(history), ESCAPE, number),
        ),
    )
    result = call("operations", "show", str(number))
    assert result.exit_code == 0
    assert "failed     1 of 4 attempts" in result.stdout
    assert "\\x1b[31mboom" in result.stdout
    assert "    Traceback\n" in result.stdout
    assert "\x1b" not in result.stdout
    assert json.loads(call("operations", "show", str(number), "--json").stdout)["history"] == (
        history
    )


def test_cancel_and_retry_undo_each_other(call: Any, three: Any) -> None:
    number = str(three[0]["id"])
    result = call("operations", "cancel", number)
    assert (result.exit_code, result.stdout) == (0, "1 operation cancelled\n")
    assert "operations retry brings them back" in result.stderr
    assert [view["id"] for view in listed(call, "--state", "cancelled")] == [int(number)]
    assert call("operations", "retry", "--key", "t-0", "--json").stdout == '{\n  "touched": 1\n}\n'
    assert listed(call, "--state", "cancelled") == []


def test_cancelling_many_needs_a_yes(
    call: Any, data: Path, three: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("operations", "cancel", "--service", "auto_embedding")
    refused = call(*words)
    assert refused.exit_code == 2
    assert "to cancel 3 operations without a terminal to ask on, add --yes" in refused.stderr
    assert call(*words, "--key", "t-0").stdout == "1 operation cancelled\n"
    terminal(monkeypatch)
    arguments = ["--data-dir", str(data), *words]
    no = CliRunner().invoke(cli, arguments, input="n\n")
    assert (no.exit_code, no.stdout) == (0, "")
    assert "Cancel 2 operations?" in no.stderr
    assert "nothing was cancelled" in no.stderr
    assert len(listed(call, "--service", "auto_embedding", "--state", "available")) == 2
    yes = CliRunner().invoke(cli, arguments, input="y\n")
    assert yes.stdout == "2 operations cancelled\n"


def test_several_ids_are_many_too(call: Any, three: Any) -> None:
    ids = [str(view["id"]) for view in three]
    assert call("operations", "cancel", *ids).exit_code == 2
    assert call("operations", "cancel", *ids, "--yes").stdout == "3 operations cancelled\n"


def test_pause_resume_run_now_and_prioritize(call: Any, three: Any) -> None:
    number = str(three[2]["id"])
    assert call("operations", "pause", number).stdout == "1 operation paused\n"
    (paused,) = listed(call, "--state", "scheduled")
    assert paused["id"] == int(number)
    assert "paused by" in paused["detail"]
    assert call("operations", "resume", "--all").stdout == "1 operation resumed\n"
    assert call("operations", "run-now", number).stdout == "1 operation due now\n"
    assert call("operations", "prioritize", "critical", number).stdout == (
        "1 operation given priority critical\n"
    )
    assert listed(call, "--service", "auto_embedding")[0]["priority"] == 0


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("cancel",), 2, "name some ids, give a filter such as --service, or --all"),
        (("retry", "--all", "--service", "x"), 2, "--all goes without ids and filters"),
        (("run-now", "--service", "nobody"), 2, "'nobody' is not one of auto_embedding, cycle_"),
        (("list", "--service", ""), 2, "'' is not one of auto_embedding"),
        (("cancel", "99"), 1, "none of those: only waiting operations can be cancelled"),
        (("show", "99"), 1, "no operation has the id 99"),
        (("show", str(2**63)), 2, "is not in the range"),
        (("prioritize", "urgent", "1"), 2, "'urgent' is not one of 'critical'"),
        (("list", "--state", "lost"), 2, "'lost' is not one of 'scheduled'"),
    ],
)
def test_what_can_not_be_meant_is_said(call: Any, words: Any, code: int, message: str) -> None:
    result = call("operations", *words)
    assert result.exit_code == code
    assert message in result.stderr.splitlines()[-1]


# -- services


def test_a_pause_outlives_the_engine(call: Any, three: Any) -> None:
    result = call("services", "pause", "auto_embedding")
    assert (result.exit_code, result.stdout) == (0, "auto_embedding paused, 3 operations waiting\n")
    assert "services resume auto_embedding lets it go on" in result.stderr
    found = {each["name"]: each for each in json.loads(call("services", "list", "--json").stdout)}
    assert found["auto_embedding"]["status"] == "paused"
    assert found["auto_embedding"]["queue"]["available"] == 3
    assert found["auto_embedding"]["last_hour"]["completed"] == 0
    assert "paused by" in call("services", "list").stdout
    assert call("services", "resume", "auto_embedding").exit_code == 0
    assert "paused by" not in call("services", "list").stdout


def test_drain_pauses_what_does_not_run(call: Any, data: Path) -> None:
    result = call("services", "drain", "incremental_sync", "--seconds", "1m")
    assert (result.exit_code, result.stdout) == (0, "incremental_sync paused, nothing of it runs\n")


@pytest.mark.parametrize("verb", ["pause", "resume", "drain"])
def test_an_unknown_service_is_named_with_those_there_are(call: Any, verb: str) -> None:
    result = call("services", verb, "nobody")
    assert result.exit_code == 2
    assert "service: 'nobody' is not one of auto_embedding" in result.stderr


# -- alerts


def test_alerts_are_listed_acknowledged_and_remembered(call: Any, data: Path, three: Any) -> None:
    insert = "INSERT INTO alerts VALUES (?, ?, ?, ?, ?, ?)"
    write(
        data,
        (insert, ("queue.x", "warning", f"{ESCAPE}long", 1000.0, "", None)),
        (insert, ("disk.data", "critical", "full", 500.0, "", 600.0)),
    )
    (alive,) = json.loads(call("alerts", "list", "--json").stdout)
    assert (alive["id"], alive["since"], alive["acknowledged_by"]) == ("queue.x", 1000.0, "")
    assert call("alerts", "acknowledge", "queue.x").stdout == "queue.x acknowledged\n"
    shown = call("alerts", "list").stdout
    assert "\\x1b[31mlong" in shown
    assert "\x1b" not in shown
    past = json.loads(call("alerts", "history", "--json").stdout)
    assert [each["id"] for each in past] == ["queue.x", "disk.data"]
    assert past[0]["acknowledged_by"]
    assert moment(600.0) in call("alerts", "history", "--limit", "5").stdout
    gone = call("alerts", "acknowledge", "disk.data")
    assert gone.exit_code == 1
    assert "no alert alive has the id 'disk.data'" in gone.stderr


# -- metrics


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


# -- trigger


def test_trigger_takes_priority_delay_and_deadline(call: Any) -> None:
    before = time.time()
    words = ("--priority", "low", "--delay", "15m", "--deadline", "2h")
    assert call("trigger", "sync", *words).exit_code == 0
    (found,) = listed(call)
    assert (found["priority"], found["state"]) == (3, "scheduled")
    assert found["run_at"] - before == pytest.approx(900, abs=60)
    assert found["deadline"] - before == pytest.approx(7200, abs=60)


def test_a_deadline_may_be_a_date(call: Any) -> None:
    assert call("trigger", "optimize", "--deadline", "2099-01-01T00:00+00:00").exit_code == 0
    assert listed(call)[0]["deadline"] == 4_070_908_800


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--deadline", "2020-01-01"), "'2020-01-01' is not in the future"),
        (("--deadline", "0"), "'0' is not in the future"),
        (("--deadline", "soon"), "'soon' is not seconds like 90"),
        (("--deadline", "1m", "--delay", "1h"), "--deadline is before the --delay is over"),
        (("--delay", "nan"), "'nan' is not seconds like 90"),
        (("--delay", "-5"), "'-5' is not seconds like 90"),
        (("--priority", "4"), "'4' is not one of 'critical'"),
    ],
)
def test_a_time_that_makes_no_sense_is_refused(
    call: Any, data: Path, words: tuple[str, ...], message: str
) -> None:
    result = call("trigger", "sync", *words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not data.exists()


# -- beside a running engine, and small things


@pytest.mark.parametrize(
    "words", [("operations", "list"), ("services", "list"), ("alerts", "list"), ("metrics",)]
)
def test_beside_a_running_engine_commands_are_refused(
    call: Any, data: Path, words: tuple[str, ...]
) -> None:
    lock = DirectoryLock(data)
    lock.acquire()
    try:
        assert call(*words).exit_code == 4
    finally:
        lock.release()


def test_services_complete_the_names_known_beforehand(data: Path) -> None:
    words = [sys.executable, "-m", "vespera_tui"]
    asked = {"_VESPERA_TUI_COMPLETE": "bash_complete", "COMP_CWORD": "3"}
    line = {"COMP_WORDS": "vespera-tui services pause a"}
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, env={**os.environ, **asked, **line}
    )
    assert done.stdout.splitlines() == ["plain,auto_embedding"]


def test_durations_and_times_are_short() -> None:
    assert [span(s) for s in (None, 0, 0.0125, 1.5, 90, 840, 7200, 2e5)] == [
        *("-", "0 s", "12.5 ms", "1.5 s", "90 s"),
        *("14 min", "2 h", "2.31 d"),
    ]
    assert moment(None) == ""
    assert moment(NO_DEADLINE) == "1e+18"
