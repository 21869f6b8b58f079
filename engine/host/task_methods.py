"""What the engine in this process does with tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.stores.idempotency import idempotent
from engine.stores.importing import Manner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from engine.background_services import BackgroundServiceManager
    from engine.snapshots import ImportReport
    from engine.stores.tasks import TaskStore
    from engine.tasks import Link, Task, TaskDraft


class TaskMethods:
    """The part of :class:`engine.api.EngineAPI` about tasks and links."""

    manager: BackgroundServiceManager

    @property
    def _tasks(self) -> TaskStore:
        return self.manager.context.tasks

    @idempotent
    async def create_task(
        self, draft: TaskDraft, *, actor: str = "", idempotency_key: str = ""
    ) -> Task:
        """Store a task and the operations it causes, in one transaction."""
        task = await self._tasks.create(draft, actor)
        self.manager.events.add("task.created", task.id, actor=actor, message=task.title)
        return task

    async def get_task(self, task_id: str) -> Task:
        """One task; TaskNotFoundError when there is none."""
        return await self._tasks.get(task_id)

    async def get_links(self, task_id: str) -> list[Link]:
        """All links out of and into a task."""
        return await self._tasks.links(task_id)

    async def list_tasks(
        self,
        *,
        status: str | None = None,
        project: str | None = None,
        assignee: str | None = None,
        tag: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Task]:
        """Tasks by priority, then age."""
        return await self._tasks.page(
            status=status, project=project, assignee=assignee, tag=tag, limit=limit, offset=offset
        )

    async def count_tasks(
        self,
        *,
        status: str | None = None,
        project: str | None = None,
        assignee: str | None = None,
        tag: str | None = None,
    ) -> int:
        """How many tasks match."""
        return await self._tasks.count(status=status, project=project, assignee=assignee, tag=tag)

    @idempotent
    async def update_task(
        self,
        task_id: str,
        changes: Mapping[str, object],
        *,
        expected_version: int | None = None,
        actor: str = "",
        idempotency_key: str = "",
    ) -> Task:
        """Change the named fields."""
        task = await self._tasks.update(task_id, changes, expected_version, actor)
        self.manager.events.add("task.updated", task.id, actor=actor, message=task.title)
        return task

    @idempotent
    async def delete_task(
        self,
        task_id: str,
        *,
        expected_version: int | None = None,
        actor: str = "",
        idempotency_key: str = "",
    ) -> Task:
        """Remove a task and its links."""
        task = await self._tasks.delete(task_id, expected_version, actor)
        self.manager.events.add("task.deleted", task.id, actor=actor, message=task.title)
        return task

    @idempotent
    async def add_dependency(
        self,
        task_id: str,
        target_id: str,
        *,
        kind: str = "blocks",
        actor: str = "",
        idempotency_key: str = "",
    ) -> bool:
        """Make ``task_id`` wait for ``target_id``; False when it does. CycleError."""
        added = await self._tasks.link(task_id, target_id, kind, actor)
        if added:
            self.manager.events.add("task.linked", task_id, actor=actor, message=target_id)
        return added

    @idempotent
    async def remove_dependency(
        self,
        task_id: str,
        target_id: str,
        *,
        kind: str = "blocks",
        actor: str = "",
        idempotency_key: str = "",
    ) -> bool:
        """Remove the link; False when there was none."""
        removed = await self._tasks.unlink(task_id, target_id, kind, actor)
        if removed:
            self.manager.events.add("task.unlinked", task_id, actor=actor, message=target_id)
        return removed

    @idempotent
    async def import_drafts(
        self,
        drafts: Sequence[tuple[int, TaskDraft]],
        *,
        dry_run: bool = False,
        moved: bool = False,
        actor: str = "",
        idempotency_key: str = "",
    ) -> ImportReport:
        """Create or update tasks from ``(line number, draft)``; cycles are kept and flagged."""
        report = await self._tasks.bring_in(drafts, actor, Manner(dry_run=dry_run, moved=moved))
        if dry_run:
            return report
        message = f"{report.created} created, {report.updated} updated"
        self.manager.events.add("import.done", actor=actor, message=message)
        return report

    async def imported_from(self, source: str) -> list[str]:
        """Ids of the tasks that an import brought from the file or folder ``source``."""
        return await self._tasks.imported_from(source)

    def export_tasks(self) -> AsyncIterator[tuple[Task, list[Link]]]:
        """Every task with the links out of it, by id."""
        return self._tasks.everything()
