"""The one interface that every front (dashboard, MCP, command line) talks to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from engine.operations import NO_DEADLINE, ServicePriority

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
    from engine.operation_views import ErrorGroup, OperationsPage, OperationsQuery, SteeringPreview
    from engine.operations import OperationFilter, Steering
    from engine.search_views import DuplicateReport, SearchResult
    from engine.snapshots import (
        Alert,
        EngineStatus,
        Event,
        IdleReport,
        ImportReport,
        OperationView,
        OptimizationRun,
        ServiceSnapshot,
        Update,
    )
    from engine.store_views import StoresReport
    from engine.task_views import SyncState, TasksPage, TasksQuery
    from engine.tasks import Link, Task, TaskDraft


class EngineAPI(Protocol):
    """The engine, in this process or in another. Methods raise :class:`engine.errors.VesperaError`.

    ``actor`` is who asks (a person, an agent's name); it is recorded with the change. A call that
    is repeated with the same ``idempotency_key``, at most 200 characters, within a day is done
    once and answers what it answered; the key of another call is refused.
    """

    async def create_task(
        self, draft: TaskDraft, *, actor: str = "", idempotency_key: str = ""
    ) -> Task:
        """Store a task and the operations it causes, in one transaction."""

    async def get_task(self, task_id: str) -> Task:
        """One task; TaskNotFoundError when there is none."""

    async def get_links(self, task_id: str) -> list[Link]:
        """All links out of and into a task."""

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

    async def tasks_page(self, query: TasksQuery) -> TasksPage:
        """A filtered and sorted part of all tasks, each with what it waits for."""

    async def sync_state(self, task_id: str) -> SyncState:
        """Where a task stands in vectors and graph, read from them now."""

    async def count_tasks(
        self,
        *,
        status: str | None = None,
        project: str | None = None,
        assignee: str | None = None,
        tag: str | None = None,
    ) -> int:
        """How many tasks :meth:`list_tasks` would go through."""

    async def update_task(
        self,
        task_id: str,
        changes: Mapping[str, object],
        *,
        expected_version: int | None = None,
        actor: str = "",
        idempotency_key: str = "",
    ) -> Task:
        """Change the named fields; see :data:`engine.tasks.CHANGEABLE`."""

    async def delete_task(
        self,
        task_id: str,
        *,
        expected_version: int | None = None,
        actor: str = "",
        idempotency_key: str = "",
    ) -> Task:
        """Remove a task and its links; returns what was removed."""

    async def add_dependency(
        self,
        task_id: str,
        target_id: str,
        *,
        kind: str = "blocks",
        actor: str = "",
        idempotency_key: str = "",
    ) -> bool:
        """Make ``task_id`` wait for ``target_id``; False when it does. CycleError if it can't."""

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
        """Tasks near in meaning to ``text`` or with its words; the words alone if need be.

        Without ``by_meaning`` it is by the words at once, and no model is needed.
        """

    async def similar(self, task_id: str, *, limit: int = 10) -> SearchResult:
        """Tasks near in meaning to a task."""

    async def near_duplicates(
        self, *, threshold: float = 0.9, limit: int = 100, finished: bool = False
    ) -> DuplicateReport:
        """Pairs whose vectors' cosine is at least ``threshold``, the nearest first.

        ``finished`` counts tasks that are finished too. Pairs linked as duplicates are left out.
        """

    async def ready(
        self, *, limit: int = 100, project: str | None = None, assignee: str | None = None
    ) -> ReadyTasks:
        """Open tasks that can be started now, by priority, then age; assignee "" is nobody's."""

    async def blocked(
        self, *, limit: int = 100, project: str | None = None, assignee: str | None = None
    ) -> BlockedTasks:
        """The other open tasks and those set to blocked, each with what keeps it."""

    async def claim_task(
        self,
        task_id: str | None = None,
        *,
        project: str | None = None,
        actor: str,
        idempotency_key: str = "",
    ) -> Task:
        """Give ``actor`` a task, or the best that is ready, and set it in progress, at once.

        AlreadyClaimedError or NotReadyError say why not.
        """

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

    async def impact(self, task_id: str, *, limit: int = 100) -> Reach:
        """Everything that waits for a task, over any number of links; the nearest first."""

    async def blockers(self, task_id: str, *, limit: int = 100) -> Reach:
        """Everything that a task waits for, over any number of links; the direct ones first."""

    async def bottlenecks(self, *, limit: int = 20) -> Bottlenecks:
        """Unfinished tasks with the most unfinished tasks waiting behind them."""

    async def critical_path(self, *, project: str | None = None, limit: int = 1000) -> CriticalPath:
        """The longest chain of unfinished tasks, counted in tasks."""

    async def neighbourhood(
        self, task_id: str, *, depth: int = 1, limit: int = 200
    ) -> Neighbourhood:
        """The tasks within ``depth`` (1 to 5) links of a task, and the links among them."""

    async def hierarchy(self, task_id: str, *, limit: int = 1000) -> Hierarchy:
        """The parents above a task and the children below it, with counts by status."""

    async def import_drafts(
        self,
        drafts: Sequence[tuple[int, TaskDraft]],
        *,
        dry_run: bool = False,
        moved: bool = False,
        actor: str = "",
        idempotency_key: str = "",
    ) -> ImportReport:
        """Create or update tasks from ``(line number, draft)``; cycles are kept and flagged.

        ``dry_run`` only tells what would happen. ``moved``: tasks that came from another file with
        the same numbers are the same ones.
        """

    async def imported_from(self, source: str) -> list[str]:
        """Ids of the tasks that an import brought from the file or folder ``source``."""

    def export_tasks(self) -> AsyncIterator[tuple[Task, list[Link]]]:
        """Every task with the links out of it, by id."""

    async def status(self, *, parity: bool = True) -> EngineStatus:
        """The whole state; with ``parity`` the projections are read, else the last reading is."""

    async def operations(
        self,
        *,
        service: str | None = None,
        state: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[OperationView]:
        """Operations, running first, then available, scheduled and the newest finished."""

    async def operations_page(self, query: OperationsQuery) -> OperationsPage:
        """A filtered and sorted part of all operations, and how many there are in all."""

    async def preview_steering(
        self,
        how: Steering,
        which: OperationFilter,
        *,
        priority: ServicePriority | None = None,
        limit: int = 1000,
    ) -> SteeringPreview:
        """What steering would touch now, with the first ``limit`` ids."""

    async def error_groups(self, *, limit: int = 100) -> list[ErrorGroup]:
        """Failed operations by what they have in common, the one that failed last first."""

    async def get_operation(self, operation_id: int) -> OperationView | None:
        """One operation, alive or finished."""

    async def schedule_operation(
        self,
        service: str,
        kind: str,
        target: str | None = None,
        *,
        priority: ServicePriority = ServicePriority.NORMAL,
        delay: float = 0.0,
        deadline: float = NO_DEADLINE,
        payload: Mapping[str, Any] | None = None,
        actor: str = "",
        idempotency_key: str = "",
    ) -> int:
        """Queue an operation; returns its id (that of its twin if an equal one waits)."""

    async def steer_operations(
        self,
        how: Steering,
        which: OperationFilter,
        *,
        priority: ServicePriority | None = None,
        actor: str = "",
    ) -> list[int]:
        """Do that to all operations that match and do not run; the ids of those touched."""

    async def pause_service(self, service: str, *, actor: str = "") -> int:
        """Hand out nothing of it until it is resumed, restarts included; how many wait."""

    async def resume_service(self, service: str, *, actor: str = "") -> int:
        """Hand out again; how many wait."""

    async def drain_service(self, service: str, *, seconds: float, actor: str = "") -> int:
        """Pause it and wait for what runs; how many still run after ``seconds``."""

    async def acknowledge_alert(
        self, alert_id: str, *, taken_back: bool = False, actor: str = ""
    ) -> bool:
        """A person took note of it, or takes that back; False when there is no such alert."""

    async def alert_history(self, limit: int = 100) -> list[Alert]:
        """Alerts alive and resolved, the latest raised first."""

    async def metrics(self, service: str = "", *, seconds: float = 3600.0) -> tuple[Sample, ...]:
        """What was measured in the last ``seconds``, oldest first; "" is the engine itself."""

    async def durations_by_hour(self, service: str, *, days: int = 7) -> Mapping[int, Quantiles]:
        """How long a service's runs took, by hour of the day (0 to 23)."""

    async def forecasts(self) -> dict[str, Forecast]:
        """What becomes of each service's backlog if it goes on like this."""

    async def typed(self) -> None:
        """A person pressed a key: the engine makes room for the screen."""

    async def configure_background_service(
        self, service: str, *, enabled: bool, actor: str = ""
    ) -> ServiceSnapshot:
        """Switch a service on or off; its operations wait meanwhile."""

    async def set_profile(self, profile: str, *, actor: str = "") -> None:
        """Change to another profile while running."""

    async def cycles(self) -> CycleReport:
        """The cycles there are now, by all waiting edges."""

    async def cycle_history(self, limit: int = 100) -> list[CycleRecord]:
        """Components alive and resolved, the latest born first."""

    async def cycle_cuts(self, limit: int = 100) -> list[CutRecord]:
        """Links that were removed to break cycles, the latest first."""

    async def apply_cut(
        self,
        component: int = 0,
        *,
        edges: Sequence[tuple[str, str, str]] = (),
        actor: str = "",
    ) -> CutRecord:
        """Remove the links suggested for a component, or those named, in one transaction.

        ``edges``: who waits, for whom, kind of link; with a component, what somebody saw suggested
        for it, and InvalidInputError when that changed. The id of the record undoes it.
        """

    async def undo_cut(self, cut_id: int, *, actor: str = "") -> CutRecord:
        """Put the links of a cut back, also where that brings a cycle back."""

    async def repair_parity(self, *, actor: str = "") -> int:
        """Compare the stores now and queue what mends them; how many operations."""

    async def rebuild(self, projection: str, *, actor: str = "") -> int:
        """Throw ``vectors`` or ``graph`` away and queue its rebuilding; the number queued."""

    async def optimize(
        self, stores: Sequence[str] = (), *, dry_run: bool = False, actor: str = ""
    ) -> tuple[OptimizationRun, ...]:
        """Optimise sqlite, chroma, kuzu, now; without any named, all three; a run each.

        A ``dry_run`` measures and says what it would do; it changes and records nothing.
        """

    async def optimizations(self, limit: int = 20) -> tuple[OptimizationRun, ...]:
        """What the last runs measured, did and gained, newest first."""

    async def configuration(self) -> ConfigurationView:
        """Every setting in force, and which source set it."""

    async def save_setting(self, key: str, value: str | None, *, actor: str = "") -> SettingSaved:
        """Put a setting into the file and into force, None takes it out; ConfigurationError."""

    async def stores_report(self) -> StoresReport:
        """What the stores take of the disk, and what they are made with."""

    async def log_lines(self, query: LogQuery) -> LogPage:
        """The newest lines of the log that match, oldest first."""

    async def wait_until_idle(self) -> IdleReport:
        """Wait until no operation can make progress any more."""

    async def events(self, after: int = 0, limit: int = 100) -> list[Event]:
        """Recent events with a number above ``after``, oldest first."""

    def subscribe(self, after: int = 0) -> AsyncIterator[Update]:
        """The state, then every event as it happens; after event ``after`` without the state.

        A reader that is too slow to get every event gets the state anew instead.
        """
