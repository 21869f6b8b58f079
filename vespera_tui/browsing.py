"""Going about, filtering, selecting, copying, saving, and taking back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine.errors import InvalidInputError, TaskError, VesperaError
from vespera_tui.console import engine_of
from vespera_tui.long_work import one_at_a_time
from vespera_tui.saving import as_csv, free_name
from widgets.models import Choice
from widgets.words import counted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from vespera_tui.console import Console

PICTURE = Choice("picture", "Picture", "what is on the screen, as SVG")
NOTHING = "nothing to take back"
TABLE = Choice("table", "Table", "all rows that the filter matches, as CSV")


def go_to(name: str) -> Callable[[Console], Awaitable[None]]:
    """What shows the screen ``name``."""

    async def go(console: Console) -> None:
        await console.show_screen(name)

    return go


async def show_help(console: Console) -> None:
    """Show what can be done here and everywhere."""
    await console.show_help()


async def leave(console: Console) -> None:
    """Stop the engine, then close."""
    console.leave()


async def open_filter(console: Console) -> None:
    """Type into the filter line."""
    console.here.open_filter()


async def select(console: Console) -> None:
    """Select the row under the cursor, or no longer."""
    if (rows := console.here.main_list) is not None:
        rows.toggle()
        console.here.selection_changed()


async def select_everything(console: Console) -> None:
    """Select all that the filter matches; again: nothing."""
    if (rows := console.here.main_list) is not None:
        if rows.everything:
            rows.unchoose()
        else:
            rows.choose_everything()
        console.here.selection_changed()


async def longer(console: Console) -> None:
    """Let the chart reach further back."""
    console.here.change_span(1)


async def shorter(console: Console) -> None:
    """Let the chart show less, and that in more detail."""
    console.here.change_span(-1)


async def chart(console: Console) -> None:
    """The chart in the place of the queue; again: the queue."""
    console.here.toggle_chart()


async def sort(console: Console) -> None:
    """Sort by the next column."""
    console.here.sort_by_next()


async def reverse(console: Console) -> None:
    """Turn the order round."""
    console.here.reverse_order()


async def details(console: Console) -> None:
    """Open or close the pane beside the list."""
    console.here.toggle_details()


async def follow(console: Console) -> None:
    """Stand still, or show new lines again."""
    console.here.toggle_following()


async def refresh(console: Console) -> None:
    """Have the projections read now rather than at the next beat."""
    console.read_parity()
    console.say("reading vectors and graph…")


async def copy(console: Console) -> None:
    """Copy what is under the cursor."""
    text = console.here.copied()
    console.copy(text)
    lines = text.count("\n") + 1
    console.say(f"copied {counted(lines, 'line')} to the clipboard")


async def save(console: Console) -> None:
    """Save the picture, the table where there is one, or in another form that the screen has."""
    tables = (TABLE,) if console.here.has_table else ()
    choices = (PICTURE, *tables, *console.here.exports)
    what = (
        await console.choose(f"Save in {console.saves_to}", choices)
        if len(choices) > 1
        else PICTURE.id
    )
    if what is None:
        return
    if what == "table":
        if reason := _not_understood(console):
            raise InvalidInputError(reason)
        heads, rows, note = await console.here.table(console.engine)
        text, suffix = as_csv(heads, rows), "csv"
        note = f"; {note}" if note else ""
    elif what == PICTURE.id:
        text, suffix, note = console.picture(), "svg", ""
    else:
        write, suffix = console.here.exported(what)
        text, note = await asyncio.to_thread(write), ""
    path = await asyncio.to_thread(free_name, console.saves_to, console.here.place, suffix)
    await asyncio.to_thread(path.write_text, text, encoding="utf-8")
    console.say(f"saved {path}{note}")


async def undo(console: Console) -> None:
    """Take the last change back."""
    if (change := console.take_back()) is None:
        console.say(NOTHING, problem=True)
        return
    try:
        told = await change.run(engine_of(console))
    except (TaskError, InvalidInputError):  # somebody changed it since: too late for good
        raise
    except VesperaError as error:  # a part is away: later it may be possible
        console.say(str(error), problem=True, undo=change)
    except BaseException:  # whatever it was, nothing says that it is too late
        console.keep_change(change)
        raise
    else:
        console.say(told)


# Why one of these can't be done now; empty when it can.


def nothing_to_filter(console: Console) -> str:
    """Unless the screen has a filter."""
    return "" if console.here.filter_words else "nothing to filter on this screen"


def nothing_to_select(console: Console) -> str:
    """Unless the screen has a list whose rows are acted on, and it is that of the filter line."""
    if not console.here.selects:
        return "nothing to select on this screen"
    return _not_understood(console) or _empty(console)


def _not_understood(console: Console) -> str:
    """Unless the filter line says what is meant."""
    problem = console.here.filter_problem
    return f"the list is not what the filter line says: {problem}" if problem else ""


def nothing_to_cut(console: Console) -> str:
    """Unless a cycle is selected."""
    return "" if console.here.selected_cut else "no cycle is selected"


def nothing_to_sort(console: Console) -> str:
    """Unless the screen has a list that can be sorted."""
    return _empty(console) if console.here.sorts else "nothing to sort on this screen"


def nothing_to_copy(console: Console) -> str:
    """Unless there is something under the cursor."""
    return "" if console.here.copies else "nothing under the cursor to copy"


def no_details(console: Console) -> str:
    """Unless the screen has a pane of details."""
    return _empty(console) if console.here.has_details else "no details on this screen"


def nothing_drawn(console: Console) -> str:
    """Unless there is a past to be drawn."""
    return "nothing was done yet" if console.here.has_class("-nothing") else ""


def _empty(console: Console) -> str:
    """Unless the screen's list, or its picture, shows something."""
    rows = console.here.main_list
    shown = bool(rows.total if rows is not None else console.here.target)
    return "" if shown else "there is nothing here"


def nothing_grows(console: Console) -> str:
    """Unless the screen shows lines as they come."""
    return "nothing grows on this screen" if console.here.following is None else ""


def no_engine(console: Console) -> str:
    """Unless there is an engine to ask."""
    return "" if console.engine else "the engine is not open"


def nothing_to_undo(console: Console) -> str:
    """Unless something was changed, and no long work is under way, which may be its undo."""
    return one_at_a_time(console) if console.last_change() else NOTHING
