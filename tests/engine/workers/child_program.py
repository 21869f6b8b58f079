"""A child for the tests of its parent."""

from __future__ import annotations

import os
import sys
import time

from engine.errors import StoreUnavailableError
from engine.workers.serve import serve

seen: list[str] = []


def down() -> None:
    raise StoreUnavailableError("chroma", "away for a test")


def wrong() -> None:
    raise ValueError("on purpose")


def note(name: str) -> list[str]:
    seen.append(name)
    return seen


def die() -> None:
    sys.stderr.write("last \x1b words\n")
    sys.stderr.flush()
    os._exit(7)


def wait(seconds: float) -> None:
    time.sleep(seconds)


def shout(text: str) -> str:
    return text


serve(
    {
        "down": down,
        "wrong": wrong,
        "note": note,
        "die": die,
        "hang": lambda: time.sleep(600),
        "wait": wait,
        "echo": lambda value: value,
        "shout": shout,
        "pid": os.getpid,
    }
)
