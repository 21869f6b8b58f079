"""What is done to services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import VesperaError
from vespera_tui.console import ACTOR, engine_of
from vespera_tui.undo import Undo
from widgets.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        if (await engine.status(parity=False)).services[service.name].enabled != enabled:
            return f"{service.title} is {'off' if enabled else 'on'} already"
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
        undo = Undo(f"resuming of {service.title}", _Several([service], pausing=True))
        console.say(f"{service.title} works again; {_wait(waiting)}", undo=undo)
    else:
        waiting = await engine.pause_service(service.name, actor=ACTOR)
        undo = Undo(f"pause of {service.title}", _Several([service], pausing=False))
        told = f"{service.title} is paused until it is resumed; {_wait(waiting)}"
        console.say(told, undo=undo)


async def pause_all(console: Console) -> None:
    """Pause all services, after a question; resume them when all are paused."""
    services = console.services
    working = [each for each in services if each.status != "paused"]
    if not working:
        await _all(console, services, pausing=False)
        return
    titles = ", ".join(each.title for each in working)
    waiting = sum(each.available + each.scheduled for each in working)
    detail = (
        f"{titles}. {counted(waiting, 'operation waits', 'operations wait')} until they are"
        " resumed, restarts included;"
        " what runs is finished."
    )
    question = f"Pause all {len(working)} services that work?"
    if len(working) == 1:
        question = "Pause the one service that works?"
    if await console.confirm(question, detail, blindly=True):
        await _all(console, working, pausing=True)


async def _all(console: Console, services: Sequence[ServiceModel], *, pausing: bool) -> None:
    several, problem = _Several(services, pausing=pausing), ""
    try:
        told = await several(engine_of(console))
    except VesperaError as error:  # what is done before is told, and can be taken back
        if not several.done:
            raise
        problem = f"{error}; so only "
        told = several.told()
    undo = Undo(
        f"{'pause' if pausing else 'resuming'} of {counted(len(several.done), 'service')}",
        _Several(several.done, pausing=not pausing),
    )
    console.say(f"{problem}{told}", problem=bool(problem), undo=undo)


class _Several:
    """Pauses services or lets them work again, one after the other; goes on after a failure."""

    def __init__(self, services: Sequence[ServiceModel], *, pausing: bool) -> None:
        self._left, self._pausing, self._waiting = list(services), pausing, 0
        self.done: list[ServiceModel] = []

    async def __call__(self, engine: EngineAPI) -> str:
        """Do it; what became of it. Raises VesperaError when one fails."""
        call = engine.pause_service if self._pausing else engine.resume_service
        while self._left:
            self._waiting += await call(self._left[0].name, actor=ACTOR)
            self.done.append(self._left.pop(0))
        return self.told()

    def told(self) -> str:
        """What is done so far."""
        one = len(self.done) == 1
        who = self.done[0].title if one else f"{len(self.done)} services"
        if self._pausing:
            return f"{who} {'is' if one else 'are'} paused until resumed"
        return f"{who} at work again; {_wait(self._waiting)}"


def _wait(number: int) -> str:
    return counted(number, "waits", "wait")


def _service(console: Console) -> ServiceModel | None:
    if console.selected_service is None:
        console.say(
            "no service is under the cursor: go to a card of the overview (1, then tab)",
            problem=True,
        )
    return console.selected_service
