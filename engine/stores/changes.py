"""Every way the truth changes, as functions inside the writer's transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import (
    InvalidInputError,
    TaskExistsError,
    TaskNotFoundError,
    VersionConflictError,
)
from engine.stores import rows
from engine.tasks import (
    BLOCKS,
    FINISHED,
    PARENT_CHILD,
    Link,
    Task,
    TaskDraft,
    check_fields,
    check_id,
    check_text,
    content_hash,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.clock import IdSource
    from engine.cycles.guard import CycleGuard
    from engine.database.writer import WriterConnection
    from engine.stores.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Change:
    """What all changes of one transaction share."""

    connection: WriterConnection
    outbox: Outbox
    guard: CycleGuard
    ids: IdSource
    now: float
    actor: str = ""
    reject_cycles: bool = True
    bulk: bool = False

    def get(self, task_id: str) -> Task:
        """One task; TaskNotFoundError when there is none."""
        row = self.connection.execute(
            f"SELECT {rows.TASK_COLUMNS} FROM tasks AS t WHERE id = ?", (task_id,)
        ).fetchone()
        if row is None:
            raise TaskNotFoundError(task_id)
        return rows.task(row)

    def _expected(self, task_id: str, version: int | None) -> Task:
        """The task; VersionConflictError when it is at another version than that one."""
        found = self.get(task_id)
        if version not in {None, found.version}:
            raise VersionConflictError(task_id, version or 0, found.version)
        return found

    def exists(self, task_id: str) -> bool:
        """Whether there is such a task."""
        found = self.connection.execute("SELECT 1 FROM tasks WHERE id = ?", (task_id,))
        return found.fetchone() is not None

    def _log(self, task_id: str, what: str) -> int:
        position = self.connection.execute(
            "INSERT INTO changes (task_id, what, actor, at) VALUES (?, ?, ?, ?)",
            (task_id, what, self.actor, self.now),
        ).lastrowid
        assert position is not None  # noqa: S101 - an INSERT always sets it
        self.outbox.many_changed(self.connection, position)
        return position

    def create(self, draft: TaskDraft) -> Task:
        """Store a new task with its links. Raises TaskError or InvalidInputError.

        CycleError also when links to it that dangled would close a cycle through it.
        """
        fields = check_fields(
            {
                "title": draft.title,
                "description": draft.description,
                "status": draft.status,
                "priority": draft.priority,
                "project": draft.project,
                "assignee": draft.assignee,
                "tags": draft.tags,
            }
        )
        task_id = check_id("id", draft.id) if draft.id else self._new_id()
        if self.exists(task_id):
            raise TaskExistsError(task_id)
        self._insert(task_id, fields, draft)
        self.guard.created(self.connection, task_id, reject=self.reject_cycles)
        self._log(task_id, "created")
        self.outbox.task_written(
            self.connection,
            task_id,
            created=True,
            text_changed=True,
            origin=self.actor,
            bulk=self.bulk,
        )
        for wanted in draft_links(task_id, draft):
            self.link(wanted)
        if self._is_target(task_id):  # links that dangled connect now
            self.outbox.linked(self.connection, task_id, self.actor, bulk=self.bulk)
        return self.get(task_id)

    def _new_id(self) -> str:
        length = 4
        while self.exists(candidate := self.ids.task_id(length)):
            length += 1  # a taken id means that this length is getting crowded
        return candidate

    def _is_target(self, task_id: str) -> bool:
        found = self.connection.execute("SELECT 1 FROM links WHERE target_id = ?", (task_id,))
        return found.fetchone() is not None

    def _insert(self, task_id: str, fields: Mapping[str, Any], draft: TaskDraft) -> None:
        created = self.now if draft.created_at is None else draft.created_at
        closed = draft.closed_at
        if closed is None and draft.status in FINISHED:
            closed = draft.updated_at or self.now
        self.connection.execute(
            "INSERT INTO tasks (id, title, description, status, priority, project, assignee, tags,"
            " created_at, updated_at, closed_at, content_hash, extra)"
            " VALUES (:id, :title, :description, :status, :priority, :project, :assignee, :tags,"
            " :created_at, :updated_at, :closed_at, :content_hash, :extra)",
            {
                **fields,
                "id": task_id,
                "tags": json.dumps(fields["tags"]),
                "created_at": created,
                "updated_at": draft.updated_at or created,
                "closed_at": closed,
                "content_hash": content_hash(draft.title, draft.description),
                "extra": json.dumps(dict(draft.extra), sort_keys=True),
            },
        )

    def update(
        self,
        task_id: str,
        changes: Mapping[str, object],
        expected_version: int | None = None,
        *,
        stamps: Mapping[str, object] | None = None,
    ) -> Task:
        """Change the named fields. Nothing is written when nothing differs.

        ``stamps`` sets columns that only an import may set: updated_at, closed_at, extra.
        """
        before = self._expected(task_id, expected_version)
        fields = check_fields(changes)
        parent = fields.pop("parent", None)
        differing = {n: v for n, v in fields.items() if getattr(before, n) != v}
        if differing or stamps:
            self._write_update(before, differing, dict(stamps or {}))
        if parent is not None and parent != before.parent:
            self._move(before, parent)
        return self.get(task_id)

    def _write_update(
        self, before: Task, differing: dict[str, Any], stamps: dict[str, object]
    ) -> None:
        title = differing.get("title", before.title)
        digest = content_hash(title, differing.get("description", before.description))
        columns: dict[str, object] = {**differing, "content_hash": digest, "updated_at": self.now}
        if "tags" in differing:
            columns["tags"] = json.dumps(differing["tags"])
        if "status" in differing:
            columns["closed_at"] = self.now if differing["status"] in FINISHED else None
        columns.update(stamps)
        self._set(before.id, columns)
        self._log(before.id, "updated")
        self.outbox.task_written(
            self.connection,
            before.id,
            created=False,
            text_changed=digest != before.content_hash,
            origin=self.actor,
            bulk=self.bulk,
        )

    def _set(self, task_id: str, columns: Mapping[str, object]) -> None:
        names = ", ".join(f"{name} = :{name}" for name in columns)
        self.connection.execute(
            f"UPDATE tasks SET {names}, version = version + 1 WHERE id = :id",
            {**columns, "id": task_id},
        )

    def _move(self, before: Task, parent: str) -> None:
        if before.parent:
            self.unlink(before.id, before.parent, PARENT_CHILD)
        if parent:
            self.link(Link(before.id, parent, PARENT_CHILD))
        self._set(before.id, {"updated_at": self.now})

    def delete(self, task_id: str, expected_version: int | None = None) -> Task:
        """Remove a task, the links out of it and those into it; returns what it was."""
        before = self._expected(task_id, expected_version)
        sources = self.connection.execute(
            "SELECT DISTINCT task_id FROM links WHERE target_id = ?", (task_id,)
        ).fetchall()
        self.connection.execute("DELETE FROM links WHERE target_id = ?", (task_id,))
        self.connection.execute("DELETE FROM tasks WHERE id = ?", (task_id,))
        self.guard.deleted(self.connection, task_id)
        self._log(task_id, "deleted")
        self.outbox.task_deleted(self.connection, task_id, self.actor)
        for (source,) in sources:
            self.outbox.linked(self.connection, source, self.actor)
        return before

    def link(self, wanted: Link) -> bool:
        """Store a link; False when it is there already. CycleError if it closes a cycle."""
        check_id("target", wanted.target_id)
        check_text("kind", wanted.kind, 50, required=True)
        if wanted.task_id == wanted.target_id:
            raise InvalidInputError(f"target: {wanted.task_id!r} can't be linked to itself")
        if not self.exists(wanted.task_id):
            raise TaskNotFoundError(wanted.task_id)
        if self.linked(wanted):
            return False
        if wanted.waits is not None:
            self.guard.linked(self.connection, wanted.waits, reject=self.reject_cycles)
        position = self._log(wanted.task_id, "linked")
        self.connection.execute(
            f"INSERT INTO links ({rows.LINK_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
            (
                wanted.task_id,
                wanted.target_id,
                wanted.kind,
                wanted.created_at or self.now,
                wanted.created_by or self.actor,
                position,
            ),
        )
        self.outbox.linked(self.connection, wanted.task_id, self.actor, bulk=self.bulk)
        return True

    def linked(self, wanted: Link) -> bool:
        """Whether that link is there."""
        return (
            self.connection.execute(
                "SELECT 1 FROM links WHERE task_id = ? AND target_id = ? AND kind = ?",
                (wanted.task_id, wanted.target_id, wanted.kind),
            ).fetchone()
            is not None
        )

    def links_out(self, task_id: str) -> list[Link]:
        """The links out of a task."""
        found = self.connection.execute(
            f"SELECT {rows.LINK_COLUMNS} FROM links WHERE task_id = ?", (task_id,)
        )
        return [rows.link(row) for row in found]

    def unlink(self, task_id: str, target_id: str, kind: str) -> bool:
        """Remove a link; False when there was none."""
        removed = self.connection.execute(
            "DELETE FROM links WHERE task_id = ? AND target_id = ? AND kind = ?",
            (task_id, target_id, kind),
        ).rowcount
        if removed:
            waits = Link(task_id, target_id, kind).waits
            if waits is not None:
                self.guard.unlinked(self.connection, waits)
            self._log(task_id, "unlinked")
            self.outbox.linked(self.connection, task_id, self.actor)
        return bool(removed)


def draft_links(task_id: str, draft: TaskDraft) -> Iterator[Link]:
    """The links a draft asks for, each once."""
    wanted = [Link(task_id, target, BLOCKS) for target in draft.depends_on]
    if draft.parent:
        wanted.insert(0, Link(task_id, draft.parent, PARENT_CHILD))
    wanted = [
        *(Link(task_id, k.target_id, k.kind, k.created_at, k.created_by) for k in draft.links),
        *wanted,
    ]
    seen: set[tuple[str, str]] = set()
    for link in wanted:
        if (link.target_id, link.kind) not in seen:
            seen.add((link.target_id, link.kind))
            yield link
