"""The configuration of the demonstration: changed like any other, but in no file of a person."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.configuration import editing
from engine.configuration.checking import nested
from engine.configuration.loading import origin, reloaded
from engine.service_config import get_development_config
from vespera_tui.demo.script import DATA_DIR
from vespera_tui.demo.unplayed import Unplayed

if TYPE_CHECKING:
    from engine.configuration.editing import ConfigurationView, SettingSaved
    from engine.configuration.loading import LoadedConfiguration
    from vespera_tui.demo.activity import Activity

FILE = Path("/home/ada/.config/vespera/config.json")
WRITTEN = {"data_dir": DATA_DIR, "workers": 3, "embedding.batch_size": 16}
"""What stands in that made-up file."""


def begin() -> LoadedConfiguration:
    """The profile for development, with what the file says."""
    return reloaded(origin(get_development_config()), FILE, WRITTEN)


class SettingCalls(Unplayed):
    """What is saved is checked and kept, and forgotten at the end."""

    # ruff: noqa: D102 - EngineAPI says what the calls are for

    activity: Activity
    loaded: LoadedConfiguration

    async def configuration(self) -> ConfigurationView:
        return editing.view(self.loaded, self.loaded.file)

    async def save_setting(self, key: str, value: str | None, *, actor: str = "") -> SettingSaved:
        with tempfile.TemporaryDirectory() as folder:  # nothing of a person's is changed
            file = Path(folder) / "config.json"
            own = {k: s.value for k, s in self.loaded.settings.items() if "file" in s.source}
            file.write_text(json.dumps(nested(own), default=str), "utf-8")
            self.loaded, saved = editing.save(self.loaded, file, key, value)
        self.loaded = replace(self.loaded, file=FILE)
        self.activity.happened("setting.saved", key, actor, saved.value)
        return replace(saved, file=str(FILE))
