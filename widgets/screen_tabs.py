"""The line of screens: each with its key, the present one marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from widgets.clicks import ClickPanel, clickable
from widgets.safe_text import shorten

if TYPE_CHECKING:
    from widgets.models import KeyHint


@dataclass(frozen=True, slots=True)
class TabsModel:
    """The screens there are, and the name of the one that is shown."""

    screens: tuple[KeyHint, ...] = ()
    here: str = ""


class ScreenTabs(ClickPanel[TabsModel]):
    """Keys and titles side by side; where there is no room for all titles, that of the present."""

    DEFAULT_CSS = "ScreenTabs { height: 1; padding: 0 1; background: $panel; }"

    def paint(self, model: TabsModel, width: int, height: int) -> list[Content]:  # noqa: ARG002 - Panel's signature
        """The one line."""
        full = sum(cell_len(f"{tab.key} {tab.title}") + 1 for tab in model.screens)
        roomy = full + len(model.screens) <= width
        line = Content("")
        for tab in model.screens:
            here = tab.action == model.here
            title = shorten(tab.title, 20) if here or full <= width + 1 else ""
            key = shorten(tab.key, 10)
            if here:
                item = Content.assemble((f"▸{key} {title}", "bold reverse"))
            else:
                item = Content.assemble((key, "bold $text-accent"), f" {title}" if title else "")
            gap = ("  " if roomy else " ") if line.plain else ""
            line = Content.assemble(line, gap, clickable(item, tab.action))
        return [line]
