"""What a screen wants to know beside the status: asked by the feed, answered with frozen values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from engine.api import EngineAPI


class Question(Protocol):
    """A frozen value; equal questions have the same answer. The feed asks it at each beat."""

    async def ask(self, engine: EngineAPI, now: float) -> object:
        """The answer at ``now``, in Unix seconds; VesperaError says why there is none."""
