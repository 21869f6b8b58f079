"""All plugins at once: their services when the engine starts, and what they want done regularly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.operations import NewOperation
from engine.plugins.discovery import discover
from engine.plugins.service import PluginService

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.services.base import ServiceContext

TICK_SECONDS = 10.0


def load(context: ServiceContext) -> tuple[list[PluginService], list[str]]:
    """A service for each installed plugin, and one line for each that is left out.

    Imports nothing of them and starts no process. Reads files: call it in a thread.
    """
    if not context.config.plugins.enabled:
        return [], []
    found = discover()
    return [PluginService(context, plugin) for plugin in found.plugins], list(found.problems)


async def keep_time(services: Sequence[PluginService], context: ServiceContext) -> None:
    """For ever: see that each kind named in ``every`` waits in the queue for its next time.

    The queue itself keeps the time: it is one waiting operation a kind, whose time a repeated
    request can't move, so that a restart neither forgets it nor starts it anew.
    """
    while True:
        due = [operation for service in services for operation in regular(service)]
        if due:
            await context.queue.enqueue(due)
        shortest = min((operation.delay for operation in due), default=TICK_SECONDS)
        await context.clock.sleep(min(TICK_SECONDS, shortest))


def regular(service: PluginService) -> list[NewOperation]:
    """The next run of each kind that the plugin wants done regularly."""
    return [
        NewOperation(service.name, kind, "regular", delay=seconds, max_wait=seconds, origin="timer")
        for kind, seconds in service.traits.every.items()
    ]
