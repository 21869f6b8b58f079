"""A form laid over the screen: fields that are checked when they are saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from widgets.dialogs import BOX, Unforeseen
from widgets.safe_area import SafeArea
from widgets.safe_input import SafeInput
from widgets.safe_text import visible

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    Save = Callable[[Mapping[str, str]], Awaitable["str | Moved"]]

KEYS = "enter or ctrl+s saves, tab goes on, esc leaves"
CLASH_KEYS = "ctrl+s keeps what is here, ctrl+t takes theirs, again yours; esc leaves"


@dataclass(frozen=True, slots=True)
class Field:
    """One line, or several, to type into."""

    name: str
    """How what is wrong with it begins: ``name: ...``."""
    label: str
    value: str = ""
    help: str = ""
    choices: tuple[str, ...] = ()
    """Offered while one types."""
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Moved:
    """Not saved: somebody wrote into the same fields. All of them, as they are now."""

    fields: tuple[Field, ...]


class TaskForm(ModalScreen[bool]):
    """Gives ``save`` the fields that were changed; stays open with what that says is wrong.

    Where somebody else wrote meanwhile, that is shown beside what was typed, to choose from.
    Answers whether it was saved. Leaving with changes is asked for twice.
    """

    DEFAULT_CSS = (
        BOX.format(name="TaskForm", width=90)
        + """
    TaskForm > * { padding: 0 1; }
    TaskForm VerticalScroll { height: auto; max-height: 100%; scrollbar-size-vertical: 1; }
    TaskForm Horizontal { height: auto; }
    TaskForm .label { width: 13; color: $text-muted; }
    TaskForm .wrong { display: none; height: auto; margin-left: 13; }
    TaskForm .-wrong { display: block; }
    """
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "leave", "Leave"),
        ("ctrl+s", "save", "Save"),
        ("ctrl+t", "theirs", "Theirs, yours"),
    ]

    def __init__(self, title: str, fields: Sequence[Field], save: Save) -> None:
        super().__init__()
        self._title, self._fields, self._save = title, tuple(fields), save
        self._lines: dict[str, SafeInput | SafeArea] = {}
        self._warned = self._saving = self._saved = False
        self._mine: dict[str, str] = {}
        """What was typed into fields that somebody else wrote into."""

    def compose(self) -> ComposeResult:
        """Title, fields each with room for what is wrong, the keys."""
        with Vertical(), VerticalScroll(can_focus=False):
            yield Static(Content.assemble((visible(self._title, 200), "bold $text-primary")))
            for field in self._fields:
                with Horizontal():
                    yield Static(Content(field.label), classes="label")
                    self._lines[field.name] = line = self._line(field)
                    yield line
                yield Static("", id=f"wrong-{field.name}", classes="wrong", markup=False)
            yield Static("", id="wrong", classes="wrong", markup=False)
            yield Static(Content.assemble((KEYS, "$text-muted")), id="keys-of-form")

    def _line(self, field: Field) -> SafeInput | SafeArea:
        if field.lines > 1:
            area = SafeArea(field.value, id=f"of-{field.name}", compact=True)
            area.styles.height = field.lines
            area.show_line_numbers = False
            area.tab_behavior = "focus"
            return area
        suggester = SuggestFromList(field.choices, case_sensitive=False) if field.choices else None
        return SafeInput(
            field.value,
            placeholder=field.help,
            suggester=suggester,
            id=f"of-{field.name}",
            compact=True,
        )

    def changed(self) -> dict[str, str]:
        """The fields that say something else than at first."""
        found = {field: self._lines[field.name].typed for field in self._fields}
        return {field.name: text for field, text in found.items() if text != field.value}

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Save from any line."""
        event.stop()
        self.action_save()

    def action_save(self) -> None:
        """Save, unless that is under way or done."""
        if not (self._saving or self._saved):
            self._saving = True
            self.run_worker(self._try())

    async def _try(self) -> None:
        problem: str | Moved
        try:
            problem = await self._save(self.changed())
        except Exception as error:  # noqa: BLE001 - the app logs and counts it
            self.post_message(unforeseen := Unforeseen(error))
            problem = unforeseen.text
        self._saving, self._saved = False, not problem
        if isinstance(problem, Moved):
            self._follow(problem.fields)
        elif problem:
            self._show(problem)
        self.on_screen_resume()

    def on_screen_resume(self) -> None:
        """Close once it is saved, and nothing lies over it that would be closed instead."""
        if self._saved and self.is_active:
            self.dismiss(True)

    def _show(self, problem: str) -> None:
        """Say what is wrong at the field that it begins with, else below all."""
        name = problem.partition(":")[0]
        known = {field.name for field in self._fields}
        self._note({f"wrong-{name}" if name in known else "wrong": problem})
        if name in known:
            self._lines[name].focus()

    def _note(self, problems: Mapping[str, str]) -> None:
        """Show each at its place, and beside what was typed what somebody else wrote."""
        theirs = {
            f"wrong-{field.name}": f"somebody wrote meanwhile: {field.value or 'nothing'}"
            for field in self._fields
            if field.name in self._mine
        }
        said = {**theirs, **problems}
        for note in self.query(".wrong").results(Static):
            text = said.get(str(note.id), "")
            note.set_class(bool(text), "-wrong")
            shown = f"▲ {visible(text, 400)}" if text else ""
            note.update(Content.assemble((shown, "bold $text-error")))

    def _follow(self, fields: tuple[Field, ...]) -> None:
        """Go on from what the fields are now: what was typed stays, the others follow."""
        typed, before = self.changed(), {field.name: field.value for field in self._fields}
        self._fields = fields
        clashing = [
            field.name
            for field in fields
            if field.name in typed and field.value not in (before[field.name], typed[field.name])
        ]
        self._mine |= {name: typed[name] for name in clashing}
        for field in fields:
            if field.name not in typed and field.value != before[field.name]:
                self._lines[field.name].fill(field.value)
        self._warned = False
        self._say_keys(CLASH_KEYS, "$text-warning")
        self._note({})
        self._lines[clashing[0]].focus()

    def action_theirs(self) -> None:
        """Take what somebody else wrote into this field, or what was typed again."""
        for field in self._fields:
            line = self._lines[field.name]
            if field.name in self._mine and line is self.focused:
                if line.typed == field.value:
                    line.fill(self._mine[field.name])
                else:
                    self._mine[field.name] = line.typed
                    line.fill(field.value)

    def _say_keys(self, text: str, style: str) -> None:
        self.query_one("#keys-of-form", Static).update(Content.assemble((text, style)))

    def action_leave(self) -> None:
        """Leave; what was typed is thrown away only when asked twice."""
        if self.changed() and not self._warned:
            self._warned = True
            self._say_keys("esc again throws away what you typed", "bold $text-warning")
            return
        self.dismiss(False)
