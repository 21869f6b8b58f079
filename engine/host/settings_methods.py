"""What the engine in this process says of its settings and its log, and how they are changed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine.configuration import editing
from engine.configuration.loading import origin, with_profile
from engine.monitoring.log_file import log_path
from engine.monitoring.log_tail import LogTail

if TYPE_CHECKING:
    from engine.background_services import BackgroundServiceManager
    from engine.configuration.editing import ConfigurationView, SettingSaved
    from engine.configuration.loading import LoadedConfiguration
    from engine.monitoring.log_tail import LogPage, LogQuery
    from engine.service_config import ServiceConfiguration


class SettingsMethods:
    """The part of :class:`engine.api.EngineAPI` about configuration and log."""

    manager: BackgroundServiceManager
    _loaded: LoadedConfiguration | None = None
    _log: LogTail | None = None

    @property
    def _configuration(self) -> LoadedConfiguration:
        """What is in force; made out anew when another way than this changed it."""
        if self._loaded is None or self._loaded.config is not self.manager.config:
            self._loaded = origin(self.manager.config)
        return self._loaded

    def _on_profile(self, profile: str) -> ServiceConfiguration:
        self._loaded = with_profile(self._configuration, profile)
        return self._loaded.config

    async def configuration(self) -> ConfigurationView:
        """Every setting in force, and which source set it."""
        loaded = self._configuration
        return editing.view(loaded, loaded.file)

    async def save_setting(self, key: str, value: str | None, *, actor: str = "") -> SettingSaved:
        """Write a setting to the configuration file and put it into force; None takes it out.

        ConfigurationError when it is wrong; nothing is changed then.
        """
        loaded = self._configuration
        changed, saved = await asyncio.to_thread(editing.save, loaded, loaded.file, key, value)
        await self.manager.reconfigure(changed.config, actor)
        self._loaded = changed
        self.manager.events.add("setting.saved", key, actor=actor, message=saved.value)
        return saved

    async def log_lines(self, query: LogQuery) -> LogPage:
        """The newest lines of the log that match, oldest first."""
        if self._log is None:
            self._log = LogTail(log_path(self.manager.config.data_dir))
        return await asyncio.to_thread(self._log.read, query)
