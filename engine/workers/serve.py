"""The loop of a child process: requests in by priority, one at a time, replies out."""

from __future__ import annotations

import os
import queue
import signal
import threading
import traceback
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from engine.errors import DependencyDownError
from engine.workers import frames

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Methods = Mapping[str, Callable[..., Any]]


@dataclass(order=True, slots=True)
class _Request:
    rank: int
    number: int
    message: dict[str, Any] = field(compare=False)


def serve(methods: Mapping[str, Callable[..., Any]]) -> NoReturn:
    """Answer requests on stdin until the parent closes it; urgent ones go first.

    When a request's turn comes, that is told first: ``id`` with ``begun``. A reply is ``id`` with
    ``result``, with ``down`` (type, dependency, reason) for a DependencyDownError, or with
    ``error`` and ``traceback`` for anything else.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the group; the parent decides
    source, replies = _private_streams()
    requests: queue.PriorityQueue[_Request] = queue.PriorityQueue()
    threading.Thread(target=_listen, args=(source, requests), daemon=True).start()
    while True:
        message = requests.get().message
        replies.write(frames.pack({"id": message["id"], "begun": True}))
        replies.flush()
        replies.write(_reply(methods, message))
        replies.flush()


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """The pipes from and to the parent, out of reach of libraries that print or read."""
    source, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return os.fdopen(source, "rb"), os.fdopen(replies, "wb")


def _listen(source: BinaryIO, requests: queue.PriorityQueue[_Request]) -> None:
    code = 1
    try:
        for number in count():
            message = frames.read(source)
            if message is None:  # the parent is gone: nobody wants what is being computed
                code = 0
                return
            requests.put(_Request(0 if message["urgent"] else 1, number, message))
    except Exception:  # noqa: BLE001 - the top of the loop: the parent shows what is printed here
        traceback.print_exc()
    finally:
        _end(code)


def _end(code: int) -> NoReturn:
    try:
        _end_children()
    finally:
        os._exit(code)


def _end_children() -> None:
    import psutil  # noqa: PLC0415 - only on the way out

    for child in psutil.Process().children(recursive=True):
        try:
            child.kill()
        except psutil.NoSuchProcess:
            continue


def _reply(methods: Methods, message: dict[str, Any]) -> bytes:
    try:
        return frames.pack({"id": message["id"], "result": _result(methods, message)})
    except DependencyDownError as error:
        down = [type(error).__name__, error.dependency, error.reason]
        return frames.pack({"id": message["id"], "down": down})
    except Exception as error:  # noqa: BLE001 - the top of the loop: it is told to the caller
        text = f"{type(error).__name__}: {error}"
        trace = traceback.format_exc()
        return frames.pack(
            {"id": message["id"], "error": _sendable(text), "traceback": _sendable(trace)}
        )


def _sendable(text: str) -> str:
    """Without lone surrogates, which UTF-8 can't carry."""
    return text.encode(errors="backslashreplace").decode()


def _result(methods: Methods, message: dict[str, Any]) -> Any:
    name = message["method"]
    if name not in methods:
        raise LookupError(f"no method {name!r}; there are {', '.join(sorted(methods))}")
    return methods[name](**message["params"])
