"""Alerts ring once: a toast for each that is new, and a bell or a desktop note if asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.models import AlertModel


class Ringer:
    """Knows which alerts a person was told of, and which are to be silent."""

    def __init__(self) -> None:
        self._told: set[str] | None = None
        self._muted: set[str] = set()

    def new(self, alerts: Sequence[AlertModel]) -> list[AlertModel]:
        """Those to be told of now; none of the first reading, which the screen shows anyway.

        One that was resolved and is raised anew counts as new.
        """
        present = {alert.id for alert in alerts}
        told, self._told = self._told, present
        if told is None:
            return []
        quiet = told | self._muted
        return [each for each in alerts if each.id not in quiet and not each.acknowledged_by]

    def mute(self, alert_id: str) -> bool:
        """Be silent about it from now on, or no longer; whether it is silent."""
        self._muted ^= {alert_id}
        return alert_id in self._muted

    @property
    def muted(self) -> frozenset[str]:
        """The ids of those that are silent."""
        return frozenset(self._muted)


def desktop_note(text: str) -> str:
    """The sequence that asks a terminal for a desktop notification (OSC 9).

    ``text`` must be without control characters.
    """
    return f"\x1b]9;{text}\x07"
