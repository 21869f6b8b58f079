"""What is done to services and to alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_tui.console import ACTOR, engine_of
from vespera_tui.undo import Undo

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from engine.api import EngineAPI
    from vespera_tui.console import Console
    from widgets.models import ServiceModel


async def enable(console: Console) -> None:
    """Switch the service on."""
    await _switch(console, enabled=True)


async def disable(console: Console) -> None:
    """Switch the service off."""
    await _switch(console, enabled=False)


async def _switch(console: Console, *, enabled: bool) -> None:
    if (service := _service(console)) is None:
        return
    if service.enabled == enabled:
        console.say(f"{service.title} is {'on' if enabled else 'off'} already")
        return
    await engine_of(console).configure_background_service(
        service.name, enabled=enabled, actor=ACTOR
    )

    async def back(engine: EngineAPI) -> str:
        await engine.configure_background_service(service.name, enabled=not enabled, actor=ACTOR)
        return f"{service.title} is {'off' if enabled else 'on'} again"

    word = "on" if enabled else "off; its operations wait"
    console.say(f"{service.title} is {word}", undo=Undo(f"{service.title} {word}", back))


async def pause_service(console: Console) -> None:
    """Pause the service, or resume it when it is paused."""
    if (service := _service(console)) is None:
        return
    engine = engine_of(console)
    if service.status == "paused":
        waiting = await engine.resume_service(service.name, actor=ACTOR)
        undo = Undo(f"resuming of {service.title}", _pausing([service]))
        console.say(f"{service.title} works again; {waiting:,} wait", undo=undo)
    else:
        waiting = await engine.pause_service(service.name, actor=ACTOR)
        undo = Undo(f"pause of {service.title}", _resuming([service]))
        console.say(f"{service.title} is paused until it is resumed; {waiting:,} wait", undo=undo)


async def pause_all(console: Console) -> None:
    """Pause all services, after a question; resume them when all are paused."""
    engine, services = engine_of(console), console.services
    working = [each for each in services if each.status != "paused"]
    if not working:
        undo = Undo("resuming of all services", _pausing(services))
        console.say(await _resuming(services)(engine), undo=undo)
        return
    titles = ", ".join(each.title for each in working)
    waiting = sum(each.available + each.scheduled for each in working)
    detail = (
        f"{titles}. {waiting:,} operations wait until they are resumed, restarts included;"
        " what runs is finished."
    )
    question = f"Pause all {len(working)} services that work?"
    if await console.confirm(question, detail, blindly=True):
        undo = Undo("pause of all services", _resuming(working))
        console.say(await _pausing(working)(engine), undo=undo)


def _resuming(services: Sequence[ServiceModel]) -> Callable[[EngineAPI], Awaitable[str]]:
    async def resume(engine: EngineAPI) -> str:
        waiting = 0
        for service in services:
            waiting += await engine.resume_service(service.name, actor=ACTOR)
        who = services[0].title if len(services) == 1 else f"{len(services)} services"
        return f"{who} at work again; {waiting:,} wait"

    return resume


def _pausing(services: Sequence[ServiceModel]) -> Callable[[EngineAPI], Awaitable[str]]:
    async def pause(engine: EngineAPI) -> str:
        for service in services:
            await engine.pause_service(service.name, actor=ACTOR)
        one = len(services) == 1
        who = f"{services[0].title} is" if one else f"{len(services)} services are"
        return f"{who} paused until resumed"

    return pause


def _service(console: Console) -> ServiceModel | None:
    if console.selected_service is None:
        console.say(
            "no service is under the cursor: go to a card of the overview (1, then tab)",
            problem=True,
        )
    return console.selected_service
