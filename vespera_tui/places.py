"""The screens there are. A screen is read when it is first gone to, so the first paint is quick."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vespera_tui.screens.base import DashboardScreen


@dataclass(frozen=True, slots=True)
class Place:
    """One screen."""

    name: str
    title: str
    key: str
    help: str
    path: str
    """Module and class, parted by a colon."""

    def screen(self) -> DashboardScreen:
        """A new screen of it."""
        module, _, name = self.path.partition(":")
        made: DashboardScreen = getattr(import_module(module), name)()
        return made


PLACES = (
    Place(
        "overview",
        "Overview",
        "1",
        "the services, parity, alerts, the head of the queue",
        "vespera_tui.screens.overview:OverviewScreen",
    ),
    Place(
        "operations",
        "Operations",
        "2",
        "what runs, waits and ended, each with its life",
        "vespera_tui.screens.operations:OperationsScreen",
    ),
    Place(
        "cycles",
        "Cycles",
        "3",
        "tasks that wait for one another, drawn, with the cut that frees them",
        "vespera_tui.screens.cycles:CyclesScreen",
    ),
    Place(
        "errors",
        "Errors",
        "4",
        "what failed, in groups of the same error",
        "vespera_tui.screens.errors:ErrorsScreen",
    ),
    Place(
        "tasks",
        "Tasks",
        "5",
        "the tasks, found by words and by meaning; created, changed, linked",
        "vespera_tui.screens.tasks:TasksScreen",
    ),
    Place(
        "stores",
        "Stores",
        "6",
        "how far the stores are in step, what they take, what optimising them gained",
        "vespera_tui.screens.stores:StoresScreen",
    ),
    Place(
        "logs",
        "Logs",
        "7",
        "the end of the log, as it grows",
        "vespera_tui.screens.logs:LogsScreen",
    ),
    Place(
        "settings",
        "Settings",
        "8",
        "the configuration in force, what set each value, and changing it",
        "vespera_tui.screens.settings:SettingsScreen",
    ),
)
FIRST = PLACES[0]
