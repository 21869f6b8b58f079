"""Questions about the graph: one tool, a kind of question each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult
from pydantic import BaseModel, Field

from vespera_tui.mcp_front.answers import Answer
from vespera_tui.mcp_front.budget import LIST_TOKENS, fitting, within
from vespera_tui.mcp_front.calls import AgentContext, engine_of, refusals
from vespera_tui.mcp_front.tools.arguments import Limit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from engine.api import EngineAPI
    from engine.cycle_views import CycleComponent
    from engine.graph_views import Reach, Reached, TaskBrief

IDS_BYTES = 1_500
OF_A_TASK = ("blockers", "impact", "neighbors")
Kind = Annotated[
    Literal["cycles", "blockers", "impact", "critical_path", "neighbors", "bottlenecks"],
    Field(description="blockers, impact and neighbors are about task_id"),
]


class GraphTask(BaseModel):
    """A task in an answer about the graph."""

    id: str
    title: str = ""
    status: str = ""
    priority: int = 2
    distance: int = 0
    """Links on the shortest way from the task that was asked about."""
    via: str = ""
    """The task before it on that way."""
    waiting: int = 0
    """Unfinished tasks that wait for it, directly or not."""
    in_cycle: bool = False


class Cycle(BaseModel):
    """Tasks that all wait for one another."""

    cycle: tuple[str, ...]
    """A shortest one: each waits for the next, the last for the first."""
    tasks: int
    cut_task_id: str
    """remove_dependency with these three breaks it."""
    cut_depends_on: str
    cut_kind: str
    reason: str


class Analysis(Answer):
    """The answer to a question about the graph."""

    kind: str
    tasks: tuple[GraphTask, ...] = ()
    cycles: tuple[Cycle, ...] = ()
    links: tuple[str, ...] = ()
    """Of neighbors: "task kind target"."""
    total: int = 0
    """Tasks or cycles there are; more than shown when truncated."""
    unfinished: int = 0
    truncated: bool = False


async def analyze_graph(
    context: AgentContext,
    kind: Kind,
    task_id: Annotated[str | None, Field(min_length=1, max_length=200)] = None,
    project: Annotated[str | None, Field(description="Of critical_path")] = None,
    depth: Annotated[int, Field(ge=1, le=5, description="Of neighbors")] = 1,
    limit: Limit = 20,
) -> Annotated[CallToolResult, Analysis]:
    """Ask about the graph.

    cycles: tasks waiting for one another, with the link to cut. blockers: all a task waits for.
    impact: all that waits for it. neighbors: links of any kind around it. critical_path: the
    longest chain of unfinished tasks, first things first. bottlenecks: what most others wait for.
    """
    if kind in OF_A_TASK and task_id is None:
        raise ToolError(f"task_id: {kind} is about a task; give its id")
    engine = engine_of(context)
    ask: dict[str, Callable[[], Awaitable[Analysis]]] = {
        "cycles": lambda: _cycles(engine, limit),
        "blockers": lambda: _blockers(engine, task_id or "", limit),
        "impact": lambda: _impact(engine, task_id or "", limit),
        "neighbors": lambda: _neighbors(engine, task_id or "", depth, limit),
        "critical_path": lambda: _critical_path(engine, project, limit),
        "bottlenecks": lambda: _bottlenecks(engine, limit),
    }
    with refusals():
        return (await ask[kind]()).result()


async def _impact(engine: EngineAPI, task_id: str, limit: int) -> Analysis:
    return _reach("impact", await engine.impact(task_id, limit=limit))


async def _blockers(engine: EngineAPI, task_id: str, limit: int) -> Analysis:
    return _reach("blockers", await engine.blockers(task_id, limit=limit))


def _reach(kind: str, found: Reach) -> Analysis:
    shown = fitting([_reached(each) for each in found.found])
    return Analysis(
        kind=kind, tasks=tuple(shown), total=found.total, unfinished=found.unfinished,
        truncated=found.total > len(shown),
        next="the task waits for itself: kind=cycles" if found.in_cycle else "",
    )  # fmt: skip


def _reached(found: Reached) -> GraphTask:
    return _task(found.task, distance=found.distance, via=found.via)


def _task(task: TaskBrief, **more: int | str | bool) -> GraphTask:
    fields = {"id": task.id, "title": task.title, "status": task.status, "priority": task.priority}
    return GraphTask.model_validate({**fields, **more})


async def _neighbors(engine: EngineAPI, task_id: str, depth: int, limit: int) -> Analysis:
    found = await engine.neighbourhood(task_id, depth=depth, limit=limit)
    shown = fitting([_reached(each) for each in found.nodes], limit=LIST_TOKENS * 2 // 3)
    links = [f"{link.task_id} {link.kind} {link.target_id}" for link in found.edges]
    told = within(links, IDS_BYTES * 3)
    return Analysis(
        kind="neighbors", tasks=tuple(shown), links=told, total=found.total,
        truncated=found.total > len(shown) or len(told) < len(links),
    )  # fmt: skip


async def _critical_path(engine: EngineAPI, project: str | None, limit: int) -> Analysis:
    found = await engine.critical_path(project=project, limit=limit)
    shown = fitting([_task(each) for each in found.tasks])
    left = f"{found.left_out} tasks in cycles are left out: kind=cycles" if found.left_out else ""
    return Analysis(
        kind="critical_path", tasks=tuple(shown), total=found.length,
        truncated=found.length > len(shown), next=left,
    )  # fmt: skip


async def _bottlenecks(engine: EngineAPI, limit: int) -> Analysis:
    found = await engine.bottlenecks(limit=limit)
    shown = fitting(
        [_task(each.task, waiting=each.waiting, in_cycle=each.in_cycle) for each in found.tasks]
    )
    return Analysis(
        kind="bottlenecks", tasks=tuple(shown), total=found.total,
        truncated=found.total > len(shown),
    )  # fmt: skip


async def _cycles(engine: EngineAPI, limit: int) -> Analysis:
    report = await engine.cycles()
    shown = fitting([_cycle(each) for each in report.components[:limit]])
    return Analysis(
        kind="cycles", cycles=tuple(shown), total=len(report.components),
        truncated=len(report.components) > len(shown),
        next="ask before remove_dependency breaks one" if shown else "",
    )  # fmt: skip


def _cycle(found: CycleComponent) -> Cycle:
    """The cut as the link is stored: a child refers to the parent that waits for it."""
    cut = found.suggested_cut
    ends = (cut.to, cut.from_) if cut.kind == "parent-child" else (cut.from_, cut.to)
    return Cycle(
        cycle=within(found.cycle, IDS_BYTES), tasks=len(found.tasks), cut_task_id=ends[0],
        cut_depends_on=ends[1], cut_kind=cut.kind, reason=cut.reason[:500],
    )  # fmt: skip
