"""``python -m benchmarks.bare_dashboard``: the least that Textual shows, with a line to type in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("VESPERA")
        yield Input()


if __name__ == "__main__":
    Bare().run()
