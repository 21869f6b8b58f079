"""Work in parts that a person watches on every screen, and may stop between two parts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from widgets.work_line import WorkModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from vespera_tui.console import Console
    from widgets.models import KeyHint


class LongWork:
    """Shown from ``with`` on until it is left; ``total`` counts ``unit``, 0 is not known yet."""

    def __init__(
        self,
        console: Console,
        title: str,
        total: int = 0,
        *,
        unit: str = "tasks",
        stops: bool = True,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console, self._title, self._unit = console, title, unit
        self._done, self._total = 0, total
        self._now, self._began = now, now()
        self.stops = stops
        """Whether it can be stopped between two parts."""
        self.stopped = False
        """Whether a person wants no further part."""
        self.ended = False
        self.outer: LongWork | None = None
        """What was under way when it began, and is shown again afterwards."""

    def __enter__(self) -> Self:
        """Show it."""
        self.outer = self._console.work
        self._console.show_work(self)
        return self

    def __exit__(self, *_: object) -> None:
        """Show it no longer."""
        self.ended = True
        while self.outer is not None and self.outer.ended:
            self.outer = self.outer.outer
        if self._console.work is self:
            self._console.show_work(self.outer)

    def advance(self, number: int) -> None:
        """So many more are done."""
        self._done += number
        self._console.show_work(self)

    def stop(self) -> None:
        """Do no further part."""
        self.stopped = True
        self._console.show_work(self)

    def model(self, stop: KeyHint) -> WorkModel:
        """How far it is now; ``stop`` is what stops it, if it can be."""
        title = f"{self._title}, stopping" if self.stopped else self._title
        return WorkModel(
            title,
            self._done,
            self._total,
            self._now() - self._began,
            self._unit,
            stop if self.stops and not self.stopped else None,
        )


async def stop(console: Console) -> None:
    """Do no further part of what is under way; what is done stays."""
    if console.work is not None:
        console.work.stop()


def one_at_a_time(console: Console) -> str:
    """Unless long work is under way."""
    return "" if console.work is None else "wait for the work under way, or stop it"


def nothing_to_stop(console: Console) -> str:
    """Unless something is under way that can be stopped."""
    work = console.work
    if work is None:
        return "nothing long is under way"
    return "" if work.stops else "this can't be stopped halfway"
