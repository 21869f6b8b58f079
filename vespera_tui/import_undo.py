"""How an import is taken back: what it made is deleted, what it changed is set as it was."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.errors import InvalidInputError, TaskError
from vespera_tui.console import ACTOR
from vespera_tui.imported import AT_ONCE
from vespera_tui.long_work import LongWork
from vespera_tui.task_undo import set_back
from vespera_tui.undo import Undo
from widgets.words import counted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable

    from engine.api import EngineAPI
    from engine.tasks import Link
    from vespera_tui.console import Console
    from vespera_tui.imported import Changed, Imported, Made

TAKEN_BACK_AT_MOST = 10_000
"""Tasks that an import may touch if it is to be taken back."""


@dataclass(slots=True)
class _TakingBack:
    """How far taking back came; it goes on from there after a failure."""

    updated: list[Changed]
    created: dict[str, Made]
    """Both as far as they are still to be seen to."""
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
            stay = counted(self.stay, "stays", "stay")
            parts.append(f"; {stay}, changed or deleted meanwhile")
        return "".join(parts)


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

    return Undo(f"import of {name}", back, len(done))


async def _all(calls: Iterable[Awaitable[None]]) -> None:
    """Let each come to its end, so that it is noted; then raise what the first one raised."""
    for result in await asyncio.gather(*calls, return_exceptions=True):
        if result is not None:
            raise result


async def _remove(engine: EngineAPI, task_id: str, made: Made, state: _TakingBack) -> None:
    """Delete what was created, unless it was changed or deleted since."""
    try:
        task, links = await asyncio.gather(engine.get_task(task_id), engine.get_links(task_id))
        if ours := made.same(task, links):
            await engine.delete_task(task_id, expected_version=task.version, actor=ACTOR)
    except TaskError:  # changed or deleted just now, by somebody else: it is counted
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


async def _restore(engine: EngineAPI, done: Changed, state: _TakingBack) -> None:
    """Set fields and links to what they were, unless somebody changed those fields since."""
    try:
        now = await set_back(engine, done.id, done.created_at, done.was, done.written)
        if done.wanted != done.had:
            await _relink(engine, done)
    except (TaskError, InvalidInputError):  # changed or deleted since, or a cycle: it is counted
        state.stay += 1
    else:
        whole = not done.extra and now.closed_at == done.closed_at
        state.restored += whole
        state.in_part += not whole
    state.updated.remove(done)


async def _relink(engine: EngineAPI, done: Changed) -> None:
    """Undo what the import did to the links, and nothing that a person did to them since."""
    now = {
        (each.target_id, each.kind)
        for each in await engine.get_links(done.id)
        if each.task_id == done.id
    }
    for target, kind in (done.wanted - done.had) & now:
        await engine.remove_dependency(done.id, target, kind=kind, actor=ACTOR)
    for target, kind in (done.had - done.wanted) - now:
        await engine.add_dependency(done.id, target, kind=kind, actor=ACTOR)
