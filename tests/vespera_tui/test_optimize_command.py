"""`vespera-tui optimize` on a real store."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from vespera_tui.cli import cli

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in [name for name in os.environ if name.startswith("VESPERA_")]:
        monkeypatch.delenv(name)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["--data-dir", str(tmp_path / "data"), *arguments])

    return invoke


@pytest.fixture
def wasteful(tmp_path: Path, call: Any) -> Path:
    """A store with 4 MB of free pages."""
    assert call("optimize", "--history").exit_code == 0
    path = tmp_path / "data" / "vespera.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO meta VALUES ('noise', ?)", (os.urandom(4_000_000),))
        connection.commit()
        connection.execute("DELETE FROM meta WHERE key = 'noise'")
        connection.commit()
    return path


def test_a_fresh_store_has_nothing_to_do(call: Any) -> None:
    result = call("optimize", "--json")
    assert result.exit_code == 0, result.output
    runs = json.loads(result.stdout)
    assert [(run["store"], run["result"]) for run in runs] == [
        (store, "nothing to do") for store in ("sqlite", "chroma", "kuzu")
    ]


def test_before_and_after_are_shown_and_kept(call: Any, wasteful: Path) -> None:
    planned = call("optimize", "--store", "sqlite", "--dry-run")
    assert planned.exit_code == 0
    assert "would do incremental vacuum: " in planned.stdout
    assert wasteful.stat().st_size > 4_000_000
    assert "never optimised" in call("optimize", "--history").stderr
    done = call("optimize", "--store", "sqlite")
    assert done.exit_code == 0
    assert "did incremental vacuum: " in done.stdout
    assert "before" in done.stdout
    assert wasteful.stat().st_size < 1_000_000
    history = call("optimize", "--history").stdout
    assert "MB smaller" in history
    (kept,) = json.loads(call("optimize", "--history", "--json").stdout)
    assert kept["before"]["free_pages"] > 900
    assert kept["after"]["free_pages"] == 0
    assert "optimised  sqlite" in call("status").stdout
    assert "nothing to do" in call("optimize", "--store", "sqlite").stdout


def test_damage_is_told_and_nothing_is_changed(call: Any, wasteful: Path) -> None:
    with closing(sqlite3.connect(wasteful)) as connection:
        sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'tasks_by_order'"
        ((page,),) = connection.execute(sql)
    with wasteful.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 500)
    result = call("optimize", "--store", "sqlite")
    assert result.exit_code == 1
    assert "sqlite is damaged: " in result.stderr
    assert wasteful.stat().st_size > 4_000_000
    alerts = json.loads(call("alerts", "list", "--json").stdout)
    assert [alert["severity"] for alert in alerts if alert["id"] == "damage.sqlite"] == ["critical"]


def test_a_history_is_not_of_a_store(call: Any) -> None:
    result = call("optimize", "--history", "--store", "kuzu")
    assert result.exit_code == 2
    assert "--history goes without" in result.stderr
