"""The filter line: typed words narrow what a screen shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.actions import SkipAction
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from widgets.safe_input import SafeInput
from widgets.safe_text import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType


LONGEST = 600
"""Characters that are shown of what is wrong."""


class _Offer(Suggester):
    """Shows how the last word may go on."""

    def __init__(self, complete: Callable[[str], str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._complete = complete

    async def get_suggestion(self, value: str) -> str | None:
        return self._complete(value) or None


class FilterLine(Vertical):
    """Hidden until opened; every change is told as :class:`Changed`.

    Enter goes back to the list and keeps the filter, escape drops it. Once it is left, the last
    word is finished: a space after it says so, since the beginning of a name is else waited for.
    ``complete`` is given the line and answers it with the last word completed, or nothing.
    """

    DEFAULT_CSS = """
    FilterLine { height: auto; display: none; padding: 0 1; background: $surface; }
    FilterLine.-open { display: block; }
    FilterLine > Horizontal { height: 1; }
    FilterLine #sign { width: 2; color: $text-accent; text-style: bold; }
    FilterLine > #problem { height: auto; max-height: 4; display: none; padding: 0 0 0 2; }
    FilterLine.-wrong > #problem { display: block; color: $text-error; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "drop", "Drop the filter"),
        ("tab", "complete", "Complete the word"),
    ]

    class Changed(Message):
        """The words are others now."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """The person went back to the list."""

    def __init__(
        self,
        hint: str,
        complete: Callable[[str], str] = lambda _: "",
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(id=id)
        self._hint, self._complete = hint, complete
        self._told = ""

    def compose(self) -> ComposeResult:
        """The sign and the words; above them what is wrong with them."""
        yield Static("", id="problem", markup=False)
        with Horizontal():
            yield Static("/", id="sign", markup=False)
            yield SafeInput(
                placeholder=self._hint,
                id="words",
                compact=True,
                suggester=_Offer(self._complete),
                select_on_focus=False,  # the next key would replace the filter
            )

    @property
    def text(self) -> str:
        """The words."""
        return self.query_one(SafeInput).typed

    def open(self) -> None:
        """Show the line and type into it, behind what stands there."""
        self.add_class("-open")
        words = self.query_one(Input)
        words.cursor_position = len(words.value)
        # at once: focus() would come after keys that were pressed already
        self.screen.set_focus(words)

    def tell_problem(self, text: str) -> None:
        """Say in full what is wrong with the words; nothing when they are understood."""
        self.set_class(bool(text), "-wrong")
        self.query_one("#problem", Static).update(Content(visible(text, LONGEST)))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Pass the words on."""
        event.stop()
        self._tell(self.text)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter and leave the line."""
        event.stop()
        self.set_class(bool(self.text.strip()), "-open")
        self._finish(self.text)
        self.post_message(self.Left())

    def on_input_blurred(self, event: Input.Blurred) -> None:
        """Keep the filter; the focus went elsewhere by itself."""
        event.stop()
        self._finish(self.text)

    def _finish(self, text: str) -> None:
        if text.strip():
            self._tell(f"{text.rstrip()} ")

    def _tell(self, text: str) -> None:
        if text != self._told:
            self._told = text
            self.post_message(self.Changed(text))

    def action_complete(self) -> None:
        """Complete the last word; if that is not possible, tab goes on as elsewhere."""
        words = self.query_one(Input)
        whole = self._complete(words.value) if words.cursor_at_end else ""
        if not whole:
            raise SkipAction
        words.value = whole
        words.cursor_position = len(whole)

    def action_drop(self) -> None:
        """Forget the filter and leave the line."""
        self.query_one(Input).value = ""
        self.remove_class("-open")
        self.post_message(self.Left())
