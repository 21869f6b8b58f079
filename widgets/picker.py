"""A question laid over the screen that is answered by searching."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from widgets.dialogs import BOX, Unforeseen
from widgets.safe_input import SafeInput
from widgets.safe_text import visible
from widgets.safe_typing import typed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from widgets.models import Choice

    Find = Callable[[str], Awaitable[tuple[Sequence[Choice], str]]]
    """What fits the words, and why there is nothing; for no words, what is offered at first."""


class Picker(ModalScreen[str | None]):
    """Asks for one of many; the id of the choice, or None when left."""

    DEFAULT_CSS = (
        BOX.format(name="Picker", width=84) + "Picker OptionList { height: 12; max-height: 12; }"
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "leave", "Leave"),
        ("down", "move(1)", "Line below"),
        ("up", "move(-1)", "Line above"),
    ]

    def __init__(self, title: str, find: Find) -> None:
        super().__init__()
        self._title, self._find = title, find
        self._ids: tuple[str, ...] = ()
        self._words: str | None = None
        self._shown: str | None = None

    def compose(self) -> ComposeResult:
        """Title, the words, what fits them, the keys."""
        with Vertical():
            yield Static(Content.assemble((visible(self._title, 200), "bold $text-primary")))
            yield SafeInput(placeholder="words, or an id", compact=True)
            yield OptionList()
            yield Static("", id="found", markup=False)
        self.call_after_refresh(self._search, "")

    def on_mount(self) -> None:
        """Type at once; the list is moved through from there."""
        self.query_one(Input).focus()
        self.query_one(OptionList).can_focus = False

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search for the words."""
        event.stop()
        self._search(typed(event.value))

    def _search(self, words: str) -> None:
        if words != self._words:
            self._words = words
            self.run_worker(self._look(words), group="find", exclusive=True)

    async def _look(self, words: str) -> None:
        try:
            choices, note = await self._find(words)
        except Exception as error:  # noqa: BLE001 - the app logs and counts it
            self.post_message(unforeseen := Unforeseen(error))
            choices, note = (), unforeseen.text
        options = self.query_one(OptionList)
        self._ids = tuple(choice.id for choice in choices)
        options.clear_options()
        options.add_options([Option(_line(choice)) for choice in choices])
        options.highlighted = 0 if choices else None
        self._shown = words
        text = note or "enter chooses, up and down move, esc leaves"
        self.query_one("#found", Static).update(
            Content.assemble((visible(text, 200), "$text-muted"))
        )

    def action_move(self, by: int) -> None:
        """Move through what was found."""
        options = self.query_one(OptionList)
        if options.highlighted is not None:
            options.highlighted = max(0, min(options.highlighted + by, len(self._ids) - 1))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer with what is marked, once it is what these words found."""
        event.stop()
        marked = self.query_one(OptionList).highlighted
        if marked is not None and typed(event.value) == self._shown:
            self.dismiss(self._ids[marked])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer with what was clicked."""
        self.dismiss(self._ids[event.option_index])

    def action_leave(self) -> None:
        """Answer with nothing."""
        self.dismiss(None)


def _line(choice: Choice) -> Content:
    return Content.assemble(
        (visible(choice.title, 100), ""), (f"  {visible(choice.help, 60)}", "$text-muted")
    )
