"""What is done to operations: to the one under the cursor, the selected ones, or all that match."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.errors import VesperaError
from engine.operations import OperationFilter, ServicePriority, Steering
from vespera_tui.console import ACTOR, engine_of
from vespera_tui.snapshot import service_title
from vespera_tui.taking_back import UNDONE_AT_MOST, joined_others, undo_steering
from widgets.models import Choice
from widgets.words import PRIORITIES, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.operation_views import SteeringPreview
    from vespera_tui.console import Console
    from widgets.models import OperationModel
    from widgets.row_list import RowList

ONLY = {
    Steering.RETRY: "failed ones can be retried, cancelled ones only while no equal one waits",
    Steering.CANCEL: "only waiting ones can be cancelled",
    Steering.RUN_NOW: "only scheduled ones can be brought forward",
    Steering.PRIORITIZE: "only waiting ones with another priority can be changed",
    Steering.PAUSE: "only waiting ones can be held back",
    Steering.RESUME: "only those held back can be let go",
    Steering.DISCARD: "only failed ones can be discarded",
}
"""Why nothing was done."""
DETAILS = {
    Steering.RETRY: "They are queued again, with fresh attempts.",
    Steering.CANCEL: "They will not run. They can be retried later.",
    Steering.RUN_NOW: "They are due at once.",
    Steering.PRIORITIZE: "The most urgent run first.",
    Steering.PAUSE: "They wait until they are let go.",
    Steering.RESUME: "They wait their turn again.",
    Steering.DISCARD: "They are kept, and are no longer counted as failed.",
}
VERBS = {
    Steering.RETRY: ("Retry", "queued again"),
    Steering.CANCEL: ("Cancel", "cancelled"),
    Steering.RUN_NOW: ("Run now:", "due now"),
    Steering.PRIORITIZE: ("Change the priority of", "changed"),
    Steering.PAUSE: ("Hold", "held back until let go"),
    Steering.RESUME: ("Let go", "waiting their turn again"),
    Steering.DISCARD: ("Discard", "discarded"),
}
"""The question's verb, and what they are afterwards."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done."""

    how: Steering
    priority: ServicePriority | None = None


async def retry(console: Console) -> None:
    """Queue failed or cancelled operations again."""
    await _do(console, Wish(Steering.RETRY), "is queued again")


async def cancel(console: Console) -> None:
    """Cancel waiting operations, after a question."""
    if console.here.meant:
        await _do_many(console, Wish(Steering.CANCEL))
    elif operation := _operation(console):
        question = f"Cancel operation {operation.id}, {operation.kind} {operation.key}?"
        detail = "It will not run. It can be retried later."
        if await console.confirm(question, detail, blindly=True):
            await _do_one(console, Wish(Steering.CANCEL), operation, "is cancelled")


async def run_now(console: Console) -> None:
    """Make scheduled operations due at once."""
    await _do(console, Wish(Steering.RUN_NOW), "is due now")


async def discard(console: Console) -> None:
    """Count failed operations as failed no more; they are kept."""
    await _do(console, Wish(Steering.DISCARD), "is discarded")


async def pause_operation(console: Console) -> None:
    """Hold waiting operations back, or let go those that are."""
    if meant := console.here.meant:
        held = await engine_of(console).preview_steering(Steering.PAUSE, meant[0], limit=1)
        await _do_many(console, Wish(Steering.PAUSE if held.total else Steering.RESUME))
        return
    if (operation := _operation(console)) is None:
        return
    # one that is held back already is not touched by pausing, so the engine decides which it is
    if await _touched(console, Wish(Steering.PAUSE), operation):
        _done(console, Wish(Steering.PAUSE), operation, "is paused until it is resumed")
    elif await _touched(console, Wish(Steering.RESUME), operation):
        _done(console, Wish(Steering.RESUME), operation, "waits its turn again")
    else:
        _refused(console, Steering.PAUSE, operation)


async def raise_priority(console: Console) -> None:
    """One step nearer to critical."""
    await _prioritise(console, -1)


async def lower_priority(console: Console) -> None:
    """One step nearer to low."""
    await _prioritise(console, 1)


async def _prioritise(console: Console, step: int) -> None:
    if console.here.meant:
        choices = [Choice(str(int(each)), PRIORITIES[each]) for each in ServicePriority]
        chosen = await console.choose("Which priority for all of them?", choices)
        if chosen is not None:
            await _do_many(console, Wish(Steering.PRIORITIZE, ServicePriority(int(chosen))))
        return
    if (shown := _operation(console)) is not None:
        async with console.counting:
            await _step(console, shown, step)


async def _step(console: Console, shown: OperationModel, step: int) -> None:
    found = await engine_of(console).get_operation(shown.id)  # it may have been changed since
    operation = (
        shown if found is None else replace(shown, state=found.state, priority=int(found.priority))
    )
    wanted = operation.priority + step
    if not ServicePriority.CRITICAL <= wanted <= ServicePriority.LOW:
        word = ServicePriority(operation.priority).name.lower()
        end = "highest" if step < 0 else "lowest"
        console.say(f"operation {operation.id} is {word}, the {end} priority there is")
        return
    priority = ServicePriority(wanted)
    done = f"has priority {priority.name.lower()}"
    await _do_one(console, Wish(Steering.PRIORITIZE, priority), operation, done)


