"""What is done to many tasks at once: shown first, each by itself, taken back together."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.errors import (
    InvalidInputError,
    TaskError,
    TaskNotFoundError,
    VersionConflictError,
    VesperaError,
)
from engine.tasks import FINISHED
from vespera_tui.console import ACTOR, engine_of
from vespera_tui.long_work import LongWork, one_at_a_time
from vespera_tui.task_undo import undo_change, undo_delete
from vespera_tui.undo import Undo
from widgets.words import counted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from engine.api import EngineAPI
    from engine.tasks import Task
    from vespera_tui.console import Console

AT_MOST = 1_000
"""Tasks that are acted on together."""
CLAIMED = ("status", "assignee")
"""The fields that claiming sets; others may be somebody else's, changed just before."""
NAMED = 5
"""Tasks that a question names, and those that could not be done that a toast names."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What is done to each of them."""

    verb: str
    done: str
    """What they are then."""
    run: Callable[[EngineAPI, Task], Awaitable[Undo]]
    """Does it; what takes it back. Raises VesperaError."""
    meaning: Callable[[EngineAPI, Sequence[Task]], Awaitable[str]]
    """What it would touch."""


@dataclass(slots=True)
class _Outcome:
    """What became of them."""

    undos: list[Undo] = field(default_factory=list)
    """One for each that was done."""
    refused: list[str] = field(default_factory=list)
    """Why others were not, one by one."""
    left: Sequence[Task] = ()
    """Those that were not tried, because it was stopped or something would hit them all."""
    problem: str = ""
    """What that is."""


async def _finish(engine: EngineAPI, task: Task) -> Undo:
    done = await engine.finish_task(task.id, expected_version=task.version, actor=ACTOR)
    return undo_change(task, done.task)


async def _check_same(engine: EngineAPI, task: Task) -> None:
    """Refuse what is no longer as the question showed it, which may have stood for long."""
    now = await engine.get_task(task.id)
    if now.version != task.version:
        raise VersionConflictError(task.id, task.version, now.version)


async def _claim(engine: EngineAPI, task: Task) -> Undo:
    await _check_same(engine, task)
    return undo_change(task, await engine.claim_task(task.id, actor=ACTOR), CLAIMED)


async def _delete(engine: EngineAPI, task: Task) -> Undo:
    links = await engine.get_links(task.id)
    gone = await engine.delete_task(task.id, expected_version=task.version, actor=ACTOR)
    return undo_delete(gone, links)


async def _finished(_: EngineAPI, tasks: Sequence[Task]) -> str:
    over = sum(task.status in FINISHED for task in tasks)
    return f"{counted(over, 'is', 'are')} finished already. " if over else ""


async def _claimed(_: EngineAPI, __: Sequence[Task]) -> str:
    return f"They are set in progress, with {ACTOR}; what waits for others stays. "


async def _deleted(engine: EngineAPI, tasks: Sequence[Task]) -> str:
    found = await asyncio.gather(*(engine.get_links(task.id) for task in tasks))
    links = {(each.task_id, each.target_id, each.kind) for some in found for each in some}
    go = counted(len(links), "link goes", "links go")
    return f"{go} too. Taken back, they are made anew, as version 1. "


FINISH = Deed("Complete", "completed", _finish, _finished)
CLAIM = Deed("Claim", "in progress", _claim, _claimed)
DELETE = Deed("Delete", "deleted", _delete, _deleted)


def check_number(number: int) -> None:
    """Raises InvalidInputError when they are too many to be acted on together."""
    if number > AT_MOST:
        raise InvalidInputError(f"{number:,} tasks are too many; narrow the filter to {AT_MOST:,}")


