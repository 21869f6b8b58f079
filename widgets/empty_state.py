"""What an empty store shows instead of a list: the first three things to do."""

from __future__ import annotations

from textual.content import Content

from widgets.panel import Panel

INVITATION = (
    ("Nothing here yet.", "", ""),
    ("", "", ""),
    ("Import a tracker's file     ", "vespera-tui import FILE", ""),
    ("Look at a sample project    ", "vespera-tui --demo", ""),
    ("See every key               ", "?", ""),
)


class EmptyState(Panel[None]):
    """An invitation; the commands stand out."""

    DEFAULT_CSS = "EmptyState { height: 1fr; padding: 0 2; align: left middle; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(None, id=id)

    def paint(self, model: None, width: int, height: int) -> list[Content]:  # noqa: ARG002 - Panel's signature
        """The invitation."""
        return [
            Content.assemble((text, "bold" if not command else ""), (command, "bold $text-accent"))
            for text, command, _ in INVITATION
        ]
