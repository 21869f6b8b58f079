"""The calls that the demonstration does not play: they raise, none succeeds in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.api import EngineAPI
from engine.errors import VesperaError

if TYPE_CHECKING:
    from collections.abc import Callable


class NotPlayedError(VesperaError):
    """The demonstration has nothing to answer this call with."""


def _raising(name: str) -> Callable[..., Any]:
    def call(*_: object, **__: object) -> None:
        raise NotPlayedError(f"the demonstration stores nothing: {name} is not part of it")

    return call


if TYPE_CHECKING:
    Unplayed = EngineAPI  # so each call that is played is held to its signature
else:
    CALLS = [name for name in vars(EngineAPI) if not name.startswith("_")]
    Unplayed = type("Unplayed", (), {name: _raising(name) for name in CALLS})
