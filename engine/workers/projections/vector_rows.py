"""A vector's metadata: what it belongs to, and the fields of the task that queries filter by."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.workers.projections.editions import Edition

PAGE = 500
NOTES = ("version", "status", "priority", "project", "assignee", "updated_at")
"""What is noted of a task beside its vector, and its tags."""


def rows(edition: Edition, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Metadata by id, of those that have a vector."""
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(ids), PAGE):
        found |= _page(edition, ids=list(ids[start : start + PAGE]))
    return found


def all_rows(edition: Edition) -> dict[str, dict[str, Any]]:
    """Metadata by id, of all; read a page at a time."""
    found: dict[str, dict[str, Any]] = {}
    while page := _page(edition, limit=PAGE, offset=len(found)):
        found |= page
    return found


def _page(edition: Edition, **which: Any) -> dict[str, dict[str, Any]]:
    page = edition.collection.get(include=["metadatas"], **which)
    # a foreign record has none: stale, so that it is written anew
    pairs = zip(page["ids"], page["metadatas"], strict=True)
    return {task_id: dict(row or {}) for task_id, row in pairs}


def mark(row: Mapping[str, Any]) -> list[str]:
    """``[hash, model]``: what a vector belongs to."""
    return [str(row.get("hash", "")), str(row.get("model", ""))]


def noted(task: Mapping[str, Any] | None) -> dict[str, Any]:
    """A task as metadata. None takes a field away: Chroma keeps no empty list."""
    if task is None:
        return {}
    return {**{name: task[name] for name in NOTES}, "tags": json.loads(task["tags"]) or None}


def out_of_step(
    found: Mapping[str, Mapping[str, Any]], notes: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """Those whose metadata is of another version of the task."""
    known = ((i, row.get("version")) for i, row in found.items() if i in notes)
    return [task_id for task_id, version in known if version != notes[task_id]["version"]]


def where(wanted: Mapping[str, Any]) -> dict[str, Any] | None:
    """``wanted`` (field and value; ``tag`` is one of the tags) in Chroma's syntax."""
    terms: list[dict[str, Any]] = [
        {"tags": {"$contains": value}} if name == "tag" else {name: value}
        for name, value in wanted.items()
    ]
    return {"$and": terms} if len(terms) > 1 else (terms[0] if terms else None)
