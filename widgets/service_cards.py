"""The cards side by side; arrows move between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Grid

from widgets.service_card import ServiceCard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from widgets.models import ServiceModel

NARROWEST = 28
"""Cells that a card needs."""
FULL_ROWS = 2
"""With more rows than this the cards are compact."""


def columns(cards: int, width: int) -> int:
    """Cards a row: as few rows as fit ``width`` cells, filled evenly."""
    most = max(width // NARROWEST, 1)
    rows = max(-(-cards // most), 1)
    return max(-(-cards // rows), 1)


class ServiceCards(Grid):
    """A grid of :class:`ServiceCard`, however many there are; it scrolls when they do not fit."""

    DEFAULT_CSS = """
    ServiceCards {
        height: auto; max-height: 10; overflow-y: auto; scrollbar-size-vertical: 1;
        grid-size: 2; grid-gutter: 0 1; grid-rows: 5;
    }
    ServiceCards.-compact { max-height: 9; grid-rows: 3; }
    ServiceCards.-compact ServiceCard { height: 3; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        ("left", "move(-1, 0)", "Card to the left"),
        ("right", "move(1, 0)", "Card to the right"),
        ("up,k", "move(0, -1)", "Card above"),
        ("down,j", "move(0, 1)", "Card below"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._columns, self._count = 1, 0

    def on_resize(self) -> None:
        """Arrange the cards anew."""
        self._arrange()

    def _arrange(self) -> None:
        if self.size.width == 0:  # not laid out yet; on_resize comes
            return
        self._columns = columns(self._count, self.size.width)
        self.styles.grid_size_columns = self._columns
        self.set_class(self._count > FULL_ROWS * self._columns, "-compact")

    def show(self, services: Sequence[ServiceModel]) -> None:
        """Show one card for each of ``services``; cards that are there already are kept."""
        cards = {card.model.name: card for card in self.query(ServiceCard)}
        for service in services:
            if service.name in cards:
                cards.pop(service.name).show(service)
            else:
                card = ServiceCard(service)
                self.mount(card)
                card.show(service)
        for gone in cards.values():
            gone.remove()
        if self._count != len(services):
            self._count = len(services)
            self._arrange()

    def action_move(self, right: int, down: int) -> None:
        """Move the focus in the grid; down past the last row leaves it."""
        cards = list(self.query(ServiceCard))
        here = next((index for index, card in enumerate(cards) if card.has_focus), None)
        if here is None:
            return
        target = here + right + down * self._columns
        if 0 <= target < len(cards):
            cards[target].focus()
        elif down > 0:
            cards[-1].focus()
            self.screen.focus_next()
