"""An engine for the commands, which answers what a test says."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from engine.cycle_views import Cut, CycleComponent, CycleReport
from engine.errors import TaskNotFoundError
from engine.operations import ServicePriority
from engine.search_views import DuplicatePair, DuplicateReport, SearchHit, SearchResult
from engine.snapshots import (
    EngineInfo,
    EngineStatus,
    IdleReport,
    ImportReport,
    OperationView,
    Parity,
    ServiceMetrics,
    ServiceSnapshot,
    StoreParity,
    TaskCounts,
)
from engine.tasks import Link, Task

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from engine.tasks import TaskDraft

SERVICES = ("auto_embedding", "cycle_detection", "incremental_sync", "index_optimization")


# ruff: noqa: ARG002 - a fake has the signatures of the engine it stands for
class FakeEngine:
    """Remembers what was asked and answers from its attributes."""

    def __init__(self) -> None:
        self.opened: list[tuple[Any, bool]] = []
        self.asked: list[tuple[Any, ...]] = []
        self.failure: Exception | None = None
        self.idle = IdleReport(idle=True)
        self.state = "completed"
        self.report = ImportReport(created=60, links=90, dangling=1)
        self.hits = SearchResult((SearchHit("a-1", "Ti\x1b[31mtle", 0.5, "open", "p"),))
        self.services = {
            name: ServiceSnapshot(name, status="running", metrics=ServiceMetrics(5))
            for name in SERVICES
        }
        self.parity = StoreParity(vectors=Parity(expected=2, current=2))

    @asynccontextmanager
    async def open(
        self, config: Any, *, services: bool = True, on_step: Any = None
    ) -> AsyncIterator[FakeEngine]:
        self.opened.append((config, services))
        if self.failure:
            raise self.failure
        yield self

    async def status(self, *, parity: bool = True) -> EngineStatus:
        tasks = TaskCounts(total=2, by_status={"open": 2}, links={"blocks": 1}, dangling=1)
        info = EngineInfo("running", 7, "development", 1.5, "0.1.0", "/d")
        return EngineStatus(info, self.services, tasks, self.parity)

    async def import_drafts(
        self, drafts: Sequence[tuple[int, TaskDraft]], *, actor: str = "", **flags: bool
    ) -> ImportReport:
        self.asked.append(("import", len(drafts)))
        return self.report

    async def imported_from(self, source: str) -> list[str]:
        return []

    async def export_tasks(self) -> AsyncIterator[tuple[Task, list[Link]]]:
        for name in ("a", "b"):
            yield Task(id=name, title=name.upper()), [Link(name, "z", "tracks")]

    async def search(self, text: str, *, limit: int = 10, **filters) -> SearchResult:
        self.asked.append(("search", text, limit))
        return self.hits

    async def near_duplicates(
        self, *, threshold: float, limit: int, finished: bool
    ) -> DuplicateReport:
        self.asked.append(("duplicates", threshold, limit, finished))
        pair = DuplicatePair("a", "Ti\x1b[31mtle", "open", "b", "Other", "closed", 0.98)
        return DuplicateReport((pair,), 40, 2, exact=False)

    async def cycles(self) -> CycleReport:
        cut = Cut("a", "b", "blocks", "frees both")
        return CycleReport((CycleComponent(("a", "b"), ("a", "b"), cut),), edges_checked=9)

    async def get_task(self, task_id: str) -> Task:
        if task_id != "a":
            raise TaskNotFoundError(task_id)
        return Task(id="a", title="A")

    async def schedule_operation(
        self, service: str, kind: str, target: str | None = None, **options: Any
    ) -> int:
        self.asked.append((str(service), kind, target, options["priority"], options["payload"]))
        return 12

    async def get_operation(self, number: int) -> OperationView | None:
        return OperationView(number, "s", "k", None, self.state, ServicePriority.HIGH, 0, 3, 0, 0)

    async def rebuild(self, projection: str, *, actor: str = "") -> int:
        self.asked.append(("rebuild", projection))
        return 3

    async def wait_until_idle(self) -> IdleReport:
        self.asked.append(("wait",))
        return self.idle
