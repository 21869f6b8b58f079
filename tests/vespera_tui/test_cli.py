"""Every command on an engine that answers what the test says."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from engine.errors import DataDirectoryInUseError, StoreUnavailableError
from engine.exchange.sample import sample_path
from engine.search_views import SearchResult
from engine.snapshots import (
    IdleReport,
    ImportReport,
    Parity,
    QueueDepth,
    ServiceMetrics,
    ServiceSnapshot,
    StoreParity,
)
from tests.vespera_tui.fake_engine import SERVICES, FakeEngine
from vespera_tui.cli import COMMANDS, cli
from vespera_tui.commands import session

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEngine]:
    fake = FakeEngine()
    monkeypatch.setattr(session, "open_engine", fake.open)
    for name in [name for name in os.environ if name.startswith("VESPERA_")]:
        monkeypatch.delenv(name)
    yield fake
    root = logging.getLogger()
    for handler in [h for h in root.handlers if getattr(h, "vespera", False)]:
        root.removeHandler(handler)
        handler.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def call(engine: FakeEngine, data: Path) -> Any:
    def invoke(*arguments: str | Path) -> Result:
        return CliRunner().invoke(cli, ["--data-dir", str(data), *map(str, arguments)])

    return invoke


def test_status_has_the_documented_shape(call: Any, engine: FakeEngine) -> None:
    result = call("status", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert found["engine"].keys() >= {"state", "pid", "profile", "uptime_seconds", "version"}
    assert set(found["services"]) == set(SERVICES)
    service = found["services"]["auto_embedding"]
    assert set(service["queue"].values()) == {0}
    assert service["metrics"]["operations_completed"] == 5
    assert (service["enabled"], service["status"], service["reason"]) == (True, "running", "")
    five = {"expected", "current", "missing", "stale", "orphaned"}
    for part in (
        found["parity"]["vectors"],
        found["parity"]["graph"]["nodes"],
        found["parity"]["graph"]["edges"],
    ):
        assert part.keys() >= five
    assert found["tasks"]["by_status"] == {"open": 2}
    assert found["cycles"] == {"components": 0, "tasks": 0}
    assert found["alerts"] == []
    assert engine.opened[0][1] is False


def test_status_for_people_names_what_is_wrong(call: Any, engine: FakeEngine) -> None:
    engine.services["auto_embedding"] = ServiceSnapshot(
        "auto_embedding", status="failed", reason="no \x1b[0mmodel", queue=QueueDepth(failed=4)
    )
    engine.parity = StoreParity(vectors=Parity(error="folder is gone"))
    out = call("status").stdout
    assert "auto_embedding" in out
    assert "failed (no \\x1b[0mmodel), 0 waiting, 0 running, 4 failed" in out
    assert "not readable: folder is gone" in out
    assert "\x1b" not in out


def test_search_prints_a_list_of_objects(call: Any, engine: FakeEngine) -> None:
    found = json.loads(call("search", "tide", "-n", "3", "--json").stdout)
    assert isinstance(found, list)
    assert found[0].keys() >= {"id", "title", "score"}
    assert engine.asked == [("search", "tide", 3)]


def test_duplicates_shows_pairs_and_what_was_left_out(call: Any, engine: FakeEngine) -> None:
    result = call("duplicates", "--threshold", "0.95", "-n", "5", "--all")
    assert engine.asked == [("duplicates", 0.95, 5, True)]
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["0.980", "a", "open", r"Ti\x1b[31mtle"]
    assert lines[1].split() == ["b", "closed", "Other"]
    assert "40 tasks compared, each with its neighbours" in result.stderr
    assert "2 tasks have no vector yet" in result.stderr
    report = json.loads(call("duplicates", "--json").stdout)
    assert (report["pairs"][0]["second"], report["exact"]) == ("b", False)
    assert engine.asked[-1] == ("duplicates", 0.9, 10, False)


def test_status_says_whose_vectors_are_searched_meanwhile(call: Any, engine: FakeEngine) -> None:
    assert "searched" not in call("status").stdout
    engine.parity = StoreParity(vectors=Parity(9, 2, 7), searched_model="old@0123")
    assert "until all are there, those of old@0123 are searched" in call("status").stdout


def test_search_shows_control_characters_and_says_when_it_fell_back(
    call: Any, engine: FakeEngine
) -> None:
    engine.hits = SearchResult(engine.hits.hits, "words", "the model is away")
    result = call("search", "tide")
    assert "Ti\\x1b[31mtle" in result.stdout
    assert "\x1b" not in result.output
    assert "searched by words: the model is away" in result.stderr


def test_cycles_name_the_cut(call: Any) -> None:
    (component,) = json.loads(call("cycles", "--json").stdout)["components"]
    assert (component["tasks"], component["cycle"]) == (["a", "b"], ["a", "b"])
    cut = {"from": "a", "to": "b", "kind": "blocks", "reason": "frees both"}
    assert component["suggested_cut"] == cut
    text = call("cycles").stdout
    assert "a -> b -> a" in text
    assert "cut a -> b (blocks): frees both" in text


def test_import_tells_what_it_did(call: Any, engine: FakeEngine) -> None:
    result = call("import", sample_path())
    assert result.exit_code == 0
    assert (
        "vespera: 60 tasks created, 0 updated, 0 unchanged; 90 links, 1 dangling" in result.stdout
    )
    assert engine.asked == [("import", 60)]
    assert engine.opened[0][1] is False


def test_lines_that_were_left_out_are_named_and_the_exit_code_says_so(
    call: Any, engine: FakeEngine, tmp_path: Path
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"title": "a"}\n{"titel": "b"}\n{"title": "c"}\n')
    engine.report = ImportReport(created=1, errors=((3, "refused"),))
    result = call("import", path)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"vespera-tui: error: {path}:2: 'titel': unknown field; did you mean title?",
        f"vespera-tui: error: {path}:3: refused",
    ]


def test_import_wait_runs_the_services_and_shows_progress(call: Any, engine: FakeEngine) -> None:
    result = call("import", sample_path(), "--wait")
    assert (result.exit_code, engine.opened[0][1]) == (0, True)
    assert "100 %  20/20 operations" in result.stderr
    assert engine.asked[-1] == ("wait",)


def test_work_that_waits_for_a_part_that_is_away_is_three(call: Any, engine: FakeEngine) -> None:
    engine.idle = IdleReport(idle=False, remaining=5, waiting_for=("chroma: not readable",))
    result = call("import", sample_path(), "--wait")
    assert result.exit_code == 3
    assert "error: 5 operations wait: chroma: not readable" in result.stderr


def test_operations_that_failed_are_one(call: Any, engine: FakeEngine) -> None:
    metrics = ServiceMetrics(operations_failed=2)
    engine.services["auto_embedding"] = ServiceSnapshot("auto_embedding", metrics=metrics)
    result = call("rebuild", "vectors", "--wait")
    assert result.exit_code == 1
    assert "2 operations failed" in result.stderr


def test_export_writes_a_file_or_standard_output(call: Any, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    assert call("export", path).exit_code == 0
    result = call("export", "-")
    assert result.stdout == path.read_text()
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["a", "b"]


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (("embed", "a"), ("auto_embedding", "embed_task", "a", 1, {"force": True})),
        (("cycles",), ("cycle_detection", "full_cycle_check", "manual_trigger", 1, {})),
        (("sync",), ("incremental_sync", "batch_sync", "manual_trigger", 1, {})),
        (("optimize",), ("index_optimization", "optimize_indices", "manual_trigger", 1, {})),
    ],
)
@pytest.mark.parametrize("wait", [False, True])
def test_trigger_queues_the_operation(
    call: Any, engine: FakeEngine, words: Sequence[str], asked: tuple[Any, ...], wait: bool
) -> None:
    result = call("trigger", *words, *(["--wait"] if wait else []))
    assert (result.exit_code, engine.opened[0][1]) == (0, wait)
    assert engine.asked[0] == asked
    assert "operation 12 queued" in result.stdout
    assert ("operation 12 completed" in result.stdout) is wait


def test_a_triggered_operation_that_failed_is_one(call: Any, engine: FakeEngine) -> None:
    engine.state = "failed"
    assert call("trigger", "optimize", "--wait").exit_code == 1


def test_rebuild_queues(call: Any, engine: FakeEngine) -> None:
    assert "graph: 3 operations queued" in call("rebuild", "graph").stdout
    assert engine.asked == [("rebuild", "graph")]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("trigger", "embed", "no\x1b"), 1, "no task has the id 'no\\x1b'"),
        (("trigger", "embed"), 2, "Missing argument 'TASK'"),
        (("rebuild", "house"), 2, "'house' is not one of 'vectors', 'graph'"),
        (("search", "x", "-n", "0"), 2, "0 is not in the range"),
        (("statu",), 2, "No such command 'statu'"),
        (("--until-idle",), 2, "--until-idle needs --headless"),
        (("--headless", "status"), 2, "go without a command"),
        (("import", "/no/such/file"), 2, "No such file"),
        (("--profile", "huge", "status"), 2, "huge"),
        (("--config", "/no/such/file", "status"), 2, "/no/such/file"),
        ((), 2, "the dashboard needs a terminal"),
    ],
)
def test_an_error_is_one_clear_line(
    call: Any, words: Sequence[str], code: int, message: str
) -> None:
    result = call(*words)
    assert result.exit_code == code
    (line,) = result.stderr.splitlines()
    assert line.startswith("vespera-tui: error: ")
    assert message in line
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (DataDirectoryInUseError("in use by process 7"), 4),
        (StoreUnavailableError("chroma", "not readable"), 3),
        (KeyboardInterrupt(), 130),
    ],
)
def test_exit_codes_tell_failures_apart(
    call: Any, engine: FakeEngine, failure: Exception, code: int
) -> None:
    engine.failure = failure
    assert call("status").exit_code == code


def test_an_unexpected_error_names_the_log_with_the_traceback(
    call: Any, engine: FakeEngine, data: Path
) -> None:
    engine.failure = RuntimeError("what\nis this")
    result = call("status")
    log = data / "logs" / "vespera.log"
    assert result.exit_code == 1
    assert result.stderr == (
        f"vespera-tui: error: unexpected RuntimeError: what\\nis this (the details are in {log})\n"
    )
    assert "Traceback" in json.loads(log.read_text().splitlines()[-1])["exception"]


@pytest.mark.parametrize("after", [False, True])
def test_common_options_go_before_or_after_the_command(
    engine: FakeEngine, tmp_path: Path, after: bool
) -> None:
    said = ["--data-dir", str(tmp_path / "x"), "--profile", "production"]
    words = ["status", *said] if after else [*said, "status"]
    assert CliRunner().invoke(cli, words).exit_code == 0
    config = engine.opened[0][0]
    assert (config.data_dir, config.profile) == (tmp_path / "x", "production")


def test_the_option_after_the_command_wins(engine: FakeEngine, tmp_path: Path) -> None:
    words = [
        "--data-dir",
        str(tmp_path / "x"),
        "trigger",
        "sync",
        "--data-dir",
        str(tmp_path / "y"),
    ]
    assert CliRunner().invoke(cli, words).exit_code == 0
    assert engine.opened[0][0].data_dir == tmp_path / "y"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_the_common_options(name: str) -> None:
    result = CliRunner().invoke(cli, [name, "--help"])
    assert result.exit_code == 0
    for option in ("--data-dir", "--profile", "--config"):
        assert option in result.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_names_the_program(shell: str) -> None:
    result = CliRunner().invoke(cli, ["completion", shell])
    assert result.exit_code == 0
    assert "_VESPERA_TUI_COMPLETE" in result.stdout


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "vespera_tui", *arguments]
    return subprocess.run(words, capture_output=True, text=True, check=False, **options)


def test_version_is_quick_because_nothing_heavy_is_imported() -> None:
    code = (
        "import sys\n"
        "from vespera_tui.cli import cli\n"
        "try: cli.main(['--version'])\n"
        "except SystemExit as end: assert not end.code\n"
        "heavy = {'textual', 'rich', 'pydantic', 'structlog', 'asyncio', 'numpy', 'chromadb'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    version, heavy = done.stdout.splitlines()
    assert version.startswith("vespera-tui 0.")
    assert heavy == "[]"


def test_the_module_is_the_same_program() -> None:
    done = run("nonsense")
    assert done.returncode == 2
    assert done.stderr.startswith("vespera-tui: error: No such command 'nonsense'")


def test_the_sample_project_goes_in_shows_its_cycles_and_comes_out(tmp_path: Path) -> None:
    data, out = ("--data-dir", str(tmp_path / "d")), tmp_path / "out.jsonl"
    first = run("import", str(sample_path()), *data)
    assert (first.returncode, first.stderr) == (0, "")
    assert "60 tasks created" in first.stdout
    assert (
        "0 tasks created, 0 updated, 60 unchanged"
        in run("import", str(sample_path()), *data).stdout
    )
    cycles = json.loads(run("cycles", "--json", *data).stdout)
    assert sorted(len(found["tasks"]) for found in cycles["components"]) == [2, 4, 7]
    assert json.loads(run("status", "--json", *data).stdout)["tasks"]["total"] == 60
    assert run("export", str(out), *data).returncode == 0
    assert len(out.read_text().splitlines()) == 60
    again = ("--data-dir", str(tmp_path / "e"))
    assert "60 tasks created" in run("import", str(out), *again).stdout
    assert run("export", "-", *again).stdout == out.read_text()
