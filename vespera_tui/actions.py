"""The one table of actions: bindings, key bar, help, palette and README all read it.

Upper-case keys are for what is dangerous or repeats work; those marked so ask first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vespera_tui import browsing, long_work
from vespera_tui.keymap import shown_key
from vespera_tui.late import LateModule
from vespera_tui.places import PLACES
from widgets.models import KeyHint

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from vespera_tui.console import Console

    Run = Callable[[Console], Awaitable[None]]
    Reason = Callable[[Console], str]

alerting, bringing_in, cutting, linking, services, settings, steering, tasking, triggers = map(
    LateModule,
    (
        "alerting",
        "bringing_in",
        "cutting",
        "linking",
        "services",
        "settings",
        "steering",
        "tasking",
        "triggers",
    ),
)
READ_ONLY = "this dashboard only looks; start it without --read-only to change something"
NO_ENGINE = "the engine is not open"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do."""

    id: str
    title: str
    """One or two words, for the key bar."""
    key: str
    """As Textual spells it."""
    help: str
    run: Run
    target: str = ""
    """What it is done to, one or more of service, operation, alert, error, setting, task; empty
    when nothing needs the cursor."""
    screens: tuple[str, ...] = ()
    """Where it can be done; empty is everywhere."""
    danger: bool = False
    changes: bool = False
    """Whether it changes something in the engine or its stores; not with ``--read-only``."""
    at_once: bool = False
    """Whether it decides what the next key is for: it is done before that is looked at, which may
    have been pressed already."""
    asks: bool = False
    """Whether it may open a menu, a form or a question: keys pressed meanwhile wait for that."""
    when: Reason | None = None
    """Why it can't be done now, in words; empty when it can."""

    @property
    def shown_key(self) -> str:
        """The key as a person reads it."""
        return shown_key(self.key)

    def unavailable(self, console: Console) -> str:
        """Why it can't be done now, in words; empty when it can."""
        if self.changes and console.read_only:
            return READ_ONLY
        if self.changes and console.engine is None:
            return NO_ENGINE
        if self.screens and console.here.place not in self.screens:
            return f"only on {' and '.join(self.screens)}"
        return self.when(console) if self.when else ""

    def concerns(self, console: Console) -> bool:
        """Whether it has to do with what has the focus, or with the screen."""
        here = console.here
        return (not self.screens or here.place in self.screens) and (
            not self.target or here.target in self.target.split()
        )


def _change(
    target: str,
    id_: str,
    title: str,
    key: str,
    help_: str,
    run: Run,
    *,
    screens: tuple[str, ...] = (),
    danger: bool = False,
    asks: bool = False,
    when: Reason | None = None,
) -> Action:
    """An action that changes something at what the cursor is on, or at no such thing."""
    return Action(
        id_, title, key, help_, run, target, screens, danger, changes=True, asks=asks, when=when
    )


