"""How an import is taken back: what it made is deleted, what it changed is set as it was."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.errors import TaskNotFoundError, VesperaError
from engine.tasks import BLOCKS, CHANGEABLE, PARENT_CHILD
from vespera_tui.console import ACTOR
from vespera_tui.long_work import LongWork
from vespera_tui.undo import Undo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.api import EngineAPI
    from engine.snapshots import ImportReport
    from engine.tasks import Link, Task, TaskDraft
    from vespera_tui.console import Console

TAKEN_BACK_AT_MOST = 10_000
"""Tasks that an import may touch if it is to be taken back."""
AT_ONCE = 50
"""Calls under way at the same time."""
LINKS = "links"
"""What an import calls a change of a task's links."""
Ends = frozenset[tuple[str, str]]
"""Target and kind of the links out of a task."""


def wanted_links(draft: TaskDraft) -> Ends:
    """The links that a draft asks for."""
    parent = [(draft.parent, PARENT_CHILD)] if draft.parent else []
    return frozenset(
        [*((each.target_id, each.kind) for each in draft.links), *parent]
        + [(target, BLOCKS) for target in draft.depends_on]
    )


@dataclass(frozen=True, slots=True)
class Before:
    """A task as it was before the import changed it."""

    task: Task
    links: tuple[Link, ...]
    """Those out of it."""

    @classmethod
    async def read(cls, engine: EngineAPI, task_id: str) -> Before:
        """As it is now."""
        links = await engine.get_links(task_id)
        mine = tuple(each for each in links if each.task_id == task_id)
        return cls(await engine.get_task(task_id), mine)


@dataclass(slots=True)
class Imported:
    """What an import did so far, as far as taking it back needs it."""

    created: dict[str, Ends] = field(default_factory=dict)
    updated: list[tuple[Before, TaskDraft, tuple[str, ...]]] = field(default_factory=list)
    """As it was, what the file says, and which fields that changed."""

    def add(
        self, report: ImportReport, drafts: Mapping[str, TaskDraft], before: Mapping[str, Before]
    ) -> None:
        """Note a part; ``before`` has what its tasks were."""
        for change in report.changes:
            draft = drafts[change.id]
            if change.id in before and change.what == "updated":
                self.updated.append((before[change.id], draft, change.fields))
            elif change.what == "created":
                self.created[change.id] = wanted_links(draft)

    def __len__(self) -> int:
        """How many tasks were touched."""
        return len(self.created) + len(self.updated)


async def read_before(engine: EngineAPI, ids: Sequence[str]) -> dict[str, Before]:
    """Those that are about to be updated, as they are now."""
    found: dict[str, Before] = {}
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        read = await asyncio.gather(*(Before.read(engine, each) for each in part))
        found.update(zip(part, read, strict=True))
    return found


def undo_import(console: Console, name: str, done: Imported) -> Undo:
    """Take it back, but for tasks that somebody changed since."""

    async def back(engine: EngineAPI) -> str:
        deleted = restored = 0
        with LongWork(console, f"taking {name} back", len(done), stops=False) as work:
            for start in range(0, len(done.updated), AT_ONCE):
                part = done.updated[start : start + AT_ONCE]
                restored += sum(await asyncio.gather(*(_restore(engine, *each) for each in part)))
                work.advance(len(part))
            created = list(done.created.items())
            for start in range(0, len(created), AT_ONCE):
                some = created[start : start + AT_ONCE]
                gone = await asyncio.gather(*(_remove(engine, *each, done) for each in some))
                deleted += sum(gone)
                work.advance(len(some))
        stay = len(done) - deleted - restored
        kept = f"; {stay:,} were changed meanwhile and stay" if stay else ""
        return f"{name}: {deleted:,} deleted, {restored:,} as before{kept}"

    return Undo(f"import of {name}", back)


async def _remove(engine: EngineAPI, task_id: str, wanted: Ends, done: Imported) -> bool:
    """Delete what was created, unless it was changed or deleted since."""
    try:
        task, links = await asyncio.gather(engine.get_task(task_id), engine.get_links(task_id))
    except TaskNotFoundError:
        return False
    mine = {(each.target_id, each.kind) for each in links if each.task_id == task_id}
    if task.version != 1 or not mine <= wanted:
        return False
    await engine.delete_task(task_id, actor=ACTOR)
    for link in links:  # those of others into it dangled before the import, or were made since
        if link.task_id not in {task_id, *done.created}:
            await engine.add_dependency(link.task_id, task_id, kind=link.kind, actor=ACTOR)
    return True


async def _restore(
    engine: EngineAPI, before: Before, draft: TaskDraft, changed: Sequence[str]
) -> bool:
    """Set fields and links to what they were, unless somebody changed the task since."""
    task = before.task
    fields = {name: getattr(task, name) for name in CHANGEABLE if name in changed}
    version = task.version + any(name != LINKS for name in changed)
    try:
        await engine.update_task(task.id, fields, expected_version=version, actor=ACTOR)
        if LINKS in changed:
            await _relink(engine, before, draft)
    except VesperaError:  # changed or deleted since, or a link would close a cycle: it is counted
        return False
    return True


async def _relink(engine: EngineAPI, before: Before, draft: TaskDraft) -> None:
    had = {(each.target_id, each.kind) for each in before.links}
    wanted, task_id = wanted_links(draft), before.task.id
    now = {
        (each.target_id, each.kind)
        for each in await engine.get_links(task_id)
        if each.task_id == task_id
    }
    for target, kind in (wanted - had) & now:
        await engine.remove_dependency(task_id, target, kind=kind, actor=ACTOR)
    for target, kind in had - now:
        await engine.add_dependency(task_id, target, kind=kind, actor=ACTOR)
