"""Screen 6: how far the stores are in step, what they take, and what optimising them gained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Container, Horizontal, Vertical

from engine.store_views import StoresReport
from vespera_tui.screens.listing import ListScreen
from widgets.list_status import ListStatus
from widgets.models import StoresModel
from widgets.optimization_list import OptimizationList, OptimizationModel
from widgets.store_facts import StoreFacts, StoreFactsModel
from widgets.stores_panel import StoresPanel
from widgets.text_pane import DIM, HEAD, TextPane
from widgets.words import age, duration, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from engine.api import EngineAPI
    from engine.snapshots import OptimizationRun
    from vespera_tui.snapshot import DashboardSnapshot
    from widgets.text_pane import Line

RUNS = 200
HEADS = ("at", "store", "seconds", "gained_bytes", "reason", "result")


@dataclass(frozen=True, slots=True)
class StoresAnswer:
    """The stores on disk, and what their optimisations did."""

    report: StoresReport
    runs: tuple[OptimizationRun, ...]
    now: float


@dataclass(frozen=True, slots=True)
class StoresQuestion:
    """How the stores are."""

    async def ask(self, engine: EngineAPI, now: float) -> StoresAnswer:
        """The answer now."""
        return StoresAnswer(await engine.stores_report(), await engine.optimizations(RUNS), now)


class StoresScreen(ListScreen):
    """Parity and sizes above, the optimisations below."""

    place: ClassVar[str] = "stores"
    noun: ClassVar[str] = "optimisations"
    one: ClassVar[str] = "optimisation"
    has_table: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._answer = StoresAnswer(StoresReport(), (), 0.0)

    def body(self) -> ComposeResult:
        """Parity beside sizes, the line about the optimisations, these with their details."""
        with Vertical(classes="body"):
            with Horizontal(id="store-facts"):
                yield StoresPanel(StoresModel(), id="stores")
                yield StoreFacts(StoreFactsModel(), id="facts")
            yield ListStatus(self._status, id="status")
            with Container(id="split", classes="-few"):
                yield self.make_list()
                yield TextPane(id="details")

    def make_list(self) -> OptimizationList:
        """The optimisations."""
        return OptimizationList(id="optimizations")

    @property
    def question(self) -> StoresQuestion:
        """How the stores are."""
        return StoresQuestion()

    def show(self, snapshot: DashboardSnapshot) -> None:
        """Show parity, and the rest once it is there."""
        self.query_one(StoresPanel).show(snapshot.stores)
        self.set_class(any(each.examples for each in snapshot.stores.parity), "-wrong")
        super().show(snapshot)
        if snapshot.question == self.question and snapshot.answer_problem:
            self.query_one(StoreFacts).show(StoreFactsModel(problem=snapshot.answer_problem))

    def show_answer(self, answer: StoresAnswer) -> None:
        """Show sizes and optimisations."""
        self._answer = answer
        self.query_one(StoreFacts).show(_facts(answer.report))
        self.show_rows([_model(run, answer.now) for run in answer.runs])
        none = f"none yet; press {self.key_of('triggers')} to run one now"
        self.tell(note="" if answer.runs else none)
        self.cursor_moved()

    def cursor_moved(self) -> None:
        """Show what the optimisation under the cursor measured and did."""
        row = self.query_one(OptimizationList).selected
        run = next((each for each in self._answer.runs if row and each.id == row.id), None)
        self.show_details(_details(run) if run else ())

    async def table(
        self,
        engine: EngineAPI | None,  # noqa: ARG002 - the runs are all here
    ) -> tuple[Sequence[str], Sequence[Sequence[object]], str]:
        """A line an optimisation."""
        rows = [
            (run.at, run.store, run.seconds, run.gained_bytes, run.reason, run.result)
            for run in self._answer.runs
        ]
        return HEADS, rows, ""


def _facts(report: StoresReport) -> StoreFactsModel:
    state = "in memory" if report.model_loaded else "not in memory"
    return StoreFactsModel(
        True,
        report.sizes,
        report.wal_bytes,
        report.fragmentation_percent,
        report.schema,
        report.disk_free_bytes,
        report.model,
        f"{report.backend}, {state}",
        report.versions,
    )


def _model(run: OptimizationRun, now: float) -> OptimizationModel:
    gained = run.gained_bytes
    return OptimizationModel(
        run.id,
        run.store,
        f"{age(now - run.at)} ago",
        duration(run.seconds),
        size(gained) if gained > 0 else "",
        run.reason,
        run.damage or run.result,
        bool(run.damage),
    )


def _details(run: OptimizationRun) -> tuple[Line, ...]:
    lines: list[Line] = [((f"{run.store}  ", "bold"), (run.reason, DIM))]
    lines += [
        ((part, "$text-error" if run.damage else ""),) for part in (run.damage, run.result) if part
    ]
    for title, parts in (("Done", run.steps), ("Left alone", run.left)):
        if parts:
            lines += [(), ((title, HEAD),), *(((part, ""),) for part in parts)]
    lines += [(), (("Measured", HEAD),)]
    for name in dict.fromkeys((*run.before, *run.after)):
        before, after = run.before.get(name), run.after.get(name)
        title, told = name.replace("_", " "), (_number(name, value) for value in (before, after))
        lines.append(((f"{title:<20} ", DIM), (" → ".join(told), "")))
    return tuple(lines)


def _number(name: str, value: float | None) -> str:
    """``value`` in the unit that ``name`` ends with."""
    if value is None:
        return "-"
    if name.endswith("bytes"):
        return size(int(value))
    if name.endswith("seconds"):
        return f"{1000 * value:.2f} ms"
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.4g}"  # noqa: PLR2004 - small ones need digits
