"""Screen 8: the configuration in force, what set each value, and changing it in the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from vespera_tui.filters import TEXT, one_of, read_words
from vespera_tui.screens.listing import ListScreen
from widgets.setting_list import SettingList, SettingModel
from widgets.text_pane import DIM

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.api import EngineAPI
    from engine.configuration.editing import ConfigurationView, SettingView
    from widgets.text_pane import Line

HEADS = ("key", "value", "source", "default", "allowed", "meaning", "environment")
SECTION, BY = "section", "by"
SOURCES = ("default", "profile", "file", "environment", "flag")


@dataclass(frozen=True, slots=True)
class SettingsQuestion:
    """What is set."""

    async def ask(self, engine: EngineAPI, now: float) -> ConfigurationView:  # noqa: ARG002 - a Question
        """The answer now."""
        return await engine.configuration()


class SettingsScreen(ListScreen):
    """Every setting; beside it what it means, what it may be, and whether it needs a restart."""

    place: ClassVar[str] = "settings"
    noun: ClassVar[str] = "settings"
    one: ClassVar[str] = "setting"
    filter_words: ClassVar[tuple[tuple[str, str], ...]] = (
        ("section:", "of this section, such as embedding"),
        ("by:", f"set by this: {', '.join(SOURCES)}"),
        ("words", "in the key or its meaning"),
    )
    has_table: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._settings: tuple[SettingView, ...] = ()
        self._words: dict[str, str] = {}

    def make_list(self) -> SettingList:
        """The settings."""
        return SettingList(id="settings")

    @property
    def question(self) -> SettingsQuestion:
        """What is set."""
        return SettingsQuestion()

    def show_answer(self, answer: ConfigurationView) -> None:
        """Show those that the filter matches."""
        self._settings = answer.settings
        self._note = f"profile {answer.profile}, changes go to {answer.file}"
        self._show()

    def _show(self) -> None:
        self.show_rows([_model(each) for each in self._matching()])
        self.tell()
        self.cursor_moved()

    def _matching(self) -> list[SettingView]:
        section, by = self._words.get(SECTION, ""), self._words.get(BY, "")
        text = self._words.get(TEXT, "").lower()
        return [
            each
            for each in self._settings
            if each.key.startswith(section and f"{section}.")
            and each.source.startswith(by)
            and text in f"{each.key} {each.meaning}".lower()
        ]

    def ask(self) -> None:
        """Show the present answer otherwise: the settings are all here."""
        self._show()

    @property
    def filter_values(self) -> Mapping[str, Iterable[str]]:
        """The sections, and what may set a value."""
        sections = {each.key.partition(".")[0] for each in self._settings if "." in each.key}
        others = {each.source.partition(" ")[0] for each in self._settings}
        return {SECTION: sorted(sections), BY: list(dict.fromkeys((*SOURCES, *sorted(others))))}

    def read_filter(self, line: str) -> None:
        """Take over what ``line`` means. Raises InvalidInputError."""
        words = read_words(line, (SECTION, BY))
        for name, known in self.filter_values.items():
            if name in words and self._settings:
                words[name] = one_of(name, words[name], list(known))
        self._words = words

    def cursor_moved(self) -> None:
        """Show what is known of the setting under the cursor."""
        setting = self.selected_setting
        self.show_details(_details(setting) if setting else ())

    @property
    def target(self) -> str:
        """A setting, when there is one."""
        return "setting" if self.selected_setting else ""

    @property
    def selected_setting(self) -> SettingView | None:
        """The setting under the cursor."""
        row = self.query_one(SettingList).selected
        return next((each for each in self._settings if row and each.key == row.id), None)

    async def table(
        self,
        engine: EngineAPI | None,  # noqa: ARG002 - the settings are all here
    ) -> tuple[Sequence[str], Sequence[Sequence[object]], str]:
        """A line a setting."""
        rows = [
            (e.key, e.value, e.source, e.default, e.allowed, e.meaning, e.environment)
            for e in self._matching()
        ]
        return HEADS, rows, ""


def _model(setting: SettingView) -> SettingModel:
    changed = not setting.source.startswith(("default", "profile"))
    source = setting.source.partition(" /")[0]  # the line above says which file
    return SettingModel(setting.key, setting.value, source, setting.meaning, changed)


def _details(setting: SettingView) -> tuple[Line, ...]:
    when = "after a restart" if setting.needs_restart else "at once"
    return (
        ((setting.key, "bold"),),
        ((setting.meaning, ""),),
        (),
        (("value        ", DIM), (setting.value, "bold $text-accent")),
        (("set by       ", DIM), (setting.source, "")),
        (("default      ", DIM), (setting.default, "")),
        (("allowed      ", DIM), (setting.allowed, "")),
        (("environment  ", DIM), (setting.environment, "")),
        (("counts       ", DIM), (when, "$text-warning" if setting.needs_restart else "")),
    )
