"""What is done to operations: to the one under the cursor, or to those selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.operations import OperationFilter, ServicePriority, Steering
from vespera_tui.console import ACTOR, engine_of

if TYPE_CHECKING:
    from vespera_tui.console import Console
    from widgets.models import OperationModel

ONLY = {
    Steering.RETRY: "only failed and cancelled ones can be retried",
    Steering.CANCEL: "only waiting ones can be cancelled",
    Steering.RUN_NOW: "only scheduled ones can be brought forward",
    Steering.PRIORITIZE: "only waiting ones have a priority to change",
    Steering.PAUSE: "only waiting ones can be paused",
}
"""Why nothing was done."""


async def retry(console: Console) -> None:
    """Queue a failed or cancelled operation again."""
    if operation := _operation(console):
        await _steer(console, Steering.RETRY, operation, "is queued again")


async def cancel(console: Console) -> None:
    """Cancel a waiting operation, after a question."""
    if (operation := _operation(console)) is None:
        return
    question = f"Cancel operation {operation.id}, {operation.kind} {operation.key}?"
    if await console.confirm(question, "It will not run. It can be retried later."):
        await _steer(console, Steering.CANCEL, operation, "is cancelled")


async def run_now(console: Console) -> None:
    """Make a scheduled operation due at once."""
    if operation := _operation(console):
        await _steer(console, Steering.RUN_NOW, operation, "is due now")


async def pause_operation(console: Console) -> None:
    """Pause a waiting operation, or resume it when it is paused."""
    if (operation := _operation(console)) is None:
        return
    # one that is paused already is not touched by pausing, so the engine decides which it is
    if await _touched(console, Steering.PAUSE, operation):
        console.say(f"operation {operation.id} is paused until it is resumed")
    elif await _touched(console, Steering.RESUME, operation):
        console.say(f"operation {operation.id} waits its turn again")
    else:
        _refused(console, Steering.PAUSE, operation)


async def raise_priority(console: Console) -> None:
    """One step nearer to critical."""
    await _prioritise(console, -1)


async def lower_priority(console: Console) -> None:
    """One step nearer to low."""
    await _prioritise(console, 1)


async def _prioritise(console: Console, step: int) -> None:
    if (operation := _operation(console)) is None:
        return
    wanted = operation.priority + step
    if not ServicePriority.CRITICAL <= wanted <= ServicePriority.LOW:
        word = ServicePriority(operation.priority).name.lower()
        end = "highest" if step < 0 else "lowest"
        console.say(f"operation {operation.id} is {word}, the {end} priority there is")
        return
    priority = ServicePriority(wanted)
    done = f"has priority {priority.name.lower()}"
    await _steer(console, Steering.PRIORITIZE, operation, done, priority)


async def _steer(
    console: Console,
    how: Steering,
    operation: OperationModel,
    done: str,
    priority: ServicePriority | None = None,
) -> None:
    if await _touched(console, how, operation, priority):
        console.say(f"operation {operation.id} {done}")
    else:
        _refused(console, how, operation)


async def _touched(
    console: Console,
    how: Steering,
    operation: OperationModel,
    priority: ServicePriority | None = None,
) -> bool:
    which = OperationFilter(ids=(operation.id,))
    engine = engine_of(console)
    return bool(await engine.steer_operations(how, which, priority=priority, actor=ACTOR))


def _refused(console: Console, how: Steering, operation: OperationModel) -> None:
    message = f"nothing done to operation {operation.id} ({operation.state}): {ONLY[how]}"
    console.say(message, problem=True)


def _operation(console: Console) -> OperationModel | None:
    if console.selected_operation is None:
        console.say("no operation is selected: move to the list with tab", problem=True)
    return console.selected_operation
