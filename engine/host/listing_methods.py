"""What the engine in this process answers about the list of tasks, and where one stands."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from engine.stores.task_pages import page
from engine.task_views import InStore, SyncState

if TYPE_CHECKING:
    from engine.background_services import BackgroundServiceManager
    from engine.task_views import TasksPage, TasksQuery


class ListingMethods:
    """The part of :class:`engine.api.EngineAPI` about the list of tasks."""

    manager: BackgroundServiceManager

    async def tasks_page(self, query: TasksQuery) -> TasksPage:
        """A filtered and sorted part of all tasks, each with what it waits for."""
        return await self.manager.context.database.read(partial(page, query=query))

    async def sync_state(self, task_id: str) -> SyncState:
        """Where a task stands in vectors and graph, read from them now."""
        context = self.manager.context
        task = await context.tasks.get(task_id)
        found = await context.projections.sync_state(task_id, context.embedder.model_key)
        return SyncState(
            task_id, task.version, InStore(*found["vectors"]), InStore(*found["graph"])
        )
