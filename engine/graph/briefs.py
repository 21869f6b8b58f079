"""Tasks as lists show them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from engine.errors import TaskNotFoundError
from engine.graph_views import TaskBrief
from engine.tasks import FINISHED

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

COLUMNS = "t.id, t.title, t.status, t.priority, t.project, t.assignee, t.created_at"
WANTED = "FROM json_each(?) AS wanted CROSS JOIN tasks AS t ON t.id = wanted.value"
"""CROSS JOIN: from the ids to their tasks, never the other way."""
FINISHED_SQL = ", ".join(f"'{status}'" for status in sorted(FINISHED))
"""The finished statuses as SQL has them."""


def brief(connection: sqlite3.Connection, task_id: str) -> TaskBrief:
    """One task; TaskNotFoundError when there is none."""
    found = briefs(connection, [task_id])
    if not found:
        raise TaskNotFoundError(task_id)
    return found[0]


def briefs(connection: sqlite3.Connection, ids: Iterable[str]) -> list[TaskBrief]:
    """Those of ``ids`` that exist, in the same order."""
    wanted = list(ids)
    rows = connection.execute(
        f"SELECT {COLUMNS} {WANTED}",
        (json.dumps(wanted),),
    )
    found = {row[0]: TaskBrief(*row) for row in rows}
    return [found[task_id] for task_id in wanted if task_id in found]


def unfinished(connection: sqlite3.Connection, ids: Iterable[str]) -> list[str]:
    """The unfinished among ``ids``."""
    rows = connection.execute(
        f"SELECT t.id {WANTED} WHERE t.status NOT IN ({FINISHED_SQL})",
        (json.dumps(list(ids)),),
    )
    return [row[0] for row in rows]
