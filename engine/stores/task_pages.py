"""A part of the list of tasks: filtered, sorted and counted by SQL, whatever its length."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from engine.errors import InvalidInputError
from engine.graph.briefs import COLUMNS, FINISHED_SQL
from engine.graph.readiness import Wanted, explained, ready_among, ready_ids
from engine.graph_views import TaskBrief
from engine.task_views import LARGEST_PAGE, READINESS, SORTS, TaskRow, TasksPage
from engine.tasks import STATUSES, check_choice

if TYPE_CHECKING:
    import sqlite3

    from engine.task_views import TasksQuery

OPEN = frozenset({"open", "blocked"})
"""Statuses of tasks that are ready or blocked."""


def page(connection: sqlite3.Connection, query: TasksQuery) -> TasksPage:
    """The part that ``query`` asks for. Raises InvalidInputError for what can't be asked."""
    _check(query)
    condition, values = _condition(connection, query)
    total = connection.execute(f"SELECT count(*) FROM tasks AS t WHERE {condition}", values)
    found = connection.execute(
        f"SELECT {COLUMNS} FROM tasks AS t WHERE {condition} ORDER BY {_order(query)}"
        " LIMIT ? OFFSET ?",
        (*values, *_place(query), query.limit, query.offset),
    )
    tasks = [TaskBrief(*row) for row in found]
    return TasksPage(_rows(connection, tasks), total.fetchone()[0], query.offset)


def _check(query: TasksQuery) -> None:
    if query.status is not None:
        check_choice("status", query.status, STATUSES)
    if query.readiness is not None:
        check_choice("readiness", query.readiness, READINESS)
    if query.sort:
        check_choice("sort", query.sort, SORTS)
    if not 1 <= query.limit <= LARGEST_PAGE:
        raise InvalidInputError(f"limit: {query.limit} is not from 1 to {LARGEST_PAGE:,}")
    if query.offset < 0:
        raise InvalidInputError(f"offset: {query.offset} is less than 0")


def _condition(connection: sqlite3.Connection, query: TasksQuery) -> tuple[str, list[object]]:
    terms, values = ["1"], list[object]()
    for name in ("status", "project", "assignee"):
        if (value := getattr(query, name)) is not None:
            terms.append(f"t.{name} = ?")
            values.append(value)
    if query.tag is not None:
        terms.append("EXISTS (SELECT 1 FROM json_each(t.tags) WHERE value = ?)")
        values.append(query.tag)
    if query.ids is not None:
        terms.append("t.id IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(query.ids))
    if query.id_begins is not None:
        terms.append("substr(t.id, 1, length(?)) = ? COLLATE NOCASE")
        values += (query.id_begins, query.id_begins)
    if query.readiness is not None:
        blocked = query.readiness == "blocked"
        among = "t.status IN ('open', 'blocked') AND NOT" if blocked else ""
        terms.append(f"{among} t.id IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(ready_ids(connection, Wanted(query.project, query.assignee))))
    return " AND ".join(terms), values


def _order(query: TasksQuery) -> str:
    way = "DESC" if query.descending else "ASC"
    if query.sort:
        column = f"{query.sort}_at" if query.sort in {"created", "updated"} else query.sort
        return f"t.{column} {way}, t.id {way}"
    if query.ids is not None:
        return f"(SELECT key FROM json_each(?) WHERE value = t.id) {way}"
    finished = f"(t.status IN ({FINISHED_SQL}))"
    return f"{finished} {way}, t.priority {way}, t.created_at {way}, t.id {way}"


def _place(query: TasksQuery) -> tuple[object, ...]:
    """The values of :func:`_order`."""
    return () if query.sort or query.ids is None else (json.dumps(query.ids),)


def _rows(connection: sqlite3.Connection, tasks: list[TaskBrief]) -> tuple[TaskRow, ...]:
    """``tasks`` with what can be started of them, and how much the others wait for."""
    open_ids = [task.id for task in tasks if task.status in OPEN]
    free = set(ready_among(connection, open_ids))
    kept = {
        each.task.id: each.waits_for_total
        for each in explained(connection, [task_id for task_id in open_ids if task_id not in free])
    }
    return tuple(
        TaskRow(
            task,
            "ready" if task.id in free else ("blocked" if task.id in kept else ""),
            kept.get(task.id, 0),
        )
        for task in tasks
    )
