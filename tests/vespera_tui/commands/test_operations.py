"""Commands that list and steer operations, and pause services."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from engine.host.lock import DirectoryLock
from tests.vespera_tui.commands.past import ESCAPE, listed, write
from vespera_tui.cli import cli
from vespera_tui.commands import steering

if TYPE_CHECKING:
    from pathlib import Path


def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        steering, "sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True))
    )


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


def test_cancel_and_retry_are_undone(call: Any, three: Any) -> None:
    number = str(three[0]["id"])
    result = call("operations", "cancel", number)
    assert (result.exit_code, result.stdout) == (0, "1 operation cancelled\n")
    assert "operations undo-cancel lets them wait as they did" in result.stderr
    cancelled = listed(call, "--state", "cancelled")
    assert [view["id"] for view in cancelled] == [int(number)]
    assert call("operations", "retry", "--key", "t-0", "--json").stdout == '{\n  "touched": 1\n}\n'
    assert listed(call, "--state", "cancelled") == []
    undone = call("operations", "undo-retry", number)
    assert (undone.exit_code, undone.stdout) == (0, "1 operation as before the retry\n")
    assert listed(call, "--state", "cancelled") == cancelled
    assert call("operations", "undo-cancel", number).stdout == "1 operation waiting as before\n"
    assert listed(call, "--kind", "embed_task") == three


def test_a_retry_says_of_how_many_an_equal_one_waits(call: Any, data: Path, three: Any) -> None:
    copied = "service, kind, key, payload, priority"
    columns = "deadline, attempts, max_attempts, claims, origin, history, created_at"
    insert = (
        f"INSERT INTO finished_operations (id, state, result, finished_at, {copied}, {columns})"
        f" SELECT id + 100, 'failed', ?, 5.0, {copied}, {columns} FROM operations WHERE id = ?"
    )
    write(data, (insert, ('{"error": "boom"}', three[0]["id"])))
    failed = listed(call, "--state", "failed")
    retried = call("operations", "retry", "--state", "failed")
    assert retried.stdout == (
        "0 operations queued again, 1 kept as cancelled: an equal one waits\n"
    )
    assert listed(call, "--state", "failed") == []
    assert call("operations", "undo-retry", "--key", "t-0").exit_code == 0
    assert listed(call, "--state", "failed") == failed


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
        (("undo-cancel", "1"), 1, "only cancelled operations can be waiting as before"),
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
