"""What the demonstration does with tasks; each change has its effect on the board."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.errors import (
    AlreadyClaimedError,
    CycleError,
    NotReadyError,
    VersionConflictError,
)
from engine.graph_views import Finished, Hierarchy
from engine.search_views import SearchHit, SearchResult
from engine.task_views import InStore, SyncState
from engine.tasks import BLOCKS, Link, Task, check_fields, embedding_text
from vespera_tui.demo.tasks import Board, brief
from vespera_tui.scene_cycles import PlayedCycles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.clock import Clock
    from engine.graph_views import Reach
    from engine.task_views import TasksPage, TasksQuery
    from engine.tasks import TaskDraft

IN_STEP = InStore("current")


class TaskCalls(PlayedCycles):
    """Tasks that are made up, and stay changed for as long as the demonstration runs."""

    # ruff: noqa: D102, ARG002 - EngineAPI says what the calls are for, and has the arguments

    board: Board
    _clock: Clock

    def _happened(self, kind: str, subject: str, actor: str, message: str) -> None:
        raise NotImplementedError

    async def tasks_page(self, query: TasksQuery) -> TasksPage:
        return self.board.page(query)

    async def get_task(self, task_id: str) -> Task:
        if task_id not in self.board.tasks:
            return await super().get_task(task_id)
        return self.board.tasks[task_id]

    async def get_links(self, task_id: str) -> list[Link]:
        if task_id not in self.board.tasks:
            return await super().get_links(task_id)
        return self.board.of(task_id)

    async def blockers(self, task_id: str, *, limit: int = 100) -> Reach:
        await self.get_task(task_id)
        return self.board.reach(task_id, limit, back=False)

    async def impact(self, task_id: str, *, limit: int = 100) -> Reach:
        await self.get_task(task_id)
        return self.board.reach(task_id, limit, back=True)

    async def hierarchy(self, task_id: str, *, limit: int = 1000) -> Hierarchy:
        return Hierarchy(brief(await self.get_task(task_id)))

    async def sync_state(self, task_id: str) -> SyncState:
        return SyncState(task_id, (await self.get_task(task_id)).version, IN_STEP, IN_STEP)

    async def search(
        self,
        text: str,
        *,
        limit: int = 10,
        status: str | None = None,
        project: str | None = None,
        assignee: str | None = None,
        tag: str | None = None,
        by_meaning: bool = True,
    ) -> SearchResult:
        words = text.lower().split()
        hits = [
            SearchHit(task.id, task.title, 1.0, task.status, task.project)
            for task in self.board.tasks.values()
            if all(word in f"{task.id} {embedding_text(task.title, '')}".lower() for word in words)
        ]
        return SearchResult(tuple(hits[:limit]), "words", "a demonstration has no model")

    async def similar(self, task_id: str, *, limit: int = 10) -> SearchResult:
        here = set((await self.get_task(task_id)).title.lower().split())
        near = [
            SearchHit(task.id, task.title, share, task.status, task.project, similarity=share)
            for task in self.board.tasks.values()
            if task.id != task_id
            and (share := len(here & set(task.title.lower().split())) / len(here)) > 0.5  # noqa: PLR2004 - half
        ]
        near.sort(key=lambda hit: -hit.score)
        return SearchResult(tuple(near[:limit]), "meaning")

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
        number, now = len(self.board.tasks), self._clock.now()
        while (task_id := draft.id or f"bd-n{number}") in self.board.tasks:
            number += 1
        task = Task(task_id, created_at=now, updated_at=now, **fields)
        self.board.tasks[task_id] = task
        self.board.links += [Link(task_id, link.target_id, link.kind) for link in draft.links]
        self._happened("task.created", task_id, actor, task.title)
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
        before, fields = await self.get_task(task_id), check_fields(changes)
        if expected_version not in {None, before.version}:
            raise VersionConflictError(task_id, expected_version or 0, before.version)
        self._happened("task.updated", task_id, actor, before.title)
        return self.board.change(task_id, self._clock.now(), **fields)

    async def delete_task(
        self, task_id: str, *, actor: str = "", idempotency_key: str = ""
    ) -> Task:
        task = await self.get_task(task_id)
        gone = self.board.of(task_id)
        del self.board.tasks[task_id]
        self.board.links = [link for link in self.board.links if link not in gone]
        self._happened("task.deleted", task_id, actor, task.title)
        return task

    async def add_dependency(
        self,
        task_id: str,
        target_id: str,
        *,
        kind: str = BLOCKS,
        actor: str = "",
        idempotency_key: str = "",
    ) -> Link:
        path = [target_id, *(each.task.id for each in self._way(target_id, task_id))]
        if path[-1] == task_id:
            raise CycleError([task_id, *path])
        link = Link(task_id, target_id, kind, self._clock.now(), actor)
        self.board.links.append(link)
        self._happened("task.linked", task_id, actor, target_id)
        return link

    def _way(self, start: str, end: str) -> list[Any]:
        """The tasks on the shortest way of waiting from ``start`` to ``end``; none if no way."""
        found = {e.task.id: e for e in self.board.reach(start, 100_000, back=False).found}
        way = []
        while end in found:
            way.append(found[end])
            end = found[end].via
        return way[::-1]

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
        self.board.links = [
            each for each in self.board.links if (each.task_id, each.target_id, each.kind) != gone
        ]
        self._happened("task.unlinked", task_id, actor, target_id)
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
        if self.board.row(task).readiness != "ready":
            raise NotReadyError(f"{task.id} is {task.status} and waits for others")
        self._happened("task.claimed", task.id, actor, task.title)
        fields = {"status": "in_progress", "assignee": actor}
        return self.board.change(task.id, self._clock.now(), **fields)

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
        ready = [each for each in waiting if self.board.row(each).readiness == "ready"]
        return Finished(task, tuple(map(brief, ready)))
