"""Finds the tasks near in meaning, by the model whose vectors are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import ModelUnavailableError
from engine.model_key import same_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.stores.embedder import Embedder
    from engine.stores.projections import Nearest, Projections

NOBODY = "?"
"""No model has this key."""
SWAPS = 2
"""So often the vectors that are searched may change to another model's while one waits."""


class Meaning:
    """While the vectors of a new model are made, queries are embedded by the old one."""

    def __init__(self, embedder: Embedder, projections: Projections) -> None:
        self._configured = self._embedder = embedder
        self._projections = projections

    async def near(self, text: str, limit: int, where: Mapping[str, str]) -> Nearest:
        """The tasks nearest to a text; a person waits for it, so it overtakes the backlog.

        Raises ModelUnavailableError, StoreUnavailableError or WorkerError.
        """
        for _ in range(1 + SWAPS):
            try:
                made = await self._embedder.embed([text], urgent=True)
            except ModelUnavailableError:
                if not await self._found_another():
                    raise
                continue
            nearest = await self._projections.vectors_query(
                made.vectors[0], limit, model=made.model, where=where
            )
            if nearest.found is not None:
                return nearest
            await self._change(nearest)
        raise _gone(nearest.model)

    async def _found_another(self) -> bool:
        """Whether the configured model is away, but the vectors are of another one."""
        if self._embedder is not self._configured:
            return False
        nearest = await self._projections.vectors_query(b"", 1, model=NOBODY)
        if nearest.found is not None or same_model(nearest.model, self._configured.model_key):
            return False
        await self._change(nearest)
        return True

    async def _change(self, nearest: Nearest) -> None:
        """Embed with the model of the vectors that are searched from now on."""
        tried = self._embedder
        try:
            self._embedder = self._configured.of(nearest.settings)
            self._embedder.check()
        except ModelUnavailableError as error:
            self._embedder = self._configured
            raise _gone(nearest.model) from error
        if self._embedder is tried:  # other weights under the same name and in the same place
            raise _gone(nearest.model)
        if self._embedder is self._configured:
            await tried.stop()


def _gone(model: str) -> ModelUnavailableError:
    return ModelUnavailableError(
        "model",
        f"the vectors are of {model}, which can't be loaded; those of another are not ready",
    )
