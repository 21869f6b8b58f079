"""Bringing drafts from a file into the store: create, update or leave alone; no link is lost."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from engine.errors import InvalidInputError, TaskError
from engine.stores.changes import Change, draft_links

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.tasks import Task, TaskDraft

COMPARED = ("title", "description", "status", "priority", "project", "assignee", "tags")


@dataclass(slots=True)
class Tally:
    """What an import did so far."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    links: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)

    def __iadd__(self, other: Tally) -> Self:
        """Count ``other`` in."""
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.links += other.links
        self.errors += other.errors
        return self


def bring_in(change: Change, drafts: Sequence[tuple[int, TaskDraft]]) -> Tally:
    """Store the drafts; one that can't be stored is told by its line, the rest goes in."""
    tally = Tally()
    for line, draft in drafts:
        try:
            with change.connection.savepoint():
                _bring_in_one(change, draft, tally)
        except (InvalidInputError, TaskError) as error:
            tally.errors.append((line, str(error)))
    return tally


def _bring_in_one(change: Change, draft: TaskDraft, tally: Tally) -> None:
    if not draft.id or not change.exists(draft.id):
        created = change.create(draft)
        tally.created += 1
        tally.links += sum(1 for _ in draft_links(created.id, draft))
        return
    before = change.get(draft.id)
    differs = _differs(before, draft)
    added = sum(change.link(link) for link in draft_links(draft.id, draft))
    tally.links += added
    if differs:
        _update(change, before, draft)
    if differs or added:
        tally.updated += 1
    else:
        tally.unchanged += 1


def _differs(before: Task, draft: TaskDraft) -> bool:
    same = all(getattr(before, name) == getattr(draft, name) for name in COMPARED)
    return not same or json.dumps(before.extra, sort_keys=True) != json.dumps(
        dict(draft.extra), sort_keys=True
    )


def _update(change: Change, before: Task, draft: TaskDraft) -> None:
    stamps: dict[str, object] = {
        "extra": json.dumps(dict(draft.extra), sort_keys=True),
        "updated_at": draft.updated_at or change.now,
    }
    if draft.closed_at is not None:
        stamps["closed_at"] = draft.closed_at
    fields = {name: getattr(draft, name) for name in COMPARED}
    change.update(before.id, fields, stamps=stamps)
