"""What runs inside a plugin's process around the plugin."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from importlib.metadata import EntryPoint
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, Any

from engine.errors import DependencyDownError, InvalidInputError
from engine.plugins.context import PluginContext, Tasks
from engine.plugins.discovery import GROUP
from engine.plugins.wire import pack_outcomes, unpack_operation
from engine.services.base import BackgroundService

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOG_BYTES = 1_000_000


class Host:
    """Loads the plugin when it is first asked for, and runs it in one event loop for its life.

    Every answer is an object: ``value``, or ``down`` (dependency, reason), or ``invalid`` (a
    message), so that errors which mean something to the queue keep their meaning.
    """

    def __init__(self, name: str, value: str, data_dir: Path) -> None:
        self._name, self._value, self._data_dir = name, value, data_dir
        self._loop = asyncio.Runner()
        self._plugin: BackgroundService | None = None

    def describe(self) -> dict[str, Any]:
        """What the class says of itself, as JSON."""
        return self._told(lambda: _traits(self._loaded()))

    def probe(self) -> dict[str, Any]:
        """Whether what the plugin needs is there."""
        return self._told(lambda: self._loop.run(self._loaded().probe()))

    def run(self, kind: str, operations: list[str]) -> dict[str, Any]:
        """Outcomes of a batch, as JSON."""
        return self._told(lambda: self._run(kind, operations))

    def _run(self, kind: str, operations: list[str]) -> list[str]:
        batch = [unpack_operation(text) for text in operations]
        outcomes = self._loop.run(self._call(kind, batch))
        return pack_outcomes(outcomes, len(batch))

    async def _call(self, kind: str, batch: list[Any]) -> Any:
        found: Any = self._loaded().run(kind, batch)
        if not inspect.isawaitable(found):
            raise TypeError("run must be `async def`")
        return await found

    def _told(self, work: Callable[[], Any]) -> dict[str, Any]:
        try:
            return {"value": work()}
        except DependencyDownError as error:
            return {"down": [_sendable(error.dependency), _sendable(error.reason)]}
        except InvalidInputError as error:
            return {"invalid": _sendable(error)}
        except SystemExit as error:
            raise RuntimeError(f"it called sys.exit({_sendable(error.code)})") from error

    def _loaded(self) -> BackgroundService:
        if self._plugin is None:
            folder = self._data_dir / "plugins" / self._name
            folder.mkdir(parents=True, exist_ok=True)
            context: Any = PluginContext(
                self._name, Tasks(self._data_dir), folder, _log(self._name, folder)
            )
            self._plugin = self._class()(context)
        return self._plugin

    def _class(self) -> type[BackgroundService]:
        found = EntryPoint(self._name, self._value, GROUP).load()
        if not isinstance(found, type) or not issubclass(found, BackgroundService):
            raise TypeError(f"{self._value} is no subclass of engine.BackgroundService")
        name = getattr(found, "name", self._name)
        if name != self._name:
            raise ValueError(f"its class is named {name!r}, its entry point {self._name!r}")
        return found


def _traits(plugin: BackgroundService) -> str:
    kind = type(plugin)
    doc = (inspect.getdoc(kind) or "").split("\n\n")[0]
    traits = {
        "title": getattr(kind, "title", ""),
        "description": " ".join(doc.split())[:500],
        "kinds": sorted(plugin.kinds),
        "batch_size": plugin.batch_size,
        "on_task_change": getattr(kind, "on_task_change", None),
        "every": dict(getattr(kind, "every", {})),
    }
    return json.dumps(traits)


def _log(name: str, folder: Path) -> logging.Logger:
    handler = RotatingFileHandler(
        folder / "plugin.log",
        maxBytes=LOG_BYTES,
        backupCount=1,
        encoding="utf-8",
        errors="backslashreplace",
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log = logging.getLogger(f"vespera.plugins.{name}")
    log.setLevel(logging.INFO)
    log.handlers = [handler]
    return log


def _sendable(value: object) -> str:
    """Text of bounded length that a frame can carry; a lone surrogate is no UTF-8."""
    return str(value)[:2000].encode(errors="backslashreplace").decode()
