"""One attempt at a batch: bounded in time, and halved when it fails to find who is at fault."""

from __future__ import annotations

import asyncio
import traceback
from typing import TYPE_CHECKING

from engine.errors import DependencyDownError, InvalidInputError
from engine.operations import Failed, Snooze

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from engine.operations import Operation, Outcome
    from engine.queue.port import Ended
    from engine.services.base import BackgroundService

GRACE_SECONDS = 5.0
"""The child's own time limit comes first, and kills it; this one is the net under it."""


async def attempt(
    service: BackgroundService,
    kind: str,
    operations: Sequence[Operation],
    down: Callable[[DependencyDownError], float],
) -> AsyncIterator[Ended]:
    """Run a batch of one kind; yields outcomes as they are known.

    ``down`` is told when a part is away, and says in how many seconds to try again.
    """
    try:
        outcomes = await _run(service, kind, operations)
    except DependencyDownError as error:
        seconds = down(error)
        # a part that only some need, for instance to clean up after a deleted task
        partly = service.dependencies and error.dependency not in service.dependencies
        if not partly or len(operations) == 1:
            waits = Snooze(seconds, str(error), error.dependency)
            yield [(operation, waits) for operation in operations]
            return
    except Exception as error:  # noqa: BLE001 - recorded on the operation, counted and shown
        if len(operations) == 1:
            yield [(operations[0], _failure(error))]
            return
    else:
        yield list(zip(operations, outcomes, strict=True))
        return
    middle = len(operations) // 2
    for half in (operations[:middle], operations[middle:]):
        async for ended in attempt(service, kind, half, down):
            yield ended


async def _run(
    service: BackgroundService, kind: str, operations: Sequence[Operation]
) -> Sequence[Outcome]:
    limit = service.longest_seconds(kind) + GRACE_SECONDS
    service.check_kind(kind)
    try:
        async with asyncio.timeout(limit) as timer:
            outcomes = await service.run(kind, operations)
    except TimeoutError as error:
        if not timer.expired():  # the service's own
            raise
        raise TimeoutError(f"{kind} took longer than {limit:g} s and was stopped") from error
    if len(outcomes) != len(operations):
        raise RuntimeError(
            f"{service.name} gave {len(outcomes)} outcomes for {len(operations)} operations"
        )
    return outcomes


def _failure(error: Exception) -> Failed:
    text = "".join(traceback.format_exception(error))
    remote = getattr(error, "remote_traceback", "")
    message = str(error) or type(error).__name__
    return Failed(message, text + remote, isinstance(error, InvalidInputError))
