"""What of the engine no written part plays: calls that raise, so that none succeeds in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.api import EngineAPI

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from engine.configuration.editing import ConfigurationView, SettingSaved
    from engine.cycle_views import CutRecord, CycleRecord, CycleReport
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
    from engine.monitoring.forecast import Forecast
    from engine.monitoring.log_tail import LogPage, LogQuery
    from engine.monitoring.samples import Sample
    from engine.monitoring.trends import Quantiles
    from engine.operation_views import (
        ErrorGroup,
        OperationsPage,
        OperationsQuery,
        SteeringPreview,
    )
    from engine.operations import OperationFilter, ServicePriority, Steering
    from engine.search_views import DuplicateReport, SearchResult
    from engine.snapshots import (
        Alert,
        IdleReport,
        ImportReport,
        OperationView,
        OptimizationRun,
        Update,
    )
    from engine.store_views import StoresReport
    from engine.task_views import SyncState, TasksPage, TasksQuery
    from engine.tasks import Link, Task, TaskDraft

UNPLAYED = "the scripted engine does not play this part"


class Unplayed(EngineAPI):
    """The calls that the dashboard does not make; a type error when the interface grows."""

    # ruff: noqa: D102 - EngineAPI says what they are for

    async def create_task(
        self, draft: TaskDraft, *, actor: str = "", idempotency_key: str = ""
    ) -> Task:
        raise NotImplementedError(UNPLAYED)

    async def get_task(self, task_id: str) -> Task:
        raise NotImplementedError(UNPLAYED)

    async def get_links(self, task_id: str) -> list[Link]:
        raise NotImplementedError(UNPLAYED)

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
        raise NotImplementedError(UNPLAYED)

    async def tasks_page(self, query: TasksQuery) -> TasksPage:
        raise NotImplementedError(UNPLAYED)

    async def sync_state(self, task_id: str) -> SyncState:
        raise NotImplementedError(UNPLAYED)

    async def count_tasks(
        self,
        *,
        status: str | None = None,
        project: str | None = None,
        assignee: str | None = None,
        tag: str | None = None,
    ) -> int:
        raise NotImplementedError(UNPLAYED)

    async def update_task(
        self,
        task_id: str,
        changes: Mapping[str, object],
        *,
        expected_version: int | None = None,
        actor: str = "",
        idempotency_key: str = "",
    ) -> Task:
        raise NotImplementedError(UNPLAYED)

    async def delete_task(
        self, task_id: str, *, actor: str = "", idempotency_key: str = ""
    ) -> Task:
        raise NotImplementedError(UNPLAYED)

    async def add_dependency(
        self,
        task_id: str,
        target_id: str,
        *,
        kind: str = "blocks",
        actor: str = "",
        idempotency_key: str = "",
    ) -> Link:
        raise NotImplementedError(UNPLAYED)

    async def remove_dependency(
        self,
        task_id: str,
        target_id: str,
        *,
        kind: str = "blocks",
        actor: str = "",
        idempotency_key: str = "",
    ) -> bool:
        raise NotImplementedError(UNPLAYED)

    async def similar(self, task_id: str, *, limit: int = 10) -> SearchResult:
        raise NotImplementedError(UNPLAYED)

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
        raise NotImplementedError(UNPLAYED)

    async def ready(
        self, *, limit: int = 100, project: str | None = None, assignee: str | None = None
    ) -> ReadyTasks:
        raise NotImplementedError(UNPLAYED)

    async def blocked(
        self, *, limit: int = 100, project: str | None = None, assignee: str | None = None
    ) -> BlockedTasks:
        raise NotImplementedError(UNPLAYED)

    async def claim_task(
        self,
        task_id: str | None = None,
        *,
        project: str | None = None,
        actor: str,
        idempotency_key: str = "",
    ) -> Task:
        raise NotImplementedError(UNPLAYED)

    async def finish_task(
        self,
        task_id: str,
        *,
        status: str = "closed",
        expected_version: int | None = None,
        actor: str = "",
        idempotency_key: str = "",
    ) -> Finished:
        raise NotImplementedError(UNPLAYED)

    async def impact(self, task_id: str, *, limit: int = 100) -> Reach:
        raise NotImplementedError(UNPLAYED)

    async def blockers(self, task_id: str, *, limit: int = 100) -> Reach:
        raise NotImplementedError(UNPLAYED)

    async def bottlenecks(self, *, limit: int = 20) -> Bottlenecks:
        raise NotImplementedError(UNPLAYED)

    async def critical_path(self, *, project: str | None = None, limit: int = 1000) -> CriticalPath:
        raise NotImplementedError(UNPLAYED)

    async def neighbourhood(
        self, task_id: str, *, depth: int = 1, limit: int = 200
    ) -> Neighbourhood:
        raise NotImplementedError(UNPLAYED)

    async def hierarchy(self, task_id: str, *, limit: int = 1000) -> Hierarchy:
        raise NotImplementedError(UNPLAYED)

    async def near_duplicates(
        self, *, threshold: float = 0.9, limit: int = 100, finished: bool = False
    ) -> DuplicateReport:
        raise NotImplementedError(UNPLAYED)

    async def repair_parity(self, *, actor: str = "") -> int:
        raise NotImplementedError(UNPLAYED)

    async def import_drafts(
        self,
        drafts: Sequence[tuple[int, TaskDraft]],
        *,
        dry_run: bool = False,
        moved: bool = False,
        actor: str = "",
        idempotency_key: str = "",
    ) -> ImportReport:
        raise NotImplementedError(UNPLAYED)

    async def imported_from(self, source: str) -> list[str]:
        raise NotImplementedError(UNPLAYED)

    def export_tasks(self) -> AsyncIterator[tuple[Task, list[Link]]]:
        raise NotImplementedError(UNPLAYED)

    async def configuration(self) -> ConfigurationView:
        raise NotImplementedError(UNPLAYED)

    async def save_setting(self, key: str, value: str | None, *, actor: str = "") -> SettingSaved:
        raise NotImplementedError(UNPLAYED)

    async def stores_report(self) -> StoresReport:
        raise NotImplementedError(UNPLAYED)

    async def log_lines(self, query: LogQuery) -> LogPage:
        raise NotImplementedError(UNPLAYED)

    async def operations_page(self, query: OperationsQuery) -> OperationsPage:
        raise NotImplementedError(UNPLAYED)

    async def preview_steering(
        self,
        how: Steering,
        which: OperationFilter,
        *,
        priority: ServicePriority | None = None,
        limit: int = 1000,
    ) -> SteeringPreview:
        raise NotImplementedError(UNPLAYED)

    async def error_groups(self, *, limit: int = 100) -> list[ErrorGroup]:
        raise NotImplementedError(UNPLAYED)

    async def get_operation(self, operation_id: int) -> OperationView | None:
        raise NotImplementedError(UNPLAYED)

    async def drain_service(self, service: str, *, seconds: float, actor: str = "") -> int:
        raise NotImplementedError(UNPLAYED)

    async def alert_history(self, limit: int = 100) -> list[Alert]:
        raise NotImplementedError(UNPLAYED)

    async def metrics(self, service: str = "", *, seconds: float = 3600.0) -> tuple[Sample, ...]:
        raise NotImplementedError(UNPLAYED)

    async def durations_by_hour(self, service: str, *, days: int = 7) -> Mapping[int, Quantiles]:
        raise NotImplementedError(UNPLAYED)

    async def forecasts(self) -> dict[str, Forecast]:
        raise NotImplementedError(UNPLAYED)

    async def cycles(self) -> CycleReport:
        raise NotImplementedError(UNPLAYED)

    async def cycle_history(self, limit: int = 100) -> list[CycleRecord]:
        raise NotImplementedError(UNPLAYED)

    async def cycle_cuts(self, limit: int = 100) -> list[CutRecord]:
        raise NotImplementedError(UNPLAYED)

    async def apply_cut(
        self,
        component: int = 0,
        *,
        edges: Sequence[tuple[str, str, str]] = (),
        actor: str = "",
        idempotency_key: str = "",
    ) -> CutRecord:
        raise NotImplementedError(UNPLAYED)

    async def undo_cut(
        self, cut_id: int, *, actor: str = "", idempotency_key: str = ""
    ) -> CutRecord:
        raise NotImplementedError(UNPLAYED)

    async def optimize(
        self, stores: Sequence[str] = (), *, dry_run: bool = False, actor: str = ""
    ) -> tuple[OptimizationRun, ...]:
        raise NotImplementedError(UNPLAYED)

    async def optimizations(self, limit: int = 20) -> tuple[OptimizationRun, ...]:
        raise NotImplementedError(UNPLAYED)

    async def wait_until_idle(self) -> IdleReport:
        raise NotImplementedError(UNPLAYED)

    def subscribe(self, after: int = 0) -> AsyncIterator[Update]:
        raise NotImplementedError(UNPLAYED)
