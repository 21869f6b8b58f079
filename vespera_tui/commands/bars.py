"""Progress bars on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich.progress
from rich.console import Console

if TYPE_CHECKING:
    from typing import Self

    from vespera_tui.commands.waiting import Progress


class Bars:
    """Two bars on standard error: operations done, and vectors up to date."""

    def __init__(self, console: Console | None = None) -> None:
        self._bars = rich.progress.Progress(
            rich.progress.TextColumn("{task.description}", markup=False),
            rich.progress.BarColumn(),
            rich.progress.TaskProgressColumn(),
            rich.progress.MofNCompleteColumn(),
            rich.progress.TextColumn("{task.fields[more]}", markup=False),
            console=console or Console(stderr=True),
        )
        self._operations = self._bars.add_task("operations", total=None, more="")
        self._vectors = self._bars.add_task("vectors", total=None, more="")

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def show(self, progress: Progress) -> None:
        """Move the bars."""
        left = progress.seconds_left
        more = f"{progress.rate:.1f}/s" + ("" if left is None else f", {left:.0f} s left")
        self._bars.update(
            self._operations, total=progress.total, completed=progress.done, more=more
        )
        self._bars.update(self._vectors, total=progress.expected, completed=progress.vectors)
