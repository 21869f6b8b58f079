"""Removing links to break cycles, and putting them back, each in one transaction."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.cycles import records
from engine.errors import InvalidInputError
from engine.stores import rows
from engine.tasks import BLOCKS, ORDERING_KINDS, Link, check_choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.cycle_views import CutRecord
    from engine.stores.changes import Change

    Edge = tuple[str, str, str]


def apply(change: Change, component: int, edges: Sequence[Edge]) -> CutRecord:
    """Remove the links suggested for ``component``, or those named by ``edges``.

    With both, ``edges`` are the suggestion that somebody saw: it has to hold still. Raises
    InvalidInputError when it does not, there is no such component alive, or a link is not there;
    then nothing is removed.
    """
    if not component and not edges:
        raise InvalidInputError("cut: give the id of a cycle or the links to remove")
    suggested = _suggested(change, component) if component else []
    if component and not {*map(tuple, edges)} <= {*suggested}:
        now = ", ".join(f"{waiter} -> {waited_for}" for waiter, waited_for, _ in suggested)
        raise InvalidInputError(
            f"cut: the suggestion for cycle {component} changed meanwhile, to {now};"
            " look at it again"
        )
    links = [_link(change, edge) for edge in edges or suggested]
    for link in links:
        change.unlink(link.task_id, link.target_id, link.kind)
    kept = [[k.task_id, k.target_id, k.kind, k.created_at, k.created_by] for k in links]
    number = change.connection.execute(
        "INSERT INTO cycle_cuts (component, links, at, actor) VALUES (?, ?, ?, ?)",
        (component, json.dumps(kept), change.now, change.actor),
    ).lastrowid
    return _read(change, number or 0)


def _suggested(change: Change, component: int) -> list[Edge]:
    row = change.connection.execute(
        "SELECT cuts FROM cycles WHERE id = ? AND resolved_at IS NULL", (component,)
    ).fetchone()
    if row is None:
        raise InvalidInputError(
            f"cycle: none alive has the id {component}; `vespera-tui cycles` lists them"
        )
    return [(waiter, waited_for, kind) for waiter, waited_for, kind, _ in json.loads(row["cuts"])]


def _link(change: Change, edge: Edge) -> Link:
    """The stored link that makes the first wait for the second."""
    waiter, waited_for, kind = edge
    check_choice("kind", kind, tuple(sorted(ORDERING_KINDS)))
    ends = (waiter, waited_for) if kind == BLOCKS else (waited_for, waiter)
    row = change.connection.execute(
        f"SELECT {rows.LINK_COLUMNS} FROM links WHERE task_id = ? AND target_id = ? AND kind = ?",
        (*ends, kind),
    ).fetchone()
    if row is None:
        raise InvalidInputError(
            f"cut: {waiter!r} does not wait for {waited_for!r} by {kind} any more; check again"
        )
    return rows.link(row)


def undo(change: Change, cut_id: int) -> CutRecord:
    """Put the links back as they were, even though that brings the cycle back.

    Those that are there again are left alone. Raises InvalidInputError when there is no such cut or
    it was undone, TaskNotFoundError when the task that a link belongs to is gone.
    """
    row = change.connection.execute("SELECT * FROM cycle_cuts WHERE id = ?", (cut_id,)).fetchone()
    if row is None:
        raise InvalidInputError(
            f"cut: none has the id {cut_id}; `vespera-tui cycles history` lists them"
        )
    if row["undone_at"] is not None:
        raise InvalidInputError(f"cut: {cut_id} was undone already")
    keeping = replace(change, reject_cycles=False)  # what a person puts back is wanted
    for link in json.loads(row["links"]):
        keeping.link(Link(*link))
    change.connection.execute(
        "UPDATE cycle_cuts SET undone_at = ?, undone_by = ? WHERE id = ?",
        (change.now, change.actor, cut_id),
    )
    return _read(change, cut_id)


def _read(change: Change, cut_id: int) -> CutRecord:
    row = change.connection.execute("SELECT * FROM cycle_cuts WHERE id = ?", (cut_id,)).fetchone()
    return records.cut(row)
