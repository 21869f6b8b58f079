"""What the help shows: the keys of what has the focus first, then the screen's, then the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_tui.actions import hint
from vespera_tui.places import PLACES
from widgets.models import HelpSection, KeyHint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vespera_tui.actions import Action
    from vespera_tui.console import Console

MOVING = (
    KeyHint("arrows", "", "move the cursor, as j and k do; page up and down, home and end too"),
    KeyHint("tab", "", "to the next part of the screen; shift+tab back"),
    KeyHint("esc", "", "leave a question or the filter; else take the messages away"),
    KeyHint("ctrl+p", "", "the palette: every action by name"),
)


def help_sections(actions: Sequence[Action], console: Console) -> tuple[HelpSection, ...]:
    """Headings with the keys that belong under them; nothing twice."""
    here, screens = console.here, {place.name for place in PLACES}
    title = next((place.title for place in PLACES if place.name == here.place), here.place)
    focus = [each for each in actions if here.target in each.target.split()]
    own = [each for each in actions if each.screens and not each.target and each.concerns(console)]
    fitting = [each for each in actions if not (each.when and each.when(console))]
    rest = [each for each in fitting if not (each.target or each.screens)]
    words = tuple(KeyHint(word, "", meaning) for word, meaning in here.filter_words)
    found = (
        HelpSection(f"On this {here.target}", _hints(focus, console)),
        HelpSection(title, _hints(own, console)),
        HelpSection("Words of the filter", words),
        HelpSection("Everywhere", _hints([e for e in rest if e.id not in screens], console)),
        HelpSection("Moving about", MOVING),
        HelpSection("Screens", _hints([e for e in rest if e.id in screens], console)),
    )
    return tuple(section for section in found if section.hints)


def _hints(actions: Sequence[Action], console: Console) -> tuple[KeyHint, ...]:
    return tuple(hint(action, console) for action in actions)
