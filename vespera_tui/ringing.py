"""Alerts ring once: a toast for each that is new, and a bell or a desktop note if asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.safe_text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import App
    from textual.notifications import SeverityLevel

    from widgets.models import AlertModel


ALERT_SECONDS = 15.0
"""How long the toast of an alert stands."""
TOLD_CELLS = 106
"""What fits into two lines of a toast, with words that wrap: as high as the header it lies over."""


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

    def mute(self, alert_id: str, *, silent: bool | None = None) -> bool:
        """Be silent about it from now on, or no longer (None: the other way); whether it is."""
        if silent is None or silent != (alert_id in self._muted):
            self._muted ^= {alert_id}
        return alert_id in self._muted

    @property
    def muted(self) -> frozenset[str]:
        """The ids of those that are silent."""
        return frozenset(self._muted)


def alerts_in_short(alerts: Sequence[AlertModel], where: str) -> str:
    """What a toast says about alerts that are new together; ``where`` is the key to all."""
    if len(alerts) == 1:
        return shorten(f"{alerts[0].severity}: {alerts[0].message}", TOLD_CELLS)
    messages = "; ".join(alert.message[:TOLD_CELLS] for alert in alerts)
    return shorten(f"{len(alerts)} alerts, {where} shows them: {messages}", TOLD_CELLS)


def ring(
    app: App[None],
    alerts: Sequence[AlertModel],
    how: str,
    where: str,
    write: Callable[[str], object] | None,
) -> None:
    """Tell of ``alerts`` by a toast, and as asked for: toast, bell, desktop or off.

    ``where`` is the key to all of them; ``write`` gives text to the terminal as it is.
    """
    if how == "off":
        return
    text = alerts_in_short(alerts, where)
    worst = any(alert.severity == "critical" for alert in alerts)
    severity: SeverityLevel = "error" if worst else "warning"
    app.notify(text, severity=severity, markup=False, timeout=ALERT_SECONDS)
    if how == "bell":
        app.bell()
    elif how == "desktop" and write is not None:
        write(desktop_note(text))


def desktop_note(text: str) -> str:
    """The sequence that asks a terminal for a desktop notification (OSC 9).

    ``text`` must be without control characters.
    """
    return f"\x1b]9;{text}\x07"
