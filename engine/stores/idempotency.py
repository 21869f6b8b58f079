"""A call that is repeated with its key is done once: each write keeps its answer beside its effect.

A key holds for a call and the tasks it starts. Every write in it has a number; one whose number
is on record is not done again but answers what it answered, so that a call that was cut off
between two writes goes on where it was. The record and the effect are one transaction.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import partial, wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from engine.codec import pack, unpack
from engine.errors import InvalidInputError
from engine.tasks import check_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator

    from engine.clock import Clock
    from engine.database.database import Database
    from engine.database.writer import WriterConnection

T = TypeVar("T")
P = ParamSpec("P")
CALL_SECONDS = 3600.0
"""How long the answer of a front's own key is kept: longer than any takeover takes."""
GIVEN_SECONDS = 86_400.0
"""How long that of a key is kept which a person or an agent chose."""
PRUNE_SECONDS = 300.0
LONGEST_KEY = 200


@dataclass(slots=True)
class _Call:
    key: str
    fingerprint: bytes
    seconds: float
    writes: int = 0
    over: bool = False


_current: ContextVar[_Call | None] = ContextVar("vespera_call", default=None)


@contextmanager
def keyed(key: str, fingerprint: bytes = b"", seconds: float = CALL_SECONDS) -> Iterator[None]:
    """What is written in the block belongs to the call ``key``, and is written once."""
    call = _Call(key, fingerprint, seconds)
    token = _current.set(call)
    try:
        yield
    finally:
        call.over = True  # for tasks that the block left behind
        _current.reset(token)


def idempotent(
    function: Callable[P, Awaitable[T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """A method whose ``idempotency_key``, when it is given, makes a repeated call be done once.

    Raises InvalidInputError for a key that was used for something else.
    """

    @wraps(function)
    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        key = kwargs.get("idempotency_key")
        if not key:
            return await function(*args, **kwargs)
        check_text("idempotency_key", key, LONGEST_KEY)
        asked = {name: value for name, value in kwargs.items() if name != "idempotency_key"}
        what = pack([function.__name__, args[1:], asked])
        digest = hashlib.blake2b(what, digest_size=16).digest()
        with keyed(f"given:{key}", digest, GIVEN_SECONDS):
            return await function(*args, **kwargs)

    return call


def once(
    job: Callable[[WriterConnection], T], now: float
) -> Callable[[WriterConnection], T] | None:
    """``job`` as the next write of the call in force; None when there is none."""
    call = _current.get()
    if call is None or call.over:
        return None
    call.writes += 1
    key = f"{call.key}:{call.writes}"

    def run(connection: WriterConnection) -> T:
        found = connection.execute(
            "SELECT fingerprint, answer FROM answered WHERE key = ?", (key,)
        ).fetchone()
        if found is not None:
            answer: T = _answered(call, found["fingerprint"], found["answer"])
            return answer
        answer = job(connection)
        connection.execute(
            "INSERT INTO answered VALUES (?, ?, ?, ?)",
            (key, call.fingerprint, pack(_dump(answer)), now + call.seconds),
        )
        return answer

    return run


def _answered(call: _Call, fingerprint: bytes, answer: bytes) -> Any:
    if fingerprint != call.fingerprint:
        key = call.key.removeprefix("given:")
        raise InvalidInputError(f"idempotency_key: {key!r} was used for another call; choose one")
    return _load(unpack(answer))


def _dump(value: Any) -> Any:
    """``value`` as plain values that say what they were."""
    if is_dataclass(value) and not isinstance(value, type):
        parts = {each.name: _dump(getattr(value, each.name)) for each in fields(value)}
        return ["object", type(value).__module__, type(value).__name__, parts]
    if isinstance(value, Enum):
        return ["enum", type(value).__module__, type(value).__name__, value.value]
    if isinstance(value, dict):
        return ["map", [[_dump(key), _dump(item)] for key, item in value.items()]]
    if isinstance(value, list | tuple):
        return ["tuple" if isinstance(value, tuple) else "list", [_dump(item) for item in value]]
    return value


def _load(value: Any) -> Any:
    match value:
        case ["object", module, name, parts]:
            return _kind(module, name)(**{key: _load(item) for key, item in parts.items()})
        case ["enum", module, name, inner]:
            return _kind(module, name)(inner)
        case ["map", pairs]:
            return {_load(key): _load(item) for key, item in pairs}
        case ["tuple", items]:
            return tuple(map(_load, items))
        case ["list", items]:
            return list(map(_load, items))
    return value


def _kind(module: str, name: str) -> Any:
    if not module.startswith("engine."):
        raise ValueError(f"{module}: an answer holds values of the engine alone")
    return getattr(import_module(module), name)


async def prune_for_ever(database: Database, clock: Clock) -> None:
    """Forget answers whose time has come, regularly."""
    while True:
        await database.write(partial(_forget, now=clock.now()), lazy=True)
        await clock.sleep(PRUNE_SECONDS)


def _forget(connection: WriterConnection, now: float) -> None:
    connection.execute("DELETE FROM answered WHERE forget_at < ?", (now,))
