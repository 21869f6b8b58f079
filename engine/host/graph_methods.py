"""What the engine in this process answers about the graph of tasks, and who works on what."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from engine.errors import InvalidInputError
from engine.graph import reach, readiness, surroundings
from engine.graph.claims import claim, finish
from engine.graph.unfinished import position
from engine.stores.idempotency import idempotent

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.background_services import BackgroundServiceManager
    from engine.database.writer import WriterConnection
    from engine.graph_views import (
        BlockedTasks,
        Bottlenecks,
        CriticalPath,
        Finished,
        Hierarchy,
        Neighbourhood,
        Reach,
        ReadyTasks,
    )
    from engine.tasks import Task

T = TypeVar("T")
LARGEST_LIMIT = 100_000


class GraphMethods:
    """The part of :class:`engine.api.EngineAPI` about the graph. All of it comes from the truth."""

    manager: BackgroundServiceManager

    async def impact(self, task_id: str, *, limit: int = 100) -> Reach:
        """Everything that waits for a task, over any number of links; the nearest first."""
        return await self.manager.context.database.read(
            partial(reach.impact, task_id=task_id, limit=_checked(limit))
        )

    async def blockers(self, task_id: str, *, limit: int = 100) -> Reach:
        """Everything that a task waits for, over any number of links; the direct ones first."""
        return await self.manager.context.database.read(
            partial(reach.blockers, task_id=task_id, limit=_checked(limit))
        )

    async def bottlenecks(self, *, limit: int = 20) -> Bottlenecks:
        """Unfinished tasks with the most unfinished tasks waiting behind them."""
        return await self.manager.context.projections.bottlenecks(_checked(limit))

    async def critical_path(self, *, project: str | None = None, limit: int = 1000) -> CriticalPath:
        """The longest chain of unfinished tasks, counted in tasks."""
        return await self.manager.context.projections.critical_path(project, _checked(limit))

    async def neighbourhood(
        self, task_id: str, *, depth: int = 1, limit: int = 200
    ) -> Neighbourhood:
        """The tasks within ``depth`` (1 to 5) links of a task, and the links among them."""
        return await self.manager.context.database.read(
            partial(surroundings.neighbourhood, task_id=task_id, depth=depth, limit=_checked(limit))
        )

    async def hierarchy(self, task_id: str, *, limit: int = 1000) -> Hierarchy:
        """The parents above a task and the children below it, with counts by status."""
        return await self.manager.context.database.read(
            partial(surroundings.hierarchy, task_id=task_id, limit=_checked(limit))
        )

    async def ready(
        self, *, limit: int = 100, project: str | None = None, assignee: str | None = None
    ) -> ReadyTasks:
        """Open tasks that can be started now, by priority, then age."""
        wanted = readiness.Wanted(project, assignee)
        ask = partial(readiness.ready, wanted=wanted, limit=_checked(limit))
        return await self._read_order(ask)

    async def blocked(
        self, *, limit: int = 100, project: str | None = None, assignee: str | None = None
    ) -> BlockedTasks:
        """The other open tasks and those set to blocked, each with what keeps it."""
        wanted = readiness.Wanted(project, assignee)
        ask = partial(readiness.blocked, wanted=wanted, limit=_checked(limit))
        return await self._read_order(ask)

    async def _read_order(self, ask: Callable[..., T]) -> T:
        """``ask`` on a snapshot, told up to where in the log it is known that there is no cycle."""
        context = self.manager.context

        def known(connection: WriterConnection) -> int | None:
            return position(connection) if context.tasks.guard.acyclic else None

        acyclic_at = await context.database.write(known, alone=True)
        return await context.database.read(partial(ask, acyclic_at=acyclic_at))

    @idempotent
    async def claim_task(
        self,
        task_id: str | None = None,
        *,
        project: str | None = None,
        actor: str,
        idempotency_key: str = "",
    ) -> Task:
        """Give ``actor`` a task that is ready, and set it in progress, in one transaction."""
        task = await self.manager.context.tasks.change(
            lambda change: claim(change, task_id, project, actor), actor
        )
        self.manager.events.add("task.claimed", task.id, actor=actor, message=task.title)
        return task

    @idempotent
    async def finish_task(
        self,
        task_id: str,
        *,
        status: str = "closed",
        expected_version: int | None = None,
        actor: str = "",
        idempotency_key: str = "",
    ) -> Finished:
        """Set a task closed or cancelled, and say which tasks became ready by that."""
        done = await self.manager.context.tasks.change(
            lambda change: finish(change, task_id, status, expected_version), actor
        )
        ready = len(done.became_ready)
        message = f"{done.task.title} ({ready} became ready)" if ready else done.task.title
        self.manager.events.add("task.finished", task_id, actor=actor, message=message)
        return done


def _checked(limit: int) -> int:
    if isinstance(limit, bool) or limit not in range(1, LARGEST_LIMIT + 1):
        raise InvalidInputError(
            f"limit: {limit!r} is not a whole number from 1 to {LARGEST_LIMIT:,}"
        )
    return limit
