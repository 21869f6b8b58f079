"""Rows of the tables of truth as values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from engine.tasks import Link, Task

if TYPE_CHECKING:
    import sqlite3

TASK_COLUMNS = """t.id, t.title, t.description, t.status, t.priority, t.project, t.assignee, t.tags,
    t.created_at, t.updated_at, t.closed_at, t.version, t.content_hash, t.extra,
    (SELECT target_id FROM links WHERE task_id = t.id AND kind = 'parent-child'
     ORDER BY version LIMIT 1) AS parent"""
LINK_COLUMNS = "task_id, target_id, kind, created_at, created_by, version"


def task(row: sqlite3.Row) -> Task:
    """A row selected by :data:`TASK_COLUMNS`."""
    return Task(
        id=row["id"],
        title=row["title"],
        description=row["description"],
        status=row["status"],
        priority=row["priority"],
        project=row["project"],
        assignee=row["assignee"],
        tags=tuple(json.loads(row["tags"])),
        parent=row["parent"] or "",
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        closed_at=row["closed_at"],
        version=row["version"],
        content_hash=row["content_hash"],
        extra=json.loads(row["extra"]),
    )


def link(row: sqlite3.Row) -> Link:
    """A row selected by :data:`LINK_COLUMNS`."""
    return Link(**{name: row[name] for name in LINK_COLUMNS.split(", ")})
