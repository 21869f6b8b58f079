"""The cards side by side; arrows move between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Grid

from widgets.service_card import ServiceCard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from widgets.models import ServiceModel

WIDE = 110
"""From this many cells on, all cards stand in one row."""


class ServiceCards(Grid):
    """A grid of :class:`ServiceCard`, two or four in a row."""

    DEFAULT_CSS = """
    ServiceCards { height: auto; grid-size: 2; grid-gutter: 0 1; grid-rows: 5; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        ("left", "move(-1, 0)", "Card to the left"),
        ("right", "move(1, 0)", "Card to the right"),
        ("up", "move(0, -1)", "Card above"),
        ("down", "move(0, 1)", "Card below"),
    ]

    def on_resize(self) -> None:
        """Choose two or four cards a row."""
        self.styles.grid_size_columns = self._columns

    @property
    def _columns(self) -> int:
        return 4 if self.size.width >= WIDE else 2

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
