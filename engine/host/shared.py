"""A front's engine, whoever owns it: attached to another process, or opened in this one.

One task lives the life of it: find the owner or become it, use it until it is gone, again. Calls
wait while there is none, and are repeated with their key when the owner went away under them.
"""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from collections import Counter
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from engine.errors import (
    DataDirectoryError,
    DataDirectoryInUseError,
    OwnerStoppedError,
    OwnerUnreachableError,
    OwnerVersionError,
    VesperaError,
)
from engine.host import calls, greeting
from engine.host.connection import Connection, OwnerGoneError
from engine.host.lock import DirectoryLock, read_owner
from engine.host.opening import open_engine
from engine.host.owner import Owner
from engine.stores.idempotency import keyed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from pathlib import Path

    from engine.background_services import BackgroundServiceManager
    from engine.host.calls import Method
    from engine.host.embedded import EmbeddedEngine
    from engine.service_config import ServiceConfiguration

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.03
"""Between two looks at a directory whose owner comes or goes, spread so that none march in step."""
OPENING_SECONDS = 60.0
"""How long an owner may take to open before a front gives up."""
TELL_SECONDS = 1.0
YIELD_SECONDS = 0.3
"""A command lets those go first that stay: it would hand the directory on at once."""
RETRY_SECONDS = 1.0
MOST_OWNERS = 5
"""A call under which so many owners ended may be what ends them."""


@dataclass(frozen=True, slots=True, eq=False)
class _Backing:
    """What answers calls now."""

    owner: Owner
    engine: EmbeddedEngine | None = None
    connection: Connection | None = None