async def do_many(console: Console, deed: Deed, ids: Sequence[str], of: str) -> None:
    """Show what it would touch; then each leaves the selection as it succeeds.

    "All that match" is selected no longer then, only what was not tried: those that are done may
    still match, and the next key may be meant for one. Raises InvalidInputError when they are too
    many.
    """
    if reason := one_at_a_time(console):
        console.say(f"{deed.verb}: {reason}", problem=True)
        return
    engine, here, rows = engine_of(console), console.here, console.here.main_list
    check_number(len(ids))
    tasks = [task for each in ids if (task := await _there(engine, each)) is not None]
    gone = {*ids} - {task.id for task in tasks}
    if gone and rows is not None:  # or each later key would be meant for them
        rows.unchoose(*gone)
        here.selection_changed()
    if not tasks:
        console.say("none of these tasks is there any more", problem=True)
        return
    question = f"{deed.verb} {_tasks(len(tasks))} {of}?"
    names = ", ".join(task.id for task in tasks[:NAMED]) + (", …" if len(tasks) > NAMED else "")
    detail = f"{names}. {await deed.meaning(engine, tasks)}It can be taken back."
    if not await console.confirm(question, detail):
        return
    outcome = await _each(console, deed, tasks)
    whole = rows is not None and rows.everything
    if rows is not None and whole:
        rows.choose(*(task.id for task in outcome.left))
        here.selection_changed()
    undo = _undo_all(deed, outcome.undos) if outcome.undos else None
    told = _told(deed, outcome, "" if whole else ", and still selected")
    console.say(told, problem=bool(outcome.problem), undo=undo)


async def _each(console: Console, deed: Deed, tasks: Sequence[Task]) -> _Outcome:
    engine, rows, outcome = engine_of(console), console.here.main_list, _Outcome()
    with LongWork(console, f"{deed.verb.lower()} {_tasks(len(tasks))}", len(tasks)) as work:
        for place, task in enumerate(tasks):
            if work.stopped:
                outcome.left = tasks[place:]
                break
            try:
                outcome.undos.append(await deed.run(engine, task))
            except VersionConflictError:
                outcome.refused.append(f"{task.id}: changed meanwhile")
            except (TaskError, InvalidInputError) as error:
                outcome.refused.append(f"{task.id}: {error}")
            except VesperaError as error:  # a full disk, a part that is away: so with all others
                outcome.left, outcome.problem = tasks[place:], str(error)
                break
            else:
                if rows is not None:
                    rows.unchoose(task.id)
                console.here.selection_changed()
            work.advance(1)
    return outcome


async def _there(engine: EngineAPI, task_id: str) -> Task | None:
    try:
        return await engine.get_task(task_id)
    except TaskNotFoundError:  # deleted meanwhile: the question counts those that are there
        return None


def _tasks(number: int) -> str:
    return counted(number, "task")


def _told(deed: Deed, outcome: _Outcome, selected: str) -> str:
    done, refused = len(outcome.undos), outcome.refused
    text = f"{_tasks(done)} {'is' if done == 1 else 'are'} {deed.done}"
    if refused:
        more = "; …" if len(refused) > NAMED else ""
        text = f"{text}; not done{selected}: {'; '.join(refused[:NAMED])}{more}"
    if outcome.problem:
        text = f"{outcome.problem}; {text}"
    if outcome.left:
        text = f"{text}; {_tasks(len(outcome.left))} not tried, and still selected"
    return text


def _undo_all(deed: Deed, undos: Sequence[Undo]) -> Undo:
    left, problems = list(undos), list[str]()  # after a failure it goes on from there

    async def back(engine: EngineAPI) -> str:
        while left:
            try:
                await left[-1].run(engine)
            except (TaskError, InvalidInputError) as error:  # too late for good
                problems.append(str(error))
            left.pop()
        told = f"{_tasks(len(undos) - len(problems))} as before"
        some = "; ".join(problems[:NAMED])
        return f"{told}; not {_tasks(len(problems))}: {some}" if problems else told

    return Undo(f"{deed.verb.lower()} {_tasks(len(undos))}", back, len(undos))
