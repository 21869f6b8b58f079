"""Values as JSON text and back, quickly; what the quick way refuses takes the standard one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable


def encode(value: Any, default: Callable[[Any], Any] | None = None) -> str:
    """``value`` as JSON; ``default`` turns what JSON does not know into what it does.

    Lone surrogates and large numbers are kept. Raises TypeError or ValueError for what JSON can't
    hold.
    """
    try:
        return orjson.dumps(value, default).decode()
    except TypeError:
        return json.dumps(value, default=default, allow_nan=False)


def decode(text: str) -> Any:
    """What :func:`encode` was given. Raises ValueError for what is no JSON."""
    try:
        return orjson.loads(text)
    except ValueError:  # lone surrogates
        return json.loads(text)
