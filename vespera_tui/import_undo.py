"""How an import is taken back: what it made is deleted, what it changed is set as it was."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.errors import InvalidInputError, TaskError, TaskNotFoundError
from engine.tasks import BLOCKS, CHANGEABLE, PARENT_CHILD
from vespera_tui.console import ACTOR
from vespera_tui.long_work import LongWork
from vespera_tui.undo import Undo

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable, Mapping, Sequence

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
EXTRA = "extra"
"""What it calls a change of what a task has beside its fields."""
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


Update = tuple[Before, "TaskDraft", tuple[str, ...]]
"""A task as it was, what the file says, and which fields that changed."""


@dataclass(slots=True)
class Imported:
    """What an import did so far, as far as taking it back needs it."""

    created: dict[str, Ends] = field(default_factory=dict)
    updated: list[Update] = field(default_factory=list)

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
    """Those that are about to be updated and still there, as they are now."""
    found: dict[str, Before] = {}
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        read = await asyncio.gather(*(_before(engine, each) for each in part))
        found.update({each.task.id: each for each in read if each is not None})
    return found


@dataclass(slots=True)
class _TakingBack:
    """How far taking back came; it goes on from there after a failure."""

    updated: list[Update]
    created: dict[str, Ends]
    """Both as far as they are still to be seen to."""
    versions: dict[str, int] = field(default_factory=dict)
    """Of the tasks whose fields are as before, though their links may not be."""
    gone: set[str] = field(default_factory=set)
    dangling: list[Link] = field(default_factory=list)
    """Links of others into what is gone, still to be made again."""
    restored: int = 0
    in_part: int = 0
    """Of which something stays that an update of a task can't set."""
    stay: int = 0

    def told(self, name: str) -> str:
        """What became of it."""
        parts = [f"{name}: {len(self.gone):,} deleted, {self.restored:,} as before"]
        if self.in_part:
            parts.append(f", {self.in_part:,} in part: what the file added beside the fields stays")
        if self.stay:
            parts.append(f"; {self.stay:,} were changed or deleted meanwhile and stay")
        return "".join(parts)


async def _before(engine: EngineAPI, task_id: str) -> Before | None:
    try:
        return await Before.read(engine, task_id)
    except TaskNotFoundError:  # deleted since the preview: the import makes it anew
        return None


def undo_import(console: Console, name: str, done: Imported) -> Undo:
    """Take it back, but for tasks that somebody changed since."""
    state = _TakingBack(list(done.updated), dict(done.created))

    async def back(engine: EngineAPI) -> str:
        left = len(state.updated) + len(state.created)
        with LongWork(console, f"taking {name} back", left, stops=False) as work:
            updates = list(state.updated)
            for start in range(0, len(updates), AT_ONCE):
                part = updates[start : start + AT_ONCE]
                await _all(_restore(engine, each, state) for each in part)
                work.advance(len(part))
            created = list(state.created.items())
            for start in range(0, len(created), AT_ONCE):
                some = created[start : start + AT_ONCE]
                await _all(_remove(engine, *each, state) for each in some)
                work.advance(len(some))
            await _link_again(engine, state)
        return state.told(name)

    return Undo(f"import of {name}", back)


async def _all(calls: Iterable[Awaitable[None]]) -> None:
    """Let each come to its end, so that it is noted; then raise what the first one raised."""
    for result in await asyncio.gather(*calls, return_exceptions=True):
        if result is not None:
            raise result


async def _remove(engine: EngineAPI, task_id: str, wanted: Ends, state: _TakingBack) -> None:
    """Delete what was created, unless it was changed or deleted since."""
    try:
        task, links = await asyncio.gather(engine.get_task(task_id), engine.get_links(task_id))
        mine = {(each.target_id, each.kind) for each in links if each.task_id == task_id}
        ours = task.version == 1 and mine <= wanted
        if ours:
            await engine.delete_task(task_id, actor=ACTOR)
    except TaskError:  # deleted since, by somebody else: it is counted
        ours = False
    del state.created[task_id]
    if not ours:
        state.stay += 1
        return
    state.gone.add(task_id)
    state.dangling += [each for each in links if each.task_id != task_id]


async def _link_again(engine: EngineAPI, state: _TakingBack) -> None:
    """Links of others into what is gone dangled before the import, or were made since."""
    while state.dangling:
        link = state.dangling[-1]
        if link.task_id not in state.gone:
            with suppress(TaskError):  # the other end is gone meanwhile too: no link is missed
                await engine.add_dependency(
                    link.task_id, link.target_id, kind=link.kind, actor=ACTOR
                )
        state.dangling.pop()


async def _restore(engine: EngineAPI, update: Update, state: _TakingBack) -> None:
    """Set fields and links to what they were, unless somebody changed the task since."""
    before, draft, changed = update
    task = before.task
    fields = {name: getattr(task, name) for name in CHANGEABLE if name in changed}
    made = task.version + any(name != LINKS for name in changed)
    version = state.versions.get(task.id, made)
    try:
        now = await engine.update_task(task.id, fields, expected_version=version, actor=ACTOR)
        state.versions[task.id] = now.version
        if LINKS in changed:
            await _relink(engine, before, draft)
    except (TaskError, InvalidInputError):  # changed or deleted since, or a cycle: it is counted
        state.stay += 1
    else:
        whole = EXTRA not in changed and now.closed_at == task.closed_at
        state.restored += whole
        state.in_part += not whole
    state.updated.remove(update)


async def _relink(engine: EngineAPI, before: Before, draft: TaskDraft) -> None:
    """Undo what the import did to the links, and nothing that a person did to them since."""
    had = {(each.target_id, each.kind) for each in before.links}
    wanted, task_id = wanted_links(draft), before.task.id
    now = {
        (each.target_id, each.kind)
        for each in await engine.get_links(task_id)
        if each.task_id == task_id
    }
    for target, kind in (wanted - had) & now:
        await engine.remove_dependency(task_id, target, kind=kind, actor=ACTOR)
    for target, kind in (had - wanted) - now:
        await engine.add_dependency(task_id, target, kind=kind, actor=ACTOR)
