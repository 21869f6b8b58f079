"""Bringing drafts from a file into the store: create, update or leave alone; no link is lost."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from engine.errors import InvalidInputError, TaskError
from engine.snapshots import ImportChange
from engine.stores.changes import Change, draft_links

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.tasks import Link, Task, TaskDraft

COMPARED = ("title", "description", "status", "priority", "project", "assignee", "tags")
NUMBERED = frozenset({"taskmaster", "backlog"})
"""Formats that number the tasks of each project from one, so that ids of two projects are alike."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How to bring in."""

    dry_run: bool = False
    """Only tell what would happen."""
    moved: bool = False
    """A task may come from another file than before."""


USUAL = Manner()


@dataclass(slots=True)
class Tally:
    """What an import did so far."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    links: int = 0
    changes: list[ImportChange] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)

    def __iadd__(self, other: Tally) -> Self:
        """Count ``other`` in."""
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.links += other.links
        self.changes += other.changes
        self.errors += other.errors
        return self


def bring_in(
    change: Change, drafts: Sequence[tuple[int, TaskDraft]], manner: Manner = USUAL
) -> Tally:
    """Store the drafts; one that can't be stored is told by its number, the rest goes in."""
    tally = Tally()
    for number, draft in drafts:
        try:
            with change.connection.savepoint():
                _bring_in_one(change, draft, tally, manner)
        except (InvalidInputError, TaskError) as error:
            tally.errors.append((number, str(error)))
    return tally


def _bring_in_one(change: Change, draft: TaskDraft, tally: Tally, manner: Manner) -> None:
    if not draft.id or not change.exists(draft.id):
        _create(change, draft, tally, manner)
        return
    before = change.get(draft.id)
    if not manner.moved:
        _check_origin(before, draft)
    fields = _differing(before, draft)
    wanted = list(draft_links(draft.id, draft))
    added = [link for link in wanted if not change.linked(link)]
    gone = _gone(change, draft, wanted)
    if not manner.dry_run:
        for link in added:
            change.link(link)
        for link in gone:
            change.unlink(link.task_id, link.target_id, link.kind)
        if fields:
            _update(change, before, draft)
    tally.links += len(added)
    what = (*fields, *(["links"] if added or gone else []))
    if what:
        tally.updated += 1
        tally.changes.append(ImportChange(draft.id, draft.title, "updated", what))
    else:
        tally.unchanged += 1


def _create(change: Change, draft: TaskDraft, tally: Tally, manner: Manner) -> None:
    task_id = draft.id
    if not manner.dry_run:
        task_id = change.create(draft).id
    tally.created += 1
    tally.links += sum(1 for _ in draft_links(task_id, draft))
    tally.changes.append(ImportChange(task_id, draft.title, "created"))


def origin_of(extra: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where a task was imported from; empty if it was not, or from a file that says no more."""
    origin = extra.get("origin")
    return origin if isinstance(origin, dict) else {}


def _check_origin(before: Task, draft: TaskDraft) -> None:
    """Refuse to make one task of two that only happen to have the same number."""
    old, new = origin_of(before.extra), origin_of(draft.extra)
    if new.get("format") not in NUMBERED or old.get("source") == new.get("source"):
        return
    where = repr(old["source"]) if old.get("source") else "elsewhere"
    raise InvalidInputError(
        f"id: {draft.id!r} is the task {before.title[:60]!r} from {where};"
        " keep the two apart with --prefix NAME, or say --moved if it is the same project"
    )


def _gone(change: Change, draft: TaskDraft, wanted: Sequence[Link]) -> list[Link]:
    """Links that an import from the same format made, and that the file no longer has."""
    made_by = origin_of(draft.extra).get("format")
    if not made_by:
        return []
    now = {(link.target_id, link.kind) for link in wanted}
    return [
        link
        for link in change.links_out(draft.id)
        if link.created_by == made_by and (link.target_id, link.kind) not in now
    ]


def _differing(before: Task, draft: TaskDraft) -> tuple[str, ...]:
    fields = [name for name in COMPARED if getattr(before, name) != getattr(draft, name)]
    if _dumped(before.extra) != _dumped(draft.extra):
        fields.append("extra")
    return tuple(fields)


def _dumped(extra: Mapping[str, Any]) -> str:
    return json.dumps(dict(extra), sort_keys=True)


def _update(change: Change, before: Task, draft: TaskDraft) -> None:
    stamps: dict[str, object] = {
        "extra": _dumped(draft.extra),
        "updated_at": draft.updated_at or change.now,
    }
    if draft.closed_at is not None:
        stamps["closed_at"] = draft.closed_at
    fields = {name: getattr(draft, name) for name in COMPARED}
    change.update(before.id, fields, stamps=stamps)
