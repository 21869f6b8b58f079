"""What the tasks screen asks: a part of the list or what words find, and one task in full."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.errors import TaskNotFoundError, VesperaError
from engine.search_views import SearchResult
from engine.task_views import TasksQuery
from vespera_tui.aside import Aside
from vespera_tui.task_details import NEAR, REACHED, TaskFacts, TaskNear, details
from widgets.task_list import TaskModel
from widgets.words import age

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.api import EngineAPI
    from engine.task_views import SyncState, TaskRow
    from widgets.text_pane import Line

FOUND = 200
"""Tasks that a search finds at most."""
BEGUN = 50
"""Of these, how many stand there for the beginning of their ids."""
TYPING = 0.35
"""Seconds without a key before words are searched for by meaning."""
SYNC_SECONDS = 2.0
"""How old what is told of a task's state in the stores may be."""
MEANING_SECONDS = 5.0
"""How old what was found by meaning may be, which the model and the vectors are asked for."""


@dataclass(frozen=True, slots=True)
class TasksAnswer:
    """A part of the list, how it was found, and the task under the cursor."""

    rows: tuple[TaskModel, ...]
    total: int
    first: int
    note: str = ""
    task_id: str | None = None
    """Which task the lines are about."""
    lines: tuple[Line, ...] = ()
    nearest: bool = False
    """Whether a search found as many as it may, so that these are only the nearest."""


class Asides:
    """What is found out beside the feed for this screen."""

    def __init__(self, told: Callable[[], object]) -> None:
        self.meaning = Aside["SearchResult | str"](told)
        self.sync = Aside["SyncState | str"](told)
        self.near = Aside["TaskNear"](told)

    def stop(self) -> None:
        """Nobody looks any more."""
        for aside in (self.meaning, self.sync, self.near):
            aside.stop()


@dataclass(frozen=True, slots=True)
class TasksQuestion:
    """A part of the list, or what ``words`` find, and one task."""

    query: TasksQuery
    words: str
    task_id: str | None
    asides: Asides = field(compare=False)
    typing: bool = field(default=False, compare=False)
    """Whether somebody still types, so that the model is spared."""

    async def ask(self, engine: EngineAPI, now: float) -> TasksAnswer:
        """The answer now; by words until there is one by meaning."""
        query, note, nearest = self.query, "", False
        if self.words:
            result, note = await self._found(engine, now)
            ids = dict.fromkeys((*await self._begun(engine), *(hit.id for hit in result.hits)))
            query, nearest = replace(query, ids=tuple(ids)[:FOUND]), len(ids) >= FOUND
        page = await engine.tasks_page(query)
        if not page.total:
            note = "; ".join(part for part in (await self._unknown(engine), note) if part)
        shown = self.task_id or (page.rows[0].task.id if page.rows else None)
        lines = await self._full(engine, shown, now) if shown else ()
        rows = tuple(_model(row, now) for row in page.rows)
        return TasksAnswer(rows, page.total, page.offset, note, shown, lines, nearest)

    async def _unknown(self, engine: EngineAPI) -> str:
        """Which words of the filter no task has at all."""
        missing = []
        for name in ("project", "assignee", "tag"):
            value = getattr(self.query, name)
            every = TasksQuery(**{name: value}, limit=1)
            if value is not None and not (await engine.tasks_page(every)).total:
                missing.append(f"{name}:{value}")
        return f"no task has {' or '.join(missing)}; upper case counts" if missing else ""

    async def _begun(self, engine: EngineAPI) -> list[str]:
        """The tasks whose ids are or begin as the words, so that a known id finds its task."""
        part = replace(
            self.query, id_begins=self.words, sort="id", descending=False, limit=BEGUN, offset=0
        )
        return [row.task.id for row in (await engine.tasks_page(part)).rows]

    async def _found(self, engine: EngineAPI, now: float) -> tuple[SearchResult, str]:
        wanted: dict[str, Any] = {
            "status": self.query.status, "project": self.query.project,
            "assignee": self.query.assignee, "tag": self.query.tag,
        }  # fmt: skip

        async def by_meaning() -> SearchResult | str:
            await asyncio.sleep(TYPING if self.typing else 0)
            try:
                return await engine.search(self.words, limit=FOUND, **wanted)
            except VesperaError as error:
                return str(error)

        key = (self.words, *wanted.values())
        result = self.asides.meaning.look(key, by_meaning, now=now, again=MEANING_SECONDS)
        if isinstance(result, SearchResult):
            reason = f": {result.note}" if result.note else ""
            return result, f"by {result.mode}{reason}"
        by_words = await engine.search(self.words, limit=FOUND, by_meaning=False, **wanted)
        why = f"by meaning: {result}" if result else "by meaning follows…"
        return by_words, f"by words; {why}"

    async def _full(self, engine: EngineAPI, task_id: str, now: float) -> tuple[Line, ...]:
        try:
            task = await engine.get_task(task_id)
            facts = TaskFacts(
                task,
                await engine.blockers(task_id, limit=REACHED),
                await engine.impact(task_id, limit=REACHED),
                await engine.get_links(task_id),
            )
        except TaskNotFoundError:  # deleted meanwhile
            return ()
        key = (task_id, task.version)
        sync = self.asides.sync.look(
            task_id, lambda: _sync(engine, task_id), now=now, again=SYNC_SECONDS
        )
        near = self.asides.near.look(
            key, lambda: _near(engine, task_id), now=now, again=MEANING_SECONDS
        )
        return details(facts, sync, near, now)


async def _sync(engine: EngineAPI, task_id: str) -> SyncState | str:
    try:
        return await engine.sync_state(task_id)
    except VesperaError as error:
        return str(error)


async def _near(engine: EngineAPI, task_id: str) -> TaskNear:
    try:
        return TaskNear(await engine.similar(task_id, limit=NEAR))
    except VesperaError as error:
        return TaskNear(SearchResult(), str(error))


def _model(row: TaskRow, now: float) -> TaskModel:
    task = row.task
    return TaskModel(
        task.id, task.title, task.status, row.readiness, row.waits_for, task.priority,
        task.project, task.assignee, age(now - task.created_at) if task.created_at else "",
    )  # fmt: skip
