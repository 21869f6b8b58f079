"""A person's own themes: a folder of TOML files, read at the start and when one is saved."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine.errors import ConfigurationError
from vespera_tui.themes import DEFAULT, read_theme

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import App
    from textual.theme import Theme

SECONDS = 1.0
"""How often the folder is looked at."""
Stamps = dict["Path", int]


class ThemeFolder:
    """Registers the themes of ``folder`` with ``app``, and wears ``wanted`` once it is there.

    A file that is no theme is told of and changes nothing.
    """

    def __init__(self, app: App[None], folder: Path | None, wanted: str) -> None:
        self._app, self._folder, self._wanted = app, folder, wanted
        self._stamps: Stamps = {}
        app.theme = wanted if wanted in app.available_themes else DEFAULT

    async def start(self) -> None:
        """Read the folder now, and look at it again and again."""
        await self.look()
        if self._wanted not in self._app.available_themes:
            names = ", ".join(sorted(self._app.available_themes))
            self._say(f"dashboard.theme: there is no theme {self._wanted!r}; there are {names}")
        if self._folder is not None:
            self._app.set_interval(SECONDS, self.look)

    async def look(self) -> None:
        """Take over what was saved since the last look."""
        if self._folder is None:
            return
        stamps, themes, problems = await asyncio.to_thread(_changed, self._folder, self._stamps)
        self._stamps = stamps
        for problem in problems:
            self._say(problem)
        for theme in themes:
            self._app.register_theme(theme)
            if theme.name == self._wanted and self._app.theme != theme.name:
                self._app.theme = theme.name
            elif theme.name == self._app.theme:
                self._app.refresh_css(animate=False)
        if themes:
            self._app.screen.refresh(layout=True)

    def _say(self, problem: str) -> None:
        self._app.notify(problem, severity="error", markup=False)


def _changed(folder: Path, known: Stamps) -> tuple[Stamps, list[Theme], list[str]]:
    """The files' times of saving, the themes that are new since ``known``, and what is wrong."""
    try:
        stamps = {path: path.stat().st_mtime_ns for path in sorted(folder.glob("*.toml"))}
    except OSError:  # no such folder, or a file that goes while it is looked at
        return known, [], []
    themes, problems = [], []
    for path, stamp in stamps.items():
        if known.get(path) == stamp:
            continue
        try:
            themes.append(read_theme(path.stem, path.read_text("utf-8")))
        except (ConfigurationError, OSError, UnicodeDecodeError) as error:
            problems.append(f"{path}: {error}")
    return stamps, themes, problems
