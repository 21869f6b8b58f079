"""The commands about the graph: the real program on a real data directory, no services running."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from vespera_tui.cli import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DRAFTS = [
    {"id": "top", "title": "Top \x1b[31m", "priority": 0},
    {"id": "a", "title": "A", "parent": "top", "project": "p"},
    {"id": "b", "title": "B", "parent": "top", "depends_on": ["a"], "priority": 1},
    {"id": "c", "title": "C", "depends_on": ["b"], "project": "p"},
    {"id": "x", "title": "X", "depends_on": ["y"], "status": "blocked"},
    {"id": "y", "title": "Y", "depends_on": ["x"], "status": "closed"},
]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    for name in [name for name in os.environ if name.startswith("VESPERA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    file = tmp_path / "tasks.jsonl"
    file.write_text("\n".join(map(json.dumps, DRAFTS)))

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(cli, ["--data-dir", str(tmp_path / "data"), *words])

    assert invoke("import", str(file)).exit_code == 0
    return invoke


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [(row.get("task") or row)["id"] for row in rows]


def test_ready_and_blocked_for_programs(call: Any) -> None:
    ready = answer(call("ready", "--json"))
    assert (ids(ready["tasks"]), ready["total"], ready["truncated"]) == (["a"], 1, False)
    blocked = answer(call("blocked", "--json", "-n", "2"))
    assert (ids(blocked["tasks"]), blocked["total"], blocked["truncated"]) == (
        ["top", "b"],
        4,
        True,
    )
    assert ids(answer(call("blocked", "--project", "p", "--json"))["tasks"]) == ["c"]
    assert ids(answer(call("ready", "--assignee", "", "--json"))["tasks"]) == ["a"]


def test_ready_and_blocked_for_people(call: Any) -> None:
    assert "A" in call("ready").stdout
    shown = call("blocked").output
    assert "  child a (open): A" in shown
    assert "  waits for b (open): B" in shown
    assert "in a cycle" in shown
    assert "\x1b" not in shown
    assert "no task is ready" in call("ready", "--project", "nothing").output


def test_claim_and_finish(call: Any) -> None:
    taken = answer(call("claim", "--actor", "ann", "--json"))
    assert (taken["id"], taken["assignee"], taken["status"]) == ("a", "ann", "in_progress")
    refused = call("claim", "a", "--actor", "bob")
    assert (refused.exit_code, "worked on by 'ann'" in refused.output) == (1, True)
    refused = call("claim", "--actor", "bob")
    assert (refused.exit_code, "no task is ready" in refused.output) == (1, True)
    done = answer(call("finish", "a", "--json"))
    assert ids(done["became_ready"]) == ["b"]
    assert "c" in call("finish", "b").output
    assert call("claim", "c", "--project", "p").exit_code == 2
    assert "c is in progress" in call("claim", "c", "--actor", "ann").output


def test_impact_and_blockers(call: Any) -> None:
    found = answer(call("impact", "a", "--json"))
    assert [(one["task"]["id"], one["distance"]) for one in found["found"]] == [
        ("b", 1),
        ("top", 1),
        ("c", 2),
    ]
    assert (found["total"], found["unfinished"], found["in_cycle"]) == (3, 3, False)
    assert "1 of 3 shown; --limit shows more" in call("impact", "a", "-n", "1").output
    assert "2 tasks, 2 of them unfinished" in call("blockers", "c").stdout
    assert "it waits for nothing" in call("blockers", "a").output
    assert "it waits for itself" in call("blockers", "x").output
    assert (call("impact", "nope").exit_code, call("impact").exit_code) == (1, 2)


def test_bottlenecks_and_critical_path(call: Any) -> None:
    assert ids(answer(call("bottlenecks", "--json"))["tasks"]) == ["a", "b"]
    assert "3" in call("bottlenecks").stdout
    path = answer(call("critical-path", "--json"))
    assert (ids(path["tasks"])[:2], path["length"]) == (["a", "b"], 3)
    assert "3 tasks one after the other" in call("critical-path").stdout
    assert answer(call("critical-path", "--project", "p", "--json"))["length"] == 1


def test_neighbours_and_hierarchy(call: Any) -> None:
    found = answer(call("neighbours", "b", "--json"))
    assert sorted(ids(found["nodes"])) == ["a", "c", "top"]
    assert len(found["edges"]) == 4
    assert "b -> a (blocks)" in call("neighbours", "b", "--depth", "2").stdout
    assert call("neighbours", "b", "--depth", "6").exit_code == 2
    tree = answer(call("hierarchy", "top", "--json"))
    assert (ids(tree["subtree"]), tree["by_status"]) == (["b", "a"], {"open": 2})
    shown = call("hierarchy", "a").stdout.splitlines()
    assert shown[0].startswith("above by 1: top (open) Top")
    assert shown[1] == "a (open) A"
    assert "2 tasks below: 2 open" in call("hierarchy", "top").stdout


def test_parity_names_what_is_missing(call: Any) -> None:
    result = call("parity")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert "nodes      0 of 6 current, 6 missing, 0 stale, 0 orphaned" in lines
    assert "  missing top" in lines
    assert "  missing c -> b (blocks)" in lines
    told = json.loads(call("parity", "--json").stdout)
    assert "missing a" in told["graph"]["nodes"]["examples"]