class SharedEngine:
    """Has every method of :class:`engine.api.EngineAPI`; see :func:`engine.host.join_engine`."""

    def __init__(
        self,
        config: ServiceConfiguration,
        *,
        mode: str,
        services: bool,
        on_step: Callable[[str], None] | None = None,
        on_owner: Callable[[Owner], None] | None = None,
        on_opening: Callable[[], None] | None = None,
    ) -> None:
        self._config, self._mode, self._services = config, mode, services
        self._on_step = on_step or (lambda _: None)
        self._on_owner = on_owner or (lambda _: None)
        self._on_opening = on_opening or (lambda: None)
        self._found: asyncio.Future[_Backing] = asyncio.get_running_loop().create_future()
        self._leaving = asyncio.Event()
        self._life: asyncio.Task[None] | None = None
        self._had_one = False
        self._unexpected: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """The method ``name`` of the interface."""
        if name not in calls.names():
            raise AttributeError(f"the engine has no {name}")
        method = calls.method(name)

        def call(*args: Any, **kwargs: Any) -> Any:
            arguments = method.bind(args, kwargs)
            if name == "subscribe":
                return self._subscribe(method, **arguments)
            return (
                self._stream(method, arguments) if method.streams else self._call(method, arguments)
            )

        return call

    @property
    def owner(self) -> Owner | None:
        """The process that owns the engine, this one perhaps; None between two."""
        done = self._found.done() and not self._found.cancelled() and not self._found.exception()
        return self._found.result().owner if done else None

    @property
    def manager(self) -> BackgroundServiceManager:
        """The background services; DataDirectoryInUseError when another process runs them."""
        engine = self._found.result().engine if self.owner else None
        if engine is None:
            raise DataDirectoryInUseError(
                f"{self.owner or 'another process'} runs the services of {self._config.data_dir};"
                " only there they can be reached as objects"
            )
        return engine.manager

    async def open(self) -> None:
        """Find an owner or become it. Raises DataDirectoryError."""
        self._life = asyncio.create_task(self._live(), name="shared engine")
        await asyncio.shield(self._found)

    async def close(self) -> None:
        """Hang up, or close the engine when it is in this process."""
        self._leaving.set()
        if self._life is not None:
            if self.owner is None:
                self._life.cancel()
            with suppress(asyncio.CancelledError):
                await self._life
        if not self._found.done():
            self._found.set_exception(DataDirectoryError("the engine was left"))
            self._found.exception()

    async def reconfigure(self, config: ServiceConfiguration, *, actor: str = "") -> None:
        """Another configuration, now if the engine is in this process, else should it come here."""
        self._config = config
        backing = await asyncio.shield(self._found)
        if backing.engine is not None:
            await backing.engine.manager.reconfigure(config, actor)

    # -- calls

    async def _call(self, method: Method, arguments: dict[str, Any]) -> Any:
        key = uuid.uuid4().hex
        for again in range(MOST_OWNERS):
            backing = await asyncio.shield(self._found)
            if backing.engine is not None:
                return await self._here(backing.engine, method, arguments, key if again else "")
            assert backing.connection is not None  # noqa: S101 - it is the one or the other
            with suppress(OwnerGoneError):
                found = await backing.connection.call(method.name, arguments, key)
                return method.result(found)
            self._lost(backing)
        raise OwnerUnreachableError(
            f"{MOST_OWNERS} owners in turn ended under {method.name}; see their logs before you"
            " repeat it"
        )

    async def _here(
        self, engine: EmbeddedEngine, method: Method, arguments: dict[str, Any], key: str
    ) -> Any:
        call = getattr(engine, method.name)
        if not key:
            return await call(**arguments)
        with keyed(key):
            return await call(**arguments)

    async def _stream(self, method: Method, arguments: dict[str, Any]) -> AsyncIterator[Any]:
        backing = await asyncio.shield(self._found)
        try:
            async with aclosing(_items(backing, method, arguments)) as items:
                async for item in items:
                    yield item
        except OwnerGoneError as error:
            raise OwnerUnreachableError(
                f"{backing.owner} ended in the middle of {method.name}; do it again"
            ) from error

    async def _subscribe(self, method: Method, after: int = 0) -> AsyncIterator[Any]:
        """As long as anyone wants it: at the next owner it goes on."""
        while True:
            backing = await asyncio.shield(self._found)
            with suppress(OwnerGoneError):
                async with aclosing(_items(backing, method, {"after": after})) as items:
                    async for update in items:
                        after = update.seq
                        yield update
            await self._until_gone(backing)

    def _lost(self, backing: _Backing) -> None:
        """Let calls wait for the next owner, unless that was noticed already."""
        found = self._found
        if found.done() and not found.exception() and found.result() is backing:
            self._found = asyncio.get_running_loop().create_future()

    # -- life

    async def _live(self) -> None:
        while not self._leaving.is_set():
            try:
                async with AsyncExitStack() as stack:
                    backing = await self._find(stack)
                    self._settle(backing)
                    await self._until_gone(backing)
                    self._lost(backing)
            except VesperaError as error:
                await self._fail(error)
            except Exception as error:
                self._unexpected["opening"] += 1
                log.exception("no engine could be found or opened")
                await self._fail(VesperaError(f"unexpected {type(error).__name__}: {error}"))

    def _settle(self, backing: _Backing) -> None:
        self._had_one = True
        self._found.set_result(backing)
        self._on_owner(backing.owner)

    async def _until_gone(self, backing: _Backing) -> None:
        waits = [asyncio.ensure_future(self._leaving.wait())]
        if backing.connection is not None:
            waits.append(asyncio.ensure_future(backing.connection.gone.wait()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _fail(self, error: VesperaError) -> None:
        """Tell those who wait, and let later calls wait for another try."""
        if self._found.done():
            self._found = asyncio.get_running_loop().create_future()
        self._found.set_exception(error)
        self._found.exception()  # it was seen, should nobody wait
        if not self._had_one:
            self._leaving.set()  # an opening that failed is over
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._leaving.wait(), RETRY_SECONDS)
        self._found = asyncio.get_running_loop().create_future()

    async def _find(self, stack: AsyncExitStack) -> _Backing:
        if self._had_one and self._mode == "command":
            await asyncio.sleep(YIELD_SECONDS)
        lock, patience = DirectoryLock(self._config.data_dir), _Patience(self._on_step)
        while True:
            try:
                lock.acquire(Owner.here(self._mode))
            except DataDirectoryInUseError as refusal:
                if (connection := await _attached(self._config.data_dir)) is not None:
                    stack.push_async_callback(connection.close)
                    return _Backing(connection.owner, connection=connection)
                await patience.look_again(refusal)
            else:
                return await self._opened(stack, lock)

    async def _opened(self, stack: AsyncExitStack, lock: DirectoryLock) -> _Backing:
        stack.callback(lock.release)
        self._on_opening()
        await asyncio.to_thread(import_module, "engine.background_services")  # holds up no screen
        opening = open_engine(
            self._config,
            services=self._services,
            on_step=self._on_step,
            mode=self._mode,
            lock=lock,
            unexpected=self._unexpected,
        )
        return _Backing(Owner.here(self._mode), engine=await stack.enter_async_context(opening))


async def _items(
    backing: _Backing, method: Method, arguments: dict[str, Any]
) -> AsyncGenerator[Any]:
    if backing.connection is None:
        async for item in getattr(backing.engine, method.name)(**arguments):
            yield item
        return
    async with aclosing(backing.connection.stream(method.name, arguments)) as items:
        async for item in items:
            yield method.result(item)


class _Patience:
    """Looks again and again, says so once, and ends in time."""

    def __init__(self, on_step: Callable[[str], None]) -> None:
        self._on_step, self._told = on_step, False
        self._since = asyncio.get_running_loop().time()

    async def look_again(self, refusal: DataDirectoryInUseError) -> None:
        passed = asyncio.get_running_loop().time() - self._since
        if passed > OPENING_SECONDS:
            raise refusal
        if passed > TELL_SECONDS and not self._told:
            self._told = True
            self._on_step("waiting for the process that owns the data directory")
        await asyncio.sleep(LOOK_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - only spread


async def _attached(data_dir: Path) -> Connection | None:
    """To the owner; None while it opens or ends."""
    owner, held = read_owner(data_dir)
    if owner is None or not held:
        return None
    if not owner.protocol:  # from before there was a socket
        raise OwnerVersionError(greeting.versions_differ(owner, greeting.mine()))
    if owner.problem:
        raise OwnerUnreachableError(f"{owner} can't be reached, {owner.problem}; end that one")
    if owner.socket:
        with suppress(OwnerGoneError):
            return await Connection.open(owner, data_dir)
    if owner.stopped:
        raise OwnerStoppedError(greeting.stopped(owner))
    return None
