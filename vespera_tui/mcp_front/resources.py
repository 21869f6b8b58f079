"""What a client can read, and be told of when it changes: tasks, ready work, services, cycles."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pydantic_core
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from engine.errors import TaskNotFoundError, VesperaError
from vespera_tui.mcp_front.answers import TAG_BYTES, brief, linked, moment
from vespera_tui.mcp_front.budget import fitting, shortened, within

if TYPE_CHECKING:
    from mcp.server import MCPServer

    from engine.api import EngineAPI
    from engine.snapshots import Event

TASK, READY = "vespera://tasks/{task_id}", "vespera://ready"
SERVICES, CYCLES = "vespera://services", "vespera://cycles"
JSON = "application/json"
READY_TOLD, CYCLES_TOLD = 100, 20


class EngineHolder:
    """The engine while the server runs; resources without parameters are given no context."""

    def __init__(self) -> None:
        self.engine: EngineAPI | None = None

    def get(self) -> EngineAPI:
        """The engine; ResourceError before the server started."""
        if self.engine is None:
            raise ResourceError("the engine is not open")
        return self.engine


def add_resources(server: MCPServer[Any], holder: EngineHolder) -> None:
    """Register all of them."""

    @server.resource(TASK, name="task", title="A task with its links", mime_type=JSON)
    async def task(task_id: str) -> str:
        """A task, its description cut to what an answer may hold, and its links."""
        try:
            found = await holder.get().get_task(task_id)
            links = await holder.get().get_links(task_id)
        except TaskNotFoundError as error:
            raise ResourceNotFoundError(str(error)) from error
        except VesperaError as error:
            raise ResourceError(str(error)) from error
        text, rest = shortened(found.description)
        more = {"description": text, "description_continues_at": rest, **linked(found, links)}
        times = {name: moment(getattr(found, name)) for name in ("created_at", "updated_at")}
        fields = {
            "tags": within(found.tags, TAG_BYTES),
            "parent": found.parent,
            "version": found.version,
        }
        return _json(brief(found).model_dump() | more | times | fields)

    @server.resource(READY, name="ready", title="Tasks that nothing holds up", mime_type=JSON)
    async def ready() -> str:
        """The most urgent tasks that can be started now."""
        try:
            found = await holder.get().ready(limit=READY_TOLD)
        except VesperaError as error:
            raise ResourceError(str(error)) from error
        entries = fitting([brief(each) for each in found.tasks])
        return _json({"total": found.total, "tasks": [each.model_dump() for each in entries]})

    @server.resource(SERVICES, name="services", title="Background services", mime_type=JSON)
    async def services() -> str:
        """State and queue of each background service."""
        try:
            status = await holder.get().status(parity=False)
        except VesperaError as error:
            raise ResourceError(str(error)) from error
        told = ("status", "enabled", "reason", "activity", "queue")
        return _json(
            {
                name: {key: value for key, value in asdict(each).items() if key in told}
                for name, each in status.services.items()
            }
        )

    @server.resource(CYCLES, name="cycles", title="Dependency cycles", mime_type=JSON)
    async def cycles() -> str:
        """Tasks that wait for one another, and the link whose removal is suggested."""
        try:
            report = await holder.get().cycles()
        except VesperaError as error:
            raise ResourceError(str(error)) from error
        told = [
            {
                "tasks": len(each.tasks),
                "cycle": each.cycle[:100],
                "cut": {
                    "task_id": each.suggested_cut.from_,
                    "waits_for": each.suggested_cut.to,
                    "kind": each.suggested_cut.kind,
                    "reason": each.suggested_cut.reason,
                },
            }
            for each in report.components[:CYCLES_TOLD]
        ]
        return _json({"total": len(report.components), "cycles": told})


def _json(value: Any) -> str:
    return pydantic_core.to_json(value, inf_nan_mode="null").decode()


def changed_by(event: Event) -> tuple[str, ...]:
    """The addresses of the resources that an event changes."""
    if event.kind.startswith("task."):
        return (TASK.format(task_id=event.subject), READY)
    if event.kind == "import.done":
        return (READY,)
    if event.kind.startswith("cycle."):
        return (CYCLES, READY)
    return (SERVICES,) if event.kind.startswith("service.") else ()
