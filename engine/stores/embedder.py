"""The engine's side of the embedder child."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.errors import ModelUnavailableError, WorkerError
from engine.workers.child import ChildProcess
from engine.workers.embedder.weights import TOKENIZER, WEIGHTS, find_local, missing, offline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from engine.clock import Clock
    from engine.configuration.sections import EmbeddingSettings

FIRST_LOAD_SECONDS = 660.0
"""The first call may export the model, which a slow machine needs minutes for."""
REFUSED_SECONDS = 60.0
"""How long a model that could not be loaded is left alone, unless its files change."""


class Embedder:
    """Text to vectors, in a process of its own."""

    def __init__(
        self, settings: EmbeddingSettings, *, threads: int, clock: Clock, seconds: float
    ) -> None:
        self._settings, self._seconds = settings, seconds
        args = [f"--model={settings.embedding_model}", f"--backend={settings.backend}"]
        args += ["--threads", str(threads)]
        if settings.model_path:
            args += [f"--model-path={settings.model_path}"]
        self._child = ChildProcess("embedder", "engine.workers.embedder", args, clock=clock)
        self._clock = clock
        self._loaded_pid: int | None = None
        self._refused: tuple[ModelUnavailableError, float, object] | None = None

    @property
    def model_key(self) -> str:
        """Names what computed a vector; vectors of another name are stale."""
        suffix = "#int8" if self._settings.backend == "onnx-int8" else ""
        return self._settings.embedding_model + suffix

    @property
    def pid(self) -> int | None:
        """The child's process id, if it runs."""
        return self._child.pid

    def check(self) -> None:
        """ModelUnavailableError when the model's files can't be found or could not be loaded.

        What the child refused is believed for a while, or until the files change.
        """
        settings = self._settings
        folder = find_local(settings.embedding_model, settings.model_path)
        if self._refused is not None:
            error, until, files = self._refused
            if files == _state(folder) and self._clock.monotonic() < until:
                raise ModelUnavailableError(error.dependency, error.reason)
        if folder is None and offline():
            raise missing(settings.embedding_model, "and the hub is switched off (HF_HUB_OFFLINE)")

    def _believe(self, error: ModelUnavailableError) -> None:
        folder = find_local(self._settings.embedding_model, self._settings.model_path)
        until = self._clock.monotonic() + REFUSED_SECONDS
        self._refused = (error, until, _state(folder))

    @property
    def longest_seconds(self) -> float:
        """How long :meth:`embed` may take: the first call loads the model."""
        loaded = self._child.pid is not None and self._child.pid == self._loaded_pid
        return self._seconds if loaded else max(self._seconds, FIRST_LOAD_SECONDS)

    async def embed(self, texts: Sequence[str], *, urgent: bool = False) -> list[bytes]:
        """A float32 vector a text. ``urgent`` overtakes what waits, for a person's query."""
        self.check()
        if not texts:
            return []
        try:
            reply: dict[str, Any] = await self._child.call(
                "embed",
                {"texts": list(texts)},
                seconds=self.longest_seconds,
                urgent=urgent,
            )
        except ModelUnavailableError as error:
            self._believe(error)
            raise
        self._loaded_pid = self._child.pid
        width = reply["dimension"] * 4
        if reply["count"] != len(texts) or len(reply["vectors"]) != width * len(texts):
            raise WorkerError(f"embedder: {reply['count']} vectors for {len(texts)} texts")
        data = reply["vectors"]
        return [data[start : start + width] for start in range(0, len(data), width)]

    async def info(self) -> dict[str, Any]:
        """Model, backend, dimension and load time in seconds."""
        found: dict[str, Any] = await self._child.call("info", seconds=FIRST_LOAD_SECONDS)
        return found

    async def stop(self) -> None:
        """End the child."""
        await self._child.stop()


def _state(folder: Path | None) -> object:
    if folder is None:
        return None
    states = [(folder / name).stat() for name in (WEIGHTS, TOKENIZER)]
    return (folder, *((state.st_mtime_ns, state.st_size) for state in states))
