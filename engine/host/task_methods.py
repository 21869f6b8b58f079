"""What the engine in this process does with tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import DependencyDownError, WorkerError
from engine.snapshots import ImportReport, SearchHit, SearchResult
from engine.stores.idempotency import idempotent
from engine.stores.search import Criteria, among, by_words, fuse
from engine.tasks import embedding_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from engine.background_services import BackgroundServiceManager
    from engine.stores.tasks import TaskStore
    from engine.tasks import Link, Task, TaskDraft

LIST_DEPTH = 50
"""Tasks of each list that are made into one."""
FILTER_FACTOR = 10
"""So many times more neighbours are asked for when a filter will drop some."""


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
        self, task_id: str, *, actor: str = "", idempotency_key: str = ""
    ) -> Task:
        """Remove a task and its links."""
        task = await self._tasks.delete(task_id, actor)
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
    ) -> Link:
        """Make ``task_id`` wait for ``target_id``; CycleError if that closes a cycle."""
        link = await self._tasks.link(task_id, target_id, kind, actor)
        self.manager.events.add("task.linked", task_id, actor=actor, message=target_id)
        return link

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

    async def search(
        self,
        text: str,
        *,
        limit: int = 10,
        status: str | None = None,
        project: str | None = None,
        assignee: str | None = None,
        tag: str | None = None,
    ) -> SearchResult:
        """Tasks near in meaning or with the words; by words alone, and saying why, if need be."""
        criteria = Criteria(status, project, assignee, tag)
        deep = max(limit, LIST_DEPTH)
        words = await by_words(self.manager.context.database, text, criteria, deep)
        try:
            vector = await self._vector(text)
            near = await self._near(vector, criteria, deep)
        except (DependencyDownError, WorkerError) as error:
            return await self._result([words], {}, limit, "words", str(error))
        if not near and not (await self.manager.context.projections.vectors_query(vector, 1)).total:
            return await self._result([words], {}, limit, "words", "no task is embedded yet")
        return await self._result([list(near), words], near, limit)

    async def similar(self, task_id: str, *, limit: int = 10) -> SearchResult:
        """Tasks near in meaning to a task."""
        task = await self._tasks.get(task_id)
        vector = await self._vector(embedding_text(task.title, task.description))
        near = await self._near(vector, Criteria(), limit + 1)
        near.pop(task_id, None)
        return await self._result([list(near)], near, limit, "meaning")

    async def _vector(self, text: str) -> bytes:
        longest = self.manager.config.embedding.max_content_length
        found = await self.manager.context.embedder.embed([text[:longest]], urgent=True)
        return found.vectors[0]

    async def _near(self, vector: bytes, criteria: Criteria, limit: int) -> dict[str, float]:
        """Similarity by id, best first; more are asked for when only some of them count."""
        asked = limit if criteria == Criteria() else limit * FILTER_FACTOR
        nearest = await self.manager.context.projections.vectors_query(vector, asked)
        found = dict(nearest.found or ())
        ids = await among(self.manager.context.database, list(found), criteria)
        return {task_id: found[task_id] for task_id in ids[:limit]}

    async def _result(
        self,
        lists: Sequence[Sequence[str]],
        near: Mapping[str, float],
        limit: int,
        mode: str = "meaning and words",
        note: str = "",
    ) -> SearchResult:
        best = fuse(lists, limit)
        tasks = await self._tasks.many([task_id for task_id, _ in best])
        hits = (_hit(tasks[i], score, near.get(i)) for i, score in best if i in tasks)
        return SearchResult(tuple(hits), mode, note)

    @idempotent
    async def import_drafts(
        self, drafts: Sequence[tuple[int, TaskDraft]], *, actor: str = "", idempotency_key: str = ""
    ) -> ImportReport:
        """Create or update tasks from ``(line number, draft)``; cycles are kept and flagged."""
        report = await self._tasks.bring_in(drafts, actor)
        message = f"{report.created} created, {report.updated} updated"
        self.manager.events.add("import.done", actor=actor, message=message)
        return report

    def export_tasks(self) -> AsyncIterator[tuple[Task, list[Link]]]:
        """Every task with the links out of it, by id."""
        return self._tasks.everything()


def _hit(task: Task, score: float, similarity: float | None) -> SearchHit:
    return SearchHit(task.id, task.title, score, task.status, task.project, similarity)
