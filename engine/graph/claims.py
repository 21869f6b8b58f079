"""Taking a task and finishing it, inside the transaction that changes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from engine.errors import AlreadyClaimedError, InvalidInputError, NotReadyError
from engine.graph.briefs import briefs
from engine.graph.reach import WAITERS
from engine.graph.readiness import Wanted, best_ready, explained, ready_among
from engine.graph_views import BlockedTask, Finished
from engine.tasks import FINISHED, check_text

if TYPE_CHECKING:
    from engine.stores.changes import Change
    from engine.tasks import Task

NAMED = 3
"""Blockers that a refusal names."""


def claim(change: Change, task_id: str | None, project: str | None, actor: str) -> Task:
    """Give a task, or without one the best that is ready, to ``actor``, and start it.

    Raises AlreadyClaimedError, NotReadyError, TaskNotFoundError, and InvalidInputError for an
    actor without a name.
    """
    check_text("actor", actor, 200, required=True)
    chosen = _next(change, project, actor) if task_id is None else _check(change, task_id, actor)
    return change.update(chosen, {"status": "in_progress", "assignee": actor})


def _next(change: Change, project: str | None, actor: str) -> str:
    for assignee in (actor, ""):  # what was meant for them comes first
        if found := best_ready(
            change.connection, Wanted(project, assignee), acyclic=change.guard.acyclic
        ):
            return found
    where = "" if project is None else f" in the project {project!r}"
    raise NotReadyError(f"no task is ready{where} for {actor!r}: see what is blocked, and by what")


def _check(change: Change, task_id: str, actor: str) -> str:
    task = change.get(task_id)
    if task.status == "in_progress":
        by = f"by {task.assignee!r}" if task.assignee else "already"
        raise AlreadyClaimedError(f"task {task_id!r} is worked on {by}; claim another")
    if task.status == "open" and task.assignee not in {"", actor}:
        raise AlreadyClaimedError(
            f"task {task_id!r} is assigned to {task.assignee!r}; claim another, or reassign it"
        )
    if task.status != "open":
        raise NotReadyError(f"task {task_id!r} is {task.status}; only an open task can be claimed")
    if not ready_among(change.connection, [task_id], acyclic=change.guard.acyclic):
        (why,) = explained(change.connection, [task_id])
        raise NotReadyError(f"task {task_id!r} is not ready: {_reason(why)}")
    return task_id


def _reason(why: BlockedTask) -> str:
    if not why.waits_for_total:
        return "it is in a cycle; see the suggested cut"
    named = ", ".join(repr(one.id) for one in why.waits_for[:NAMED])
    more = why.waits_for_total - NAMED
    return f"it waits for {named}{f' and {more:,} more' if more > 0 else ''}"


def finish(
    change: Change, task_id: str, status: str, expected_version: int | None = None
) -> Finished:
    """Set a finished status; what became ready by that.

    Raises TaskNotFoundError, VersionConflictError.
    """
    if status not in FINISHED:
        allowed = ", ".join(sorted(FINISHED))
        raise InvalidInputError(f"status: {status!r} is not one of {allowed}")
    was_finished = change.get(task_id).status in FINISHED
    task = change.update(task_id, {"status": status}, expected_version)
    if was_finished:
        return Finished(task)
    rows = change.connection.execute(WAITERS, {"front": json.dumps([task_id])})
    waiters = [waiter for _, waiter in rows]
    became = ready_among(change.connection, waiters, acyclic=change.guard.acyclic)
    return Finished(task, tuple(briefs(change.connection, became)))
