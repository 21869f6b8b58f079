"""Files of the issue tracker beads."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from engine.exchange.format import read_file
from engine.tasks import Link

REAL = Path(__file__).parents[4] / "shared" / "data" / "beads_issues.jsonl"
ISSUE = {
    "id": "bd-1",
    "title": "T",
    "status": "hooked",
    "priority": 1,
    "issue_type": "bug",
    "labels": ["x"],
    "created_at": "2026-02-27T10:00:00.123456789-08:00",
    "updated_at": "2026-02-27T19:00:00Z",
    "close_reason": "done",
    "dependencies": [
        {
            "issue_id": "bd-1",
            "depends_on_id": "bd-2",
            "type": "discovered-from",
            "created_at": "2026-02-27T18:00:00Z",
            "created_by": "mayor",
            "metadata": '{"gate": 1}',
        }
    ],
}


def read(tmp_path: Path, *issues: dict[str, object], name: str = "auto") -> list[object]:
    path = tmp_path / "issues.jsonl"
    path.write_text("\n".join(map(json.dumps, issues)))
    parsed = read_file(path, name)
    assert parsed.format == "beads"
    return [*(draft for _, draft in parsed.drafts), *parsed.errors]


def test_an_issue_becomes_a_task_and_nothing_is_lost(tmp_path: Path) -> None:
    (draft,) = read(tmp_path, ISSUE)
    assert (draft.status, draft.priority, draft.tags) == ("in_progress", 1, ("x",))
    assert draft.created_at == pytest.approx(1772215200.123456)
    assert draft.links == (Link("", "bd-2", "discovered-from", 1772215200.0, "mayor"),)
    assert draft.extra["beads"] == {
        "issue_type": "bug",
        "close_reason": "done",
        "status": "hooked",
        "created_at": ISSUE["created_at"],
        "dependencies": ISSUE["dependencies"],
    }
    assert draft.extra["origin"] == {
        "format": "beads",
        "id": "bd-1",
        "source": str(tmp_path / "issues.jsonl"),
    }


@pytest.mark.parametrize(
    ("given", "here"), [("pinned", "open"), ("closed", "closed"), ("tombstone", "cancelled")]
)
def test_statuses_are_translated(tmp_path: Path, given: str, here: str) -> None:
    (draft,) = read(tmp_path, ISSUE | {"status": given})
    assert draft.status == here
    assert draft.extra["beads"].get("status", given) == given


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"status": "lost"}, "status: 'lost' is not one of open"),
        ({"id": None}, "id: expected text"),
        ({"title": None}, "title: missing"),
        ({"labels": "x"}, "tags: expected a list"),
        ({"dependencies": {}}, "dependencies: expected a list"),
        ({"dependencies": [{"depends_on_id": "a"}]}, "dependencies: type: expected text"),
        ({"dependencies": [{"issue_id": "z"}]}, "issue_id 'z' is not that of this issue"),
    ],
)
def test_a_bad_issue_is_named(tmp_path: Path, change: dict[str, object], message: str) -> None:
    draft, (line, found) = read(tmp_path, ISSUE | {"id": "ok"} | NO_LINKS, ISSUE | change)
    assert draft.id == "ok"
    assert line == 2
    assert message in found


NO_LINKS: dict[str, object] = {"dependencies": None}


def test_the_format_can_be_named(tmp_path: Path) -> None:
    (draft,) = read(tmp_path, {"id": "a", "title": "b"}, name="beads")
    assert (draft.id, draft.title) == ("a", "b")


@pytest.mark.skipif(not REAL.exists(), reason="the real tracker's file is not on this machine")
def test_a_real_tracker_is_read_whole() -> None:
    parsed = read_file(REAL)
    kinds = Counter(link.kind for _, draft in parsed.drafts for link in draft.links)
    assert (parsed.format, len(parsed.drafts), parsed.errors) == ("beads", 704, ())
    assert kinds == {"blocks": 377, "parent-child": 359, "discovered-from": 7, "tracks": 2}
    ids = {draft.id for _, draft in parsed.drafts}
    there = Counter(
        link.kind for _, draft in parsed.drafts for link in draft.links if link.target_id in ids
    )
    assert (there["blocks"], there["parent-child"]) == (356, 354)
    assert kinds.total() - there.total() == 30
