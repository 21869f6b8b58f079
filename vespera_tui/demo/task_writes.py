"""The calls that change tasks; each change has its effect on the board."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import (
    AlreadyClaimedError,
    CycleError,
    NotReadyError,
    VersionConflictError,
)
from engine.graph_views import Finished
from engine.tasks import BLOCKS, Link, Task, check_fields
from vespera_tui.demo.board import brief
from vespera_tui.demo.task_reads import TaskReads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.tasks import TaskDraft
    from vespera_tui.demo.activity import Activity


class TaskWrites(TaskReads):
    """What is changed stays so for as long as the demonstration runs."""

    # ruff: noqa: D102, ARG002 - EngineAPI says what the calls are for, and has the arguments

    activity: Activity

    async def create_task(
        self, draft: TaskDraft, *, actor: str = "", idempotency_key: str = ""
    ) -> Task:
        fields = check_fields(
            {
                name: getattr(draft, name)
                for name in ("title", "description", "status", "priority", "project", "assignee",
                             "tags", "parent")
            }
        )  # fmt: skip
        number, now = len(self.board.tasks), self.activity.now
        while (task_id := draft.id or f"bd-n{number}") in self.board.tasks:
            number += 1
        task = Task(task_id, created_at=now, updated_at=now, **fields)
        self.board.tasks[task_id] = task
        self.board.links += [Link(task_id, link.target_id, link.kind) for link in draft.links]
        self.activity.happened("task.created", task_id, actor, task.title)
        return task

    async def update_task(
        self,
        task_id: str,
        changes: Mapping[str, object],
        *,
        expected_version: int | None = None,
        actor: str = "",
        idempotency_key: str = "",
    ) -> Task:
        before, fields = await self._expected(task_id, expected_version), check_fields(changes)
        self.activity.happened("task.updated", task_id, actor, before.title)
        return self.board.change(task_id, self.activity.now, **fields)

    async def delete_task(
        self,
        task_id: str,
        *,
        expected_version: int | None = None,
        actor: str = "",
        idempotency_key: str = "",
    ) -> Task:
        task = await self._expected(task_id, expected_version)
        gone = self.board.of(task_id)
        del self.board.tasks[task_id]
        self.board.links = [link for link in self.board.links if link not in gone]
        self.activity.happened("task.deleted", task_id, actor, task.title)
        return task

    async def _expected(self, task_id: str, version: int | None) -> Task:
        task = await self.get_task(task_id)
        if version not in {None, task.version}:
            raise VersionConflictError(task_id, version or 0, task.version)
        return task

    async def add_dependency(
        self,
        task_id: str,
        target_id: str,
        *,
        kind: str = BLOCKS,
        actor: str = "",
        idempotency_key: str = "",
    ) -> bool:
        await self.get_task(task_id)
        await self.get_task(target_id)
        if any(_ends(each) == (task_id, target_id, kind) for each in self.board.links):
            return False
        if way := self.board.way(target_id, task_id):
            raise CycleError([task_id, *way])
        self.board.links.append(Link(task_id, target_id, kind, self.activity.now, actor))
        self.activity.happened("task.linked", task_id, actor, target_id)
        return True

    async def remove_dependency(
        self,
        task_id: str,
        target_id: str,
        *,
        kind: str = BLOCKS,
        actor: str = "",
        idempotency_key: str = "",
    ) -> bool:
        before, gone = len(self.board.links), (task_id, target_id, kind)
        self.board.links = [each for each in self.board.links if _ends(each) != gone]
        self.activity.happened("task.unlinked", task_id, actor, target_id)
        return len(self.board.links) < before

    async def claim_task(
        self,
        task_id: str | None = None,
        *,
        project: str | None = None,
        actor: str,
        idempotency_key: str = "",
    ) -> Task:
        task = await self.get_task(task_id or "")
        if task.status == "in_progress":
            raise AlreadyClaimedError(f"{task.id} is with {task.assignee or 'somebody'}")
        if self.board.rows()[task.id].readiness != "ready":
            raise NotReadyError(f"{task.id} is {task.status} and waits for others")
        self.activity.happened("task.claimed", task.id, actor, task.title)
        fields = {"status": "in_progress", "assignee": actor}
        return self.board.change(task.id, self.activity.now, **fields)

    async def finish_task(
        self,
        task_id: str,
        *,
        status: str = "closed",
        expected_version: int | None = None,
        actor: str = "",
        idempotency_key: str = "",
    ) -> Finished:
        waiting = [
            self.board.tasks[link.task_id]
            for link in await self.get_links(task_id)
            if link.target_id == task_id and link.task_id in self.board.tasks
        ]
        task = await self.update_task(
            task_id, {"status": status}, expected_version=expected_version, actor=actor
        )
        rows = self.board.rows()
        ready = [each for each in waiting if rows[each.id].readiness == "ready"]
        return Finished(task, tuple(map(brief, ready)))


def _ends(link: Link) -> tuple[str, str, str]:
    return link.task_id, link.target_id, link.kind
