"""The calls that ask about tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import TaskNotFoundError
from engine.graph_views import Hierarchy
from engine.search_views import SearchHit, SearchResult
from engine.task_views import InStore, SyncState
from engine.tasks import embedding_text
from vespera_tui.demo.board import brief
from vespera_tui.demo.unplayed import Unplayed

if TYPE_CHECKING:
    from engine.graph_views import Reach
    from engine.task_views import TasksPage, TasksQuery
    from engine.tasks import Link, Task
    from vespera_tui.demo.board import Board

IN_STEP = InStore("current")


class TaskReads(Unplayed):
    """The board answers them."""

    # ruff: noqa: D102, ARG002 - EngineAPI says what the calls are for, and has the arguments

    board: Board

    async def tasks_page(self, query: TasksQuery) -> TasksPage:
        return self.board.page(query)

    async def get_task(self, task_id: str) -> Task:
        if task_id not in self.board.tasks:
            raise TaskNotFoundError(task_id)
        return self.board.tasks[task_id]

    async def get_links(self, task_id: str) -> list[Link]:
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
