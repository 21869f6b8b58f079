"""The embedder child: ``embed`` and ``info``. The model is loaded at the first call."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from engine.errors import ModelUnavailableError
from engine.workers.embedder.export import exported
from engine.workers.embedder.onnx_backend import OnnxBackend
from engine.workers.embedder.reference_backend import ReferenceBackend
from engine.workers.embedder.weights import (
    TOKENIZER,
    find_model,
    max_tokens,
    onnx_obstacle,
    weights_hash,
)
from engine.workers.serve import serve

BACKENDS = ("auto", "onnx", "onnx-int8", "sentence-transformers")


class Embedding:
    """The loaded model and what it can be asked."""

    def __init__(
        self, model: str, backend: str, *, path: str, threads: int, cache: Path | None
    ) -> None:
        self._model, self._path, self._cache, self._threads = model, path, cache, threads
        self._backend_name = backend
        self._backend: OnnxBackend | ReferenceBackend | None = None
        self._weights = ""
        self._digest = ""
        self._load_seconds = 0.0

    def _loaded(self) -> OnnxBackend | ReferenceBackend:
        if self._backend is None:
            started = time.monotonic()
            try:
                self._backend = self._load(find_model(self._model, self._path))
            except OSError as error:
                raise ModelUnavailableError("model", f"it can't be read: {error}") from error
            self._load_seconds = time.monotonic() - started
        return self._backend

    def _load(self, folder: Path) -> OnnxBackend | ReferenceBackend:
        obstacle = onnx_obstacle(folder)
        if self._backend_name == "auto":
            self._backend_name = "sentence-transformers" if obstacle or _gpu() else "onnx"
        self._weights, self._digest = str(folder), weights_hash(folder, self._model)
        if self._backend_name == "sentence-transformers":
            return ReferenceBackend(str(folder))
        if obstacle:
            raise ModelUnavailableError(
                "model",
                f"{self._model} can't run as {self._backend_name}: {obstacle};"
                " set embedding.backend to sentence-transformers",
            )
        int8 = self._backend_name == "onnx-int8"
        graph = exported(folder, self._digest, int8=int8, cache=self._cache)
        limit = max_tokens(folder)
        return OnnxBackend(graph, folder / TOKENIZER, max_tokens=limit, threads=self._threads)

    def embed(self, texts: list[str]) -> dict[str, Any]:
        """``vectors``: float32, little-endian, row by row; ``dimension``; ``count``; ``truncated``.

        ``truncated`` are the indices of the texts of which only the beginning counted; ``digest``
        is the SHA-256 of the weights.
        """
        if not texts:
            return {"vectors": b"", "count": 0, "dimension": 0, "truncated": [], "digest": ""}
        vectors, cut = self._loaded().encode(texts)
        count, dimension = vectors.shape
        return {
            "vectors": vectors.tobytes(),
            "count": count,
            "dimension": dimension,
            "truncated": cut,
            "digest": self._digest,
        }

    def info(self) -> dict[str, Any]:
        """What is loaded, from which folder, and how long that took in seconds."""
        dimension = self.embed([""])["dimension"]
        return {
            "model": self._model,
            "backend": self._backend_name,
            "weights": self._weights,
            "dimension": dimension,
            "load_seconds": self._load_seconds,
        }


def _gpu() -> bool:
    """Whether a graphics card can compute; answered without loading torch."""
    return any(Path(device).exists() for device in ("/dev/nvidiactl", "/dev/kfd"))


def main() -> None:
    """Answer the parent until it goes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--backend", default="auto", choices=BACKENDS)
    parser.add_argument("--model-path", default="")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cache-dir", type=Path)
    given = parser.parse_args()
    embedding = Embedding(
        given.model,
        given.backend,
        path=given.model_path,
        threads=given.threads,
        cache=given.cache_dir,
    )
    serve({"embed": embedding.embed, "info": embedding.info})


if __name__ == "__main__":
    main()
