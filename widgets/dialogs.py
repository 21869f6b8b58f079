"""Questions laid over a screen: a menu, a confirmation, a text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual._time import get_time
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from widgets.safe_input import SafeInput
from widgets.safe_text import fit, visible
from widgets.safe_typing import typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from widgets.models import Choice

BOX = """
{name} {{ align: center middle; }}
{name} > * {{
    width: {width}; max-width: 95%; height: auto; max-height: 90%;
    padding: 1 2; background: $surface; border: round $primary;
}}
{name} OptionList {{
    height: auto; max-height: 14; background: $surface; padding: 0;
}}
{name} OptionList, {name} OptionList:focus {{ border: none; }}
{name} OptionList > .option-list--option-highlighted,
{name} OptionList:focus > .option-list--option-highlighted {{
    background: $boost; color: $foreground; text-style: bold;
}}
"""


class Unforeseen(Message):
    """An error that nobody foresaw, which the question stays open with; for the log."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error
        self.text = f"{type(error).__name__}: {error} (unexpected; see the log)"


class Menu(ModalScreen[str | None]):
    """Asks for one of several; the id of the choice, or None when left."""

    DEFAULT_CSS = BOX.format(name="Menu", width=72)
    BINDINGS: ClassVar[list[BindingType]] = [("escape,q", "leave", "Leave")]

    def __init__(self, title: str, choices: Sequence[Choice]) -> None:
        super().__init__()
        self._title, self._choices = title, tuple(choices)

    def compose(self) -> ComposeResult:
        """Title, choices, keys."""
        with Vertical():
            yield Static(Content.assemble((visible(self._title, 200), "bold $text-primary")))
            longest = max((cell_len(_name(choice)) for choice in self._choices), default=0)
            yield OptionList(
                *(Option(_choice(choice, longest), choice.id) for choice in self._choices)
            )
            yield Static(Content.assemble(("enter chooses, esc leaves", "$text-muted")))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer with the choice."""
        self.dismiss(event.option.id)

    def action_leave(self) -> None:
        """Answer with nothing."""
        self.dismiss(None)


def _name(choice: Choice) -> str:
    return visible(choice.title, 60)


def _choice(choice: Choice, longest: int) -> Content:
    """Mark, name and what it does, which all begin in the same cell."""
    mark = Content.assemble(("! ", "bold $text-error")) if choice.danger else Content("  ")
    line = Content.assemble(mark, (fit(_name(choice), longest), "bold"))
    if not choice.help:
        return line
    return Content.assemble(line, (f"  {visible(choice.help, 200)}", "$text-muted"))


class Confirm(ModalScreen[bool]):
    """Asks before something dangerous; only ``y`` says yes.

    Unless it may be answered ``blindly``, a yes that was typed before it was shown is refused,
    with a bell: nobody can have meant it. Browsers do the same before they install something.
    """

    DEFAULT_CSS = BOX.format(name="Confirm", width=64) + "Confirm > * { border: round $error; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("y,Y", "answer(True)", "Yes"),
        ("n,N,escape,q,enter", "answer(False)", "No"),
    ]

    def __init__(self, question: str, detail: str = "", *, blindly: bool = False) -> None:
        super().__init__()
        self._question, self._detail = question, detail
        self._shown_at = 0.0 if blindly else math.inf

    def on_mount(self) -> None:
        """Notice when it is there to be read."""
        self.call_after_refresh(self._shown)

    def _shown(self) -> None:
        self._shown_at = min(self._shown_at, get_time())

    @property
    def answerable(self) -> bool:
        """Whether it was shown: a yes that comes now is an answer to it."""
        return self._shown_at <= get_time()

    def on_key(self, event: events.Key) -> None:
        """Refuse a yes that is older than the question."""
        if event.key.lower() == "y" and event.time < self._shown_at:
            event.stop()
            self.app.bell()
            told = "typed before this question was shown, so it is not answered: y"
            self.notify(told, severity="warning", markup=False)

    def compose(self) -> ComposeResult:
        """The question, what it means, the keys."""
        keys = (
            ("y", "bold $text-error"),
            " yes   ",
            ("n", "bold $text-accent"),
            " no (also enter)",
        )
        with Vertical():
            yield Static(Content.assemble((visible(self._question, 400), "bold")))
            yield Static(Content.assemble((visible(self._detail, 800), "$text-muted"), "\n"))
            yield Static(Content.assemble(*keys))

    def action_answer(self, yes: bool) -> None:
        """Close with the answer."""
        self.dismiss(yes)


class Prompt(ModalScreen[str | None]):
    """Asks for a text; None when left."""

    DEFAULT_CSS = BOX.format(name="Prompt", width=76)
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "leave", "Leave")]

    def __init__(self, title: str, detail: str, value: str = "", problem: str = "") -> None:
        super().__init__()
        self._title, self._detail, self._value, self._problem = title, detail, value, problem

    def compose(self) -> ComposeResult:
        """What is asked for, what is wrong with the last answer, the line, the keys."""
        with Vertical():
            yield Static(Content.assemble((visible(self._title, 200), "bold $text-primary")))
            yield Static(Content.assemble((visible(self._detail, 600), "$text-muted")))
            if self._problem:
                yield Static(Content.assemble((f"▲ {visible(self._problem, 600)}", "$text-error")))
            yield SafeInput(self._value)
            yield Static(Content.assemble(("enter saves, esc leaves", "$text-muted")))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer with the text."""
        self.dismiss(typed(event.value))

    def action_leave(self) -> None:
        """Answer with nothing."""
        self.dismiss(None)
