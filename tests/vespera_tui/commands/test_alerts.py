"""Alerts on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.vespera_tui.commands.past import ESCAPE, write
from vespera_tui.commands.tables import moment

if TYPE_CHECKING:
    from pathlib import Path


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
