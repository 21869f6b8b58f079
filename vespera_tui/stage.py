"""What the session told last, as what a screen shows: a cover over the body, or the numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from widgets.models import EngineModel
from widgets.opening_panel import OpeningModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from vespera_tui.snapshot import DashboardSnapshot

STEPS_KEPT = 50


class ScreenStage:
    """Satisfies :class:`vespera_tui.session.Stage`; ``refresh`` is called after each change."""

    def __init__(self, profile: str, refresh: Callable[[], None]) -> None:
        self._refresh = refresh
        self.engine = EngineModel(profile=profile)
        self.cover: OpeningModel | None = OpeningModel()
        """What hides the body; None while the numbers are shown."""
        self.snapshot: DashboardSnapshot | None = None
        self.closing = False
        """Whether the engine is being left, so that no further numbers are shown."""

    def step(self, line: str) -> None:
        """Add a line to the opening."""
        cover = self.cover or OpeningModel()
        self._hide(replace(cover, steps=(*cover.steps, line)[-STEPS_KEPT:]))

    def opened(self) -> None:
        """Wait for the first snapshot, which uncovers the screen."""
        self.step("reading the first numbers")

    def failed(self, error: str, advice: str) -> None:
        """Show why there is no engine."""
        self.engine = replace(self.engine, state="failed")
        cover = self.cover or OpeningModel()
        title = "the engine could not be opened"
        self._hide(replace(cover, title=title, error=error, advice=advice))

    def stopping(self) -> None:
        """Say that the engine is being left."""
        self.closing = True
        self.engine = replace(self.engine, state="stopping", problem="")
        steps = ("finishing what runs; what waits is kept for the next start",)
        self._hide(OpeningModel("stopping...", steps))

    def publish(self, snapshot: DashboardSnapshot) -> None:
        """Show a snapshot on the screen of the present mode."""
        if self.closing:
            return
        if snapshot.taken_at == 0.0:  # nothing could be read yet
            self.engine = replace(self.engine, problem=snapshot.engine.problem)
        else:
            self.snapshot, self.engine, self.cover = snapshot, snapshot.engine, None
        self._refresh()

    def _hide(self, cover: OpeningModel) -> None:
        self.cover = cover
        self._refresh()
