"""The engine's side of the embedder child."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from engine.configuration.sections import EmbeddingSettings
from engine.errors import ModelUnavailableError, WorkerError
from engine.model_key import model_key
from engine.workers.child import ChildProcess
from engine.workers.embedder.weights import TOKENIZER, WEIGHTS, find_local, missing, offline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from engine.clock import Clock

FIRST_LOAD_SECONDS = 660.0
"""The first call may export the model, which a slow machine needs minutes for."""
IDLE_LOOK_SECONDS = 15.0
"""How often it is looked whether the model is still needed."""
SLICE = 32
"""Texts in one call of the child, about a second's work."""
RECIPE = {"embedding_model", "backend", "model_path"}
"""The settings that decide what a vector is."""
REFUSED_SECONDS = 60.0
"""How long a model that could not be loaded is left alone, unless its files change."""


class Vectors(NamedTuple):
    """What became of some texts."""

    vectors: list[bytes]
    """Float32, little-endian, one a text."""
    cut: frozenset[int] = frozenset()
    """Indices of the texts of which only the beginning counted: the model takes no more."""
    model: str = ""
    """The key of what computed them, see :func:`engine.model_key.model_key`."""


class Embedder:
    """Text to vectors, in a process of its own."""

    def __init__(
        self, settings: EmbeddingSettings, *, threads: int, clock: Clock, seconds: float
    ) -> None:
        self._settings, self._seconds, self._threads = settings, seconds, threads
        args = [f"--model={settings.embedding_model}", f"--backend={settings.backend}"]
        args += ["--threads", str(threads)]
        if settings.model_path:
            args += [f"--model-path={settings.model_path}"]
        self._child = ChildProcess("embedder", "engine.workers.embedder", args, clock=clock)
        self._clock = clock
        self._used_at, self._working = clock.monotonic(), 0
        self._loaded_pid: int | None = None
        self._refused: tuple[ModelUnavailableError, float, object] | None = None
        self._digest = ""
        self.former: Embedder | None = None
        """Loads another model, that of vectors made before the configuration changed."""

    @property
    def model_key(self) -> str:
        """Names what computes the vectors; its version is known after the first of them."""
        return self._key(self._digest)

    def _key(self, digest: str) -> str:
        int8 = self._settings.backend == "onnx-int8"
        return model_key(self._settings.embedding_model, digest, int8=int8)

    @property
    def recipe(self) -> str:
        """What :meth:`of` needs to load this model again."""
        return self._settings.model_dump_json(include=RECIPE)

    def of(self, recipe: str) -> Embedder:
        """That of a recipe: this one, or another beside it.

        Raises ModelUnavailableError when the recipe says nothing that can be loaded.
        """
        if recipe == self.recipe:
            return self
        if self.former is None or self.former.recipe != recipe:
            try:
                settings = EmbeddingSettings.model_validate_json(recipe)
            except ValueError as error:
                raise ModelUnavailableError("model", "that of the vectors is not known") from error
            self.former = Embedder(
                settings, threads=self._threads, clock=self._clock, seconds=self._seconds
            )
        return self.former

    @property
    def pid(self) -> int | None:
        """The child's process id, if it runs."""
        return self._child.pid

    @property
    def former_pids(self) -> dict[str, int | None]:
        """That of a former model, by a name for people; empty when there is none."""
        return {} if self.former is None else {"former embedder": self.former.pid}

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
        return self._seconds if self._loaded else max(self._seconds, FIRST_LOAD_SECONDS)

    @property
    def _loaded(self) -> bool:
        return self._child.pid is not None and self._child.pid == self._loaded_pid

    async def load(self) -> None:
        """Have the model in memory, so that the next text finds it there."""
        if not self._loaded:
            await self.embed([""])

    async def embed(self, texts: Sequence[str], *, urgent: bool = False) -> Vectors:
        """A float32 vector a text. ``urgent`` overtakes what waits, for a person's query."""
        self.check()
        vectors: list[bytes] = []
        cut: set[int] = set()
        for start in range(0, len(texts), SLICE):  # between two of them an urgent text is served
            part = await self._embed(texts[start : start + SLICE], urgent)
            vectors += part.vectors
            cut.update(start + index for index in part.cut)
        return Vectors(vectors, frozenset(cut), self.model_key)

    async def _embed(self, texts: Sequence[str], urgent: bool) -> Vectors:
        self._used_at = self._clock.monotonic()
        self._working += 1
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
        finally:
            self._working -= 1
        self._loaded_pid = self._child.pid
        width = reply["dimension"] * 4
        if reply["count"] != len(texts) or len(reply["vectors"]) != width * len(texts):
            raise WorkerError(f"embedder: {reply['count']} vectors for {len(texts)} texts")
        self._used_at = self._clock.monotonic()
        data = reply["vectors"]
        vectors = [data[start : start + width] for start in range(0, len(data), width)]
        self._digest = reply["digest"]
        return Vectors(vectors, frozenset(reply["truncated"]))

    async def unload_when_idle(self) -> None:
        """For ever: end the process when it was not used for a while; the next text starts it."""
        while True:
            await self._clock.sleep(IDLE_LOOK_SECONDS)
            limit = self._settings.unload_after_seconds
            for embedder in filter(None, (self, self.former)):
                await embedder.unload(limit)

    async def unload(self, limit: float) -> None:
        """End the process if it was not used for ``limit`` seconds; 0 keeps it."""
        idle = not self._working
        if limit and idle and self._clock.monotonic() - self._used_at >= limit:
            await self._child.stop()

    async def info(self) -> dict[str, Any]:
        """Model, backend, dimension and load time in seconds."""
        found: dict[str, Any] = await self._child.call("info", seconds=FIRST_LOAD_SECONDS)
        return found

    async def stop(self) -> None:
        """End the child, and that of a former model."""
        if self.former is not None:
            await self.former.stop()
        await self._child.stop()


def _state(folder: Path | None) -> object:
    if folder is None:
        return None
    states = [(folder / name).stat() for name in (WEIGHTS, TOKENIZER)]
    return (folder, *((state.st_mtime_ns, state.st_size) for state in states))