async def _do(console: Console, wish: Wish, done: str) -> None:
    if console.here.meant:
        await _do_many(console, wish)
    elif operation := _operation(console):
        await _do_one(console, wish, operation, done)


# One


async def _do_one(console: Console, wish: Wish, operation: OperationModel, done: str) -> None:
    if not await _touched(console, wish, operation):
        _refused(console, wish.how, operation)
        return
    if await joined_others(engine_of(console), wish.how, (operation.id,)):
        done = "is kept as cancelled: an equal one waits and does the work"
    _done(console, wish, operation, done)


async def _touched(console: Console, wish: Wish, operation: OperationModel) -> bool:
    which, engine = OperationFilter(ids=(operation.id,)), engine_of(console)
    return bool(await engine.steer_operations(wish.how, which, priority=wish.priority, actor=ACTOR))


def _done(console: Console, wish: Wish, operation: OperationModel, done: str) -> None:
    undo = undo_steering(wish.how, {operation.id: operation.priority})
    console.say(f"operation {operation.id} {done}", undo=undo)


def _refused(console: Console, how: Steering, operation: OperationModel) -> None:
    message = f"nothing done to operation {operation.id} ({operation.state}): {ONLY[how]}"
    console.say(message, problem=True)


def _operation(console: Console) -> OperationModel | None:
    if console.selected_operation is None:
        console.say("no operation is under the cursor: go to their list (2)", problem=True)
    return console.selected_operation


# Many


async def _do_many(console: Console, wish: Wish) -> None:
    if (meant := console.here.meant) is None:
        return
    (which, words), rows = meant, console.here.main_list
    preview = await ask_first(console, wish, which, words)
    if preview is None:
        return
    if rows is not None and rows.chosen:
        await _one_by_one(console, wish, preview, rows)
        return
    touched = await steer_previewed(console, wish, which, preview)
    if rows is not None:
        rows.unchoose()
    console.here.selection_changed()
    await tell_many(console, wish, touched, preview)


async def ask_first(
    console: Console, wish: Wish, which: OperationFilter, of: str
) -> SteeringPreview | None:
    """Show how many it would touch, and ask; None when there are none, or the answer is no."""
    preview = await engine_of(console).preview_steering(
        wish.how, which, priority=wish.priority, limit=UNDONE_AT_MOST
    )
    if not preview.total:
        console.say(f"nothing to do: {ONLY[wish.how]}", problem=True)
        return None
    services = ", ".join(
        f"{number:,} {service_title(name)}" for name, number in preview.by_service.items()
    )
    verb = VERBS[wish.how][0]
    question = f"{verb} {counted(preview.total, 'operation')} {of}?"
    detail = f"{services}. {DETAILS[wish.how]}"
    if preview.total > len(preview.ids):
        detail += (
            f" More than {UNDONE_AT_MOST:,} at once can't be taken back, and those are among them"
            " that come to match meanwhile."
        )
    return preview if await console.confirm(question, detail) else None


async def steer_previewed(
    console: Console, wish: Wish, which: OperationFilter, preview: SteeringPreview
) -> list[int]:
    """Do it to what was previewed, by number where all are known; the ids of those touched."""
    exact = preview.total == len(preview.ids)
    return await engine_of(console).steer_operations(
        wish.how,
        OperationFilter(ids=preview.ids) if exact else which,
        priority=wish.priority,
        actor=ACTOR,
    )


async def _one_by_one(
    console: Console, wish: Wish, preview: SteeringPreview, rows: RowList[Any]
) -> None:
    """Each leaves the selection as it succeeds; the others stay, to be seen to."""
    here, problem = console.here, ""
    before = dict(zip(preview.ids, preview.priorities, strict=True))
    done: dict[int, int] = {}
    for number in preview.ids:
        which = OperationFilter(ids=(number,))
        try:
            touched = await engine_of(console).steer_operations(
                wish.how, which, priority=wish.priority, actor=ACTOR
            )
        except VesperaError as error:
            problem = f"; {len(before) - len(done):,} are not, for {error}"
            break
        if touched:
            done[number] = before[number]
            rows.unchoose(number)
            here.selection_changed()
    missed = len(before) - len(done)
    late = f"; {missed:,} had moved on meanwhile and stay selected" if missed else ""
    undo = undo_steering(wish.how, done)
    text = await _became(console, wish, tuple(done))
    console.say(f"{text}{problem or late}", problem=bool(problem), undo=undo)


async def tell_many(
    console: Console, wish: Wish, touched: Sequence[int], preview: SteeringPreview
) -> None:
    """Say what became of it; what others did to some of them meanwhile is not taken back."""
    undo = None
    if preview.total == len(preview.ids):
        before = dict(zip(preview.ids, preview.priorities, strict=True))
        undo = undo_steering(wish.how, {number: before[number] for number in touched})
    missed = preview.total - len(touched)
    late = f"; {missed:,} had moved on meanwhile" if missed > 0 else ""
    console.say(f"{await _became(console, wish, touched)}{late}", undo=undo)


async def _became(console: Console, wish: Wish, touched: Sequence[int]) -> str:
    joined = await joined_others(engine_of(console), wish.how, touched)
    kept = f"; {counted(joined, 'is', 'are')} kept as cancelled: an equal one waits"
    done = counted(len(touched) - joined, "operation is", "operations are")
    return f"{done} {VERBS[wish.how][1]}{kept if joined else ''}"