ACTIONS = (
    *(
        Action(
            each.name, each.title, each.key, each.help, browsing.go_to(each.name), at_once=True
        )
        for each in PLACES
    ),
    Action("help", "Help", "question_mark", "what can be done here", browsing.show_help, asks=True),
    Action("quit", "Quit", "q", "stop cleanly and close; again: do not wait for the opening",
           browsing.leave),
    # what the cursor is on
    _change("service", "enable", "On", "e", "switch the service on", services.enable),
    _change("service", "disable", "Off", "d", "switch the service off; its operations wait",
            services.disable),
    _change("service", "pause-service", "Pause", "z",
            "pause the service, restarts included; again: resume", services.pause_service),
    _change("operation error", "retry", "Retry", "R",
            "queue failed or cancelled operations again", steering.retry, asks=True),
    _change("operation error", "discard", "Discard", "D",
            "count failed operations as failed no more; they are kept", steering.discard,
            asks=True),
    _change("operation", "cancel", "Cancel", "X", "cancel waiting operations, after a question",
            steering.cancel, danger=True, asks=True),
    _change("operation", "run-now", "Now", "n", "run scheduled operations now", steering.run_now,
            asks=True),
    _change("operation", "pause-operation", "Hold", "h",
            "hold waiting operations back; again: let them go", steering.pause_operation,
            asks=True),
    _change("operation", "raise", "Raise", "plus", "raise the priority, towards critical",
            steering.raise_priority, asks=True),
    _change("operation", "lower", "Lower", "minus", "lower the priority, towards low",
            steering.lower_priority, asks=True),
    _change("alert", "acknowledge", "Acknowledge", "A", "take note of the alert",
            alerting.acknowledge),
    Action("mute", "Mute", "m", "ring no more for this alert; again: ring", alerting.mute, "alert"),
    _change("cycle", "cut", "Cut", "C", "cut the suggested links, after a preview", cutting.cut,
            screens=("cycles",), danger=True, asks=True, when=browsing.nothing_to_cut),
    _change("", "undo-cut", "Put back", "U", "put the links of an earlier cut back",
            cutting.undo_cut, screens=("cycles",), asks=True),
    Action("ascii", "ASCII", "a", "draw in ASCII; again: in braille", cutting.change_characters,
           "cycle", screens=("cycles",)),
    Action("enlarge", "Large", "l", "the picture alone; again: with the list", cutting.enlarge,
           "cycle", screens=("cycles",)),
    _change("setting task", "edit", "Edit", "i",
            "change the setting in the configuration file, or the task", tasking.edit, asks=True),
    _change("setting", "reset", "Reset", "backspace",
            "take the setting out of the file, so that profile or default count again",
            settings.reset),
    # tasks
    _change("", "create-task", "New", "c", "create a task", tasking.create, screens=("tasks",),
            asks=True),
    _change("task", "finish", "Complete", "x", "close the task; says what became ready",
            tasking.finish, asks=True),
    _change("task", "claim", "Claim", "w", "take the task and set it in progress", tasking.claim,
            asks=True),
    _change("task", "link", "Wait for", "b", "make the task wait for another, which is searched",
            linking.add_dependency, asks=True),
    _change("task", "unlink", "Unlink", "B", "remove a link of the task",
            linking.remove_dependency, asks=True),
    _change("task", "delete-task", "Delete", "E",
            "delete the task and its links, after showing what that touches", tasking.delete,
            danger=True, asks=True),
    _change("", "import", "Import", "I", "bring in a file, or the sample project",
            bringing_in.import_tasks, screens=("tasks", "overview"), asks=True,
            when=long_work.one_at_a_time),
    Action("stop-work", "Stop", "K", "stop the long work under way; what is done stays",
           long_work.stop, when=long_work.nothing_to_stop),
    Action("chart", "Chart", "g", "the chart in the place of the queue; again: the queue",
           browsing.chart, screens=("overview",), when=browsing.nothing_drawn),
    Action("longer", "Longer", "greater_than_sign", "let the chart reach further back, to 24 h",
           browsing.longer, screens=("overview",), when=browsing.nothing_drawn),
    Action("shorter", "Shorter", "less_than_sign", "let the chart reach less far, to 5 min",
           browsing.shorter, screens=("overview",), when=browsing.nothing_drawn),
    # lists
    Action("filter", "Filter", "slash", "narrow the list; enter keeps, esc drops the filter",
           browsing.open_filter, at_once=True, when=browsing.nothing_to_filter),
    Action("details", "Details", "enter", "open or close what is known of the line",
           browsing.details, when=browsing.no_details),
    Action("select", "Select", "space", "select the line, or no longer", browsing.select,
           when=browsing.nothing_to_select),
    Action("select-all", "All", "asterisk", "select all that the filter matches; again: nothing",
           browsing.select_everything, when=browsing.nothing_to_select),
    Action("sort", "Sort", "o", "sort by the next column", browsing.sort,
           when=browsing.nothing_to_sort),
    Action("reverse", "Reverse", "O", "turn the order round", browsing.reverse,
           when=browsing.nothing_to_sort),
    Action("follow", "Follow", "f", "let the log stand still; again: show new lines",
           browsing.follow, when=browsing.nothing_grows),
    # everywhere
    _change("", "undo", "Undo", "u", "take the last change back", browsing.undo,
            when=browsing.nothing_to_undo),
    _change("", "triggers", "Trigger", "t", "run one of the services' big jobs now",
            triggers.run_trigger, asks=True),
    _change("", "profile", "Profile", "p", "change the profile while running",
            triggers.change_profile, asks=True),
    _change("", "pause-all", "Pause all", "Z",
            "pause all services, after a question; again: resume them", services.pause_all,
            danger=True, asks=True),
    Action("refresh", "Refresh", "r", "compare vectors and graph with the tasks now",
           browsing.refresh, when=browsing.no_engine),
    Action("copy", "Copy", "y", "copy what is under the cursor", browsing.copy,
           when=browsing.nothing_to_copy),
    Action("save", "Save", "s", "save the picture (SVG) or the table (CSV)", browsing.save,
           asks=True),
)  # fmt: skip
FIRST_IN_BAR = ("help", "quit")


def hint(action: Action, console: Console | None = None) -> KeyHint:
    """An action as key bar, help and palette show it; with ``console``, whether it can be done."""
    return KeyHint(
        action.shown_key,
        action.title,
        action.help,
        action.danger,
        action.id,
        action.unavailable(console) if console else "",
    )


def bar_hints(actions: tuple[Action, ...], console: Console) -> tuple[KeyHint, ...]:
    """What the key bar shows: help and quit, what has the focus, this screen, then the rest."""
    screens = {place.name for place in PLACES}
    fitting = [each for each in actions if each.id not in screens and each.concerns(console)]
    if console.engine is None:  # nothing is shown that something could be done with
        fitting = [each for each in fitting if each.id in FIRST_IN_BAR]

    def rank(action: Action) -> int:
        if action.id in FIRST_IN_BAR:
            return 0
        if action.target:
            return 1
        return 2 if action.screens or (action.when and not action.when(console)) else 3

    shown = [each for each in fitting if rank(each) < 3 or not each.when]  # noqa: PLR2004 - rank's last
    return tuple(hint(each, console) for each in sorted(shown, key=rank))
