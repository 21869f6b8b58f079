"""What the Cycles screen wants to know, and the answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine.cycle_views import CycleReport
from engine.errors import TaskNotFoundError
from vespera_tui.cycle_models import component_model, component_note, life, rows
from vespera_tui.task_lines import task_lines
from widgets.cycle_picture.advice import WorkOrder, order_after
from widgets.cycle_picture.model import NOTHING, CycleModel

if TYPE_CHECKING:
    from engine.api import EngineAPI
    from engine.cycle_views import CycleComponent, CycleRecord
    from widgets.cycle_list import CycleLife, CycleRow
    from widgets.text_pane import Line

CHECK_SECONDS = 30.0
"""A check is repeated so often even when nothing seems to have happened."""
MOST_TITLES = 40
"""Tasks of a component up to which their titles are read; of more, those of the cycle."""
HISTORY = 1_000
"""Components, alive and gone, that the curve is made from."""


@dataclass(frozen=True, slots=True)
class CyclesAnswer:
    """All that the screen shows."""

    rows: tuple[CycleRow, ...]
    life: CycleLife
    selected: int | None
    """Id of the component that is drawn."""
    picture: CycleModel
    order: WorkOrder
    """That of ``picture`` after the cut."""
    task: tuple[Line, ...] = ()
    """What is known of the task that is opened."""


NO_ORDER = WorkOrder((), 0)


@dataclass(frozen=True, slots=True)
class Explained:
    """A component as it is shown, and what that was made from."""

    component: CycleComponent
    titles: dict[str, str]
    model: CycleModel
    order: WorkOrder

    @classmethod
    def of(cls, component: CycleComponent, titles: dict[str, str]) -> Explained:
        """Of a large one that takes a second; pure, so any thread may do it."""
        model = component_model(component, titles=titles, now=0.0)
        return cls(component, titles, model, order_after(model))


@dataclass(slots=True)
class CycleMemory:
    """What was read last, so that a check is made only when there may be something new."""

    report: CycleReport = field(default_factory=CycleReport)
    history: list[CycleRecord] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    explained: dict[int, Explained] = field(default_factory=dict)
    """Those of the report that were drawn, by their ids."""
    news: int = -1
    """The number of the event that the report is younger than."""
    read_at: float = 0.0

    def old(self, news: int, now: float) -> bool:
        """Whether something happened since, or it is long ago."""
        return news != self.news or not 0 <= now - self.read_at < CHECK_SECONDS


@dataclass(frozen=True, slots=True)
class CyclesQuestion:
    """The components there are, and one of them in full."""

    selected: int | None
    """Id of the component to draw; the first without one, or when that is gone."""
    news: int
    """The number of the last event that has to do with cycles."""
    memory: CycleMemory = field(compare=False)
    opened: str | None = None
    """Id of the task that is wanted in full."""

    async def ask(self, engine: EngineAPI, now: float) -> CyclesAnswer:
        """Check if need be, and explain the component to be drawn."""
        memory = self.memory
        if memory.old(self.news, now):
            memory.report = await engine.cycles()
            memory.history = await engine.cycle_history(HISTORY)
            memory.titles.clear()
            alive = {each.id for each in memory.report.components}
            memory.explained = {id_: old for id_, old in memory.explained.items() if id_ in alive}
            memory.news, memory.read_at = self.news, now
        listed = rows(memory.report, now)
        chosen = self._chosen(listed)
        drawn = next((each for each in memory.report.components if each.id == chosen), None)
        picture, order = NOTHING, NO_ORDER
        if drawn is not None:
            explained = await self._explained(engine, drawn)
            picture = replace(explained.model, note=component_note(drawn, now))
            order = explained.order
        course = life(memory.report, memory.history, now)
        task = await self._task(engine, now) if self.opened is not None else ()
        return CyclesAnswer(listed, course, chosen, picture, order, task)

    async def _explained(self, engine: EngineAPI, component: CycleComponent) -> Explained:
        """The component as it is shown: the same object for as long as nothing changed."""
        titles = await self._titles(engine, component)
        known = self.memory.explained.get(component.id)
        if known is None or (known.component, known.titles) != (component, titles):
            known = await asyncio.to_thread(Explained.of, component, titles)
            self.memory.explained[component.id] = known
        return known

    async def _task(self, engine: EngineAPI, now: float) -> tuple[Line, ...]:
        try:
            task = await engine.get_task(self.opened or "")
            links = await engine.get_links(task.id)
        except TaskNotFoundError as error:
            return (((str(error), "$text-error"),),)
        return task_lines(task, links, now)

    def _chosen(self, listed: tuple[CycleRow, ...]) -> int | None:
        known = [row.id for row in listed]
        return self.selected if self.selected in known else next(iter(known), None)

    async def _titles(self, engine: EngineAPI, component: CycleComponent) -> dict[str, str]:
        known = self.memory.titles
        many = len(component.tasks) > MOST_TITLES
        wanted = component.cycle[:MOST_TITLES] if many else component.tasks
        for task_id in wanted:
            if task_id not in known:
                try:
                    known[task_id] = (await engine.get_task(task_id)).title
                except TaskNotFoundError:  # deleted since the check; the next one will know
                    known[task_id] = ""
        return {task_id: known[task_id] for task_id in wanted}
