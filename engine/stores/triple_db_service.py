"""The documented way in from Python: tasks in three databases that are kept in step.

async with triple_db_lifespan("data", enable_background_services=True) as service:
success, result = await service.create_task(title="Write the report")
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from engine.errors import InvalidInputError, QueueFullError, TaskError
from engine.host.joining import join_engine
from engine.service_config import ServiceConfiguration
from engine.tasks import Task, TaskDraft

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from engine.background_services import BackgroundServiceManager
    from engine.host.joining import JoinedEngine
    from engine.search_views import SearchResult

T = TypeVar("T")
Refusal = InvalidInputError | TaskError | QueueFullError
"""Why a write was refused: what the caller can put right."""


class TripleDBService:
    """Tasks. A write returns ``(True, what was stored)`` or ``(False, why it was refused)``.

    Anything else that goes wrong (a full disk) is raised as another VesperaError.
    """

    def __init__(self, engine: JoinedEngine) -> None:
        self.engine = engine

    @property
    def manager(self) -> BackgroundServiceManager:
        """The background services; DataDirectoryInUseError when another process runs them."""
        return self.engine.manager

    async def create_task(self, title: str, **fields: Any) -> tuple[bool, Task | Refusal]:
        """Store a task; ``fields`` are those of :class:`engine.tasks.TaskDraft`."""
        unknown = fields.keys() - TaskDraft.__dataclass_fields__.keys()
        if unknown:
            allowed = ", ".join(TaskDraft.__dataclass_fields__)
            return False, InvalidInputError(
                f"{', '.join(sorted(unknown))}: no such field of a task; there are {allowed}"
            )
        return await _settled(self.engine.create_task(TaskDraft(title, **fields)))

    async def update_task(
        self, task_id: str, *, expected_version: int | None = None, **changes: Any
    ) -> tuple[bool, Task | Refusal]:
        """Change the named fields of a task."""
        return await _settled(
            self.engine.update_task(task_id, changes, expected_version=expected_version)
        )

    async def delete_task(self, task_id: str) -> tuple[bool, Task | Refusal]:
        """Remove a task; the result is what it was."""
        return await _settled(self.engine.delete_task(task_id))

    async def add_dependency(
        self, task_id: str, depends_on: str, kind: str = "blocks"
    ) -> tuple[bool, bool | Refusal]:
        """Make a task wait for another; refused with the path when it would close a cycle.

        The result is False when it did before.
        """
        return await _settled(self.engine.add_dependency(task_id, depends_on, kind=kind))

    async def remove_dependency(
        self, task_id: str, depends_on: str, kind: str = "blocks"
    ) -> tuple[bool, bool | Refusal]:
        """Remove a link; the result is False when there was none."""
        return await _settled(self.engine.remove_dependency(task_id, depends_on, kind=kind))

    async def get_task(self, task_id: str) -> Task:
        """One task; TaskNotFoundError when there is none."""
        return await self.engine.get_task(task_id)

    async def list_tasks(self, **filters: Any) -> list[Task]:
        """Tasks by priority, then age; filters as in :meth:`EngineAPI.list_tasks`."""
        return await self.engine.list_tasks(**filters)

    async def search(self, text: str, *, limit: int = 10, **filters: Any) -> SearchResult:
        """Tasks near in meaning to ``text`` or with its words; filters as in :class:`EngineAPI`."""
        return await self.engine.search(text, limit=limit, **filters)


async def _settled(write: Awaitable[T]) -> tuple[bool, T | Refusal]:
    try:
        return True, await write
    except (InvalidInputError, TaskError, QueueFullError) as error:
        return False, error


@asynccontextmanager
async def triple_db_lifespan(
    db_config: ServiceConfiguration | Path | str, enable_background_services: bool = True
) -> AsyncIterator[TripleDBService]:
    """The service on a configuration or a data directory, closed cleanly at the end of the block.

    When another process owns the directory, it is the service of that one.

    Without background services what is written is queued until an engine with them opens it.
    """
    config = (
        db_config
        if isinstance(db_config, ServiceConfiguration)
        else ServiceConfiguration(data_dir=Path(db_config))
    )
    async with join_engine(config, mode="library", services=enable_background_services) as engine:
        yield TripleDBService(engine)
