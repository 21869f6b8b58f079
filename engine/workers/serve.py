"""The loop of a child process: requests in by priority, one at a time, replies out."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from engine.errors import DependencyDownError
from engine.workers import frames

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(order=True, slots=True)
class _Request:
    rank: int
    number: int
    message: dict[str, Any] = field(compare=False)


def serve(methods: Mapping[str, Callable[..., Any]]) -> None:
    """Answer requests on stdin until the parent closes it; urgent ones go first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the group; the parent decides
    replies = _private_stdout()
    requests: queue.PriorityQueue[_Request] = queue.PriorityQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    while True:
        message = requests.get().message
        replies.write(frames.pack(_answer(methods, message)))
        replies.flush()


def _private_stdout() -> BinaryIO:
    """The pipe to the parent, out of reach of libraries that print."""
    private = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(private, "wb")


def _listen(requests: queue.PriorityQueue[_Request]) -> None:
    for number in range(sys.maxsize):
        message = frames.read(sys.stdin.buffer)
        if message is None:  # the parent is gone: nobody wants what is being computed
            os._exit(0)
        requests.put(_Request(0 if message["urgent"] else 1, number, message))


def _answer(methods: Mapping[str, Callable[..., Any]], message: dict[str, Any]) -> dict[str, Any]:
    try:
        result = methods[message["method"]](**message["params"])
    except DependencyDownError as error:
        kind = type(error).__name__
        return {"id": message["id"], "down": [kind, error.dependency, error.reason]}
    except Exception as error:  # noqa: BLE001 - the top of the loop: it is told to the caller
        text = f"{type(error).__name__}: {error}"
        return {"id": message["id"], "error": text, "traceback": traceback.format_exc()}
    return {"id": message["id"], "result": result}
