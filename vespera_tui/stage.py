"""What the session told last, as what a screen shows: a cover over the body, or the numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from widgets.models import EngineModel
from widgets.opening_panel import OpeningModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from vespera_tui.questions import Question
    from vespera_tui.snapshot import DashboardSnapshot

STEPS_KEPT = 50


def _nothing() -> None:
    """No question."""


def _untold(_: str) -> None:
    """To nobody."""


class ScreenStage:
    """Satisfies :class:`vespera_tui.session.Stage`; ``refresh`` is called after each change.

    ``wanted`` gives what the screen wants to know; ``marks`` stand in the header. ``say`` is told
    when another process owns the engine than before.
    """

    def __init__(
        self,
        profile: str,
        refresh: Callable[[], None],
        *,
        wanted: Callable[[], Question | None] = _nothing,
        marks: tuple[str, ...] = (),
        say: Callable[[str], None] = _untold,
    ) -> None:
        self._refresh, self._marks, self._say = refresh, marks, say
        self._owner, self._was_open = 0, False
        self.wanted = wanted
        """What the screen wants to know beside the status."""
        self.engine = EngineModel(profile=profile, marks=marks)
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
        self._was_open = True
        self.step("reading the first numbers")

    def failed(self, error: str, advice: str) -> None:
        """Show why there is no engine."""
        self.engine = replace(self.engine, state="failed")
        cover = self.cover or OpeningModel()
        title = "the dashboard can't go on" if self._was_open else "the engine could not be opened"
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
            engine = replace(snapshot.engine, marks=(*self._marks, *snapshot.engine.marks))
            self.snapshot = replace(snapshot, engine=engine)
            self.engine, self.cover = engine, None
            self._tell_owner(engine.attached_to)
        self._refresh()

    def _tell_owner(self, owner: int) -> None:
        before, self._owner = self._owner, owner
        if before and owner != before:
            now = f"attached to {owner} now" if owner else "this dashboard took over"
            self._say(f"process {before} is gone: {now}")

    def _hide(self, cover: OpeningModel) -> None:
        self.cover = cover
        self._refresh()
