"""A plugin as the engine sees it: a service whose work happens in a process of its own."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from engine.errors import (
    DependencyDownError,
    InvalidInputError,
    WorkerDiedError,
    WorkerError,
    WorkerTimeoutError,
)
from engine.operations import NewOperation
from engine.plugins.traits import PluginTraits, first_error, recall, remember
from engine.plugins.wire import pack_operation, unpack_outcomes
from engine.services.base import BackgroundService
from engine.workers.child import ChildProcess

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.operations import Operation, Outcome
    from engine.plugins.discovery import PluginDescription
    from engine.services.base import ServiceContext

LOAD_SECONDS = 300.0
"""How long a plugin's import may take."""
PATIENCE_SECONDS = 1.0
"""How long work waits for a plugin that loads before it is put off."""
REFUSED_SECONDS = 60.0
"""How long a plugin that could not be loaded is left alone."""
PROBE_SECONDS = 10.0
CHANGE_DELAY = 1.0
"""Seconds that a change of a task settles."""


class PluginService(BackgroundService):
    """The proxy. Whatever its process does, here it is outcomes or one of the engine's errors.

    What the plugin said of itself last time is believed until it is loaded, so that no change of
    a task is missed meanwhile.
    """

    max_workers = 1
    """Its process does one thing at a time, and a call's time limit counts from its start."""

    def __init__(self, context: ServiceContext, plugin: PluginDescription) -> None:
        super().__init__(context)
        self.plugin = plugin
        self.name = plugin.name  # type: ignore[misc]  # one class, many plugins
        self.label = f"plugin {plugin.name}"
        data_dir = context.config.data_dir
        self.traits: PluginTraits = recall(data_dir, plugin.name)
        args = [f"--name={plugin.name}", f"--value={plugin.value}", f"--data-dir={data_dir}"]
        self._child = ChildProcess(self.label, "engine.plugins", args, clock=context.clock)
        self._turn = asyncio.Lock()
        self._loading: asyncio.Task[None] | None = None
        self._loaded_pid: int | None = None
        self._refused, self._refused_until = "", 0.0
        self._careful = 0

    @property
    def kinds(self) -> frozenset[str]:  # type: ignore[override]  # known once it is loaded
        """Operations it takes."""
        return self.traits.kinds

    @property
    def enabled(self) -> bool:
        """What the configuration says of all plugins."""
        return self.context.config.plugins.enabled

    @property
    def batch_size(self) -> int:
        """Operations a call; 1 for a while after a call that ended its process.

        So the operation at fault is found before the process is left alone for ending too often.
        """
        return 1 if self._careful else self.traits.batch_size

    @property
    def pid(self) -> int | None:
        """Its process id, if it runs."""
        return self._child.pid

    @property
    def output(self) -> list[str]:
        """The last lines that its process printed."""
        return self._child.stderr_tail

    def check_kind(self, kind: str) -> None:
        """UnknownOperationError as ever; DependencyDownError while the kinds are not known."""
        if kind not in self.kinds and self._loaded_pid is None:
            raise self._down(self._refused or "loading")
        super().check_kind(kind)

    def for_task(self, task_id: str, origin: str) -> list[NewOperation]:
        """What is queued when this task is written or deleted."""
        kind = self.traits.on_task_change
        if kind is None:
            return []
        return [NewOperation(self.name, kind, task_id, delay=CHANGE_DELAY, origin=origin)]

    async def probe(self) -> None:
        """Load it, or ask it; DependencyDownError while it loads, can't be loaded or says no."""
        if self._turn.locked():  # it works, and a question would wait behind that
            return
        async with self._turn:
            await self._ready(0)
            try:
                await self._ask("probe", PROBE_SECONDS)
            except (WorkerError, InvalidInputError) as error:
                raise self._down(str(error)) from error

    async def run(self, kind: str, operations: Sequence[Operation]) -> Sequence[Outcome]:
        """Let its process do the batch.

        Raises DependencyDownError while it loads or says so, InvalidInputError as it says, and
        WorkerError for everything else, nonsense included.
        """
        async with self._turn:
            await self._ready(PATIENCE_SECONDS)
            found = await self._call(kind, operations)
        self._careful = max(0, self._careful - len(operations))
        try:
            return await asyncio.to_thread(unpack_outcomes, found, len(operations))
        except ValueError as error:
            raise WorkerError(f"{self.label}: {error}") from error

    async def _call(self, kind: str, operations: Sequence[Operation]) -> Any:
        packed = await asyncio.to_thread(lambda: [pack_operation(each) for each in operations])
        seconds = self.context.config.operation_timeout_seconds
        try:
            return await self._ask("run", seconds, kind=kind, operations=packed)
        except (WorkerDiedError, WorkerTimeoutError):
            self._careful = self.traits.batch_size
            raise
        except asyncio.CancelledError:  # the work must end, not go on unheard
            await asyncio.shield(self._child.stop(0))
            raise

    async def _ready(self, patience: float) -> None:
        if self._loaded_pid is not None and self._child.pid == self._loaded_pid:
            return
        if self._loading is None:
            if self._refused and self.context.clock.monotonic() < self._refused_until:
                raise self._down(self._refused)
            self._loading = asyncio.create_task(self._load(), name=f"{self.label} loading")
        loading = self._loading
        await asyncio.wait({loading}, timeout=patience)
        if not loading.done():
            raise self._down("loading")
        self._loading = None
        loading.result()
        if self._refused:
            raise self._down(self._refused)

    async def _load(self) -> None:
        try:
            traits = PluginTraits.model_validate_json(await self._ask("describe", LOAD_SECONDS))
            if traits != self.traits:
                data_dir = self.context.config.data_dir
                await asyncio.to_thread(remember, data_dir, self.name, traits)
        except ValidationError as error:
            await self._refuse(f"{self.label}: its class is wrong: {first_error(error)}")
        except (WorkerError, DependencyDownError, InvalidInputError, OSError) as error:
            await self._refuse(str(error))
        else:
            self.traits, self._refused = traits, ""
            self._loaded_pid = self._child.pid

    async def _refuse(self, reason: str) -> None:
        self._refused = f"it can't be loaded: {reason.removeprefix(f'{self.label}: ')}"
        self._refused_until = self.context.clock.monotonic() + REFUSED_SECONDS
        await self._child.stop()  # the next try finds what was installed meanwhile

    async def _ask(self, method: str, seconds: float, **params: Any) -> Any:
        match await self._child.call(method, params, seconds=seconds):
            case {"value": value}:
                return value
            case {"down": [str(dependency), str(reason)]}:
                raise DependencyDownError(dependency, reason)
            case {"invalid": str(message)}:
                raise InvalidInputError(f"{self.label}: {message}")
            case _:
                raise WorkerError(f"{self.label}: its process sent what is no answer")

    def _down(self, reason: str) -> DependencyDownError:
        return DependencyDownError(self.label, reason.removeprefix(f"{self.label}: "))

    async def stop(self) -> None:
        """End its process; the next call would start it again."""
        if self._loading is not None:
            self._loading.cancel()
            with suppress(asyncio.CancelledError):
                await self._loading
            self._loading = None
        await self._child.stop()
