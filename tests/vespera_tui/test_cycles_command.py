"""``cycles``: on real stores, from the list over the cut to its undoing."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from engine.host.opening import open_engine
from engine.service_config import ServiceConfiguration
from engine.tasks import TaskDraft
from vespera_tui.cli import cli
from vespera_tui.commands import cycles

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    async def fill() -> None:
        ring = zip(["a", "b", "c"], ["b", "c", "a"], strict=True)
        drafts = [(1, TaskDraft(name, id=name, depends_on=(to,))) for name, to in ring]
        config = ServiceConfiguration(data_dir=tmp_path / "d")
        async with open_engine(config, services=False) as engine:
            await engine.import_drafts(drafts, actor="agent-7")

    asyncio.run(fill())
    return tmp_path / "d"


@pytest.fixture
def call(data: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("USER", "ann")

    def invoke(*arguments: str, **options: str) -> Result:
        return CliRunner().invoke(cli, ["--data-dir", str(data), "cycles", *arguments], **options)

    return invoke


def test_a_cycle_is_listed_cut_and_brought_back(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = call()
    assert listed.stdout.startswith(
        "1 cycles among 3 links that order tasks\n1: 3 tasks, 1 cycle, "
    )
    assert ": a -> b -> c -> a\n" in listed.stdout
    assert "breaks 1 of 1 cycle, frees 3 of 3 tasks; added today by agent-7" in listed.stdout

    unasked = call("cut", "1")
    assert unasked.exit_code == 2
    assert "add --yes" in unasked.stderr
    monkeypatch.setattr(cycles, "sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True)))
    assert "nothing was removed" in call("cut", "1", input="n\n").stderr
    done = call("cut", "1", input="y\n")
    assert (done.exit_code, done.stdout.split()[0]) == (0, "removed")
    assert "frees 3 of 3 tasks" in done.stderr
    assert "0 cycles left; vespera-tui cycles undo 1" in done.stderr

    shown = call("history").stdout
    assert "a -> b -> c -> a" in shown
    assert "ann" in shown
    assert call("undo", "1").stdout.startswith("restored ")
    assert len(json.loads(call("--json").stdout)["components"]) == 1
    told = json.loads(call("history", "--json").stdout)
    assert [life["resolved_at"] is None for life in told["cycles"]] == [True, False]
    assert [(cut["actor"], cut["undone_by"]) for cut in told["cuts"]] == [("ann", "ann")]


def test_what_is_not_there_is_said(call: Any) -> None:
    none = call("history")
    assert (none.exit_code, none.stdout) == (0, "")
    assert "no cycle was ever found" in none.stderr
    missing = call("cut", "9")
    assert missing.exit_code == 1
    assert "no cycle alive has the id 9" in missing.stderr
    assert "cycle: none alive has the id 9" in call("cut", "9", "--yes").stderr
    undo = call("undo", "9")
    assert undo.exit_code == 2
    assert "cut: none has the id 9" in undo.stderr
    assert call("cut", "x").exit_code == 2
