"""The embedder child: ``embed`` and ``info``. The model is loaded at the first call."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from engine.workers.embedder.export import exported
from engine.workers.embedder.onnx_backend import OnnxBackend
from engine.workers.embedder.reference_backend import ReferenceBackend
from engine.workers.embedder.weights import TOKENIZER, find_model
from engine.workers.serve import serve


class Embedding:
    """The loaded model and what it can be asked."""

    def __init__(
        self, model: str, backend: str, *, path: str, threads: int, cache: Path | None
    ) -> None:
        self._model, self._path, self._cache, self._threads = model, path, cache, threads
        self._backend_name = "onnx" if backend == "auto" else backend
        self._backend: OnnxBackend | ReferenceBackend | None = None
        self._load_seconds = 0.0

    def _loaded(self) -> OnnxBackend | ReferenceBackend:
        if self._backend is None:
            started = time.monotonic()
            folder = find_model(self._model, self._path)
            if self._backend_name == "sentence-transformers":
                self._backend = ReferenceBackend(str(folder))
            else:
                int8 = self._backend_name == "onnx-int8"
                graph = exported(folder, self._model, int8=int8, cache=self._cache)
                self._backend = OnnxBackend(graph, folder / TOKENIZER, self._threads)
            self._load_seconds = time.monotonic() - started
        return self._backend

    def embed(self, texts: list[str]) -> dict[str, Any]:
        """``vectors``: float32, little-endian, row by row; ``dimension``; ``count``."""
        vectors = self._loaded().encode(texts)
        count, dimension = vectors.shape
        return {"vectors": vectors.tobytes(), "count": count, "dimension": dimension}

    def info(self) -> dict[str, Any]:
        """What is loaded, and how long that took in seconds."""
        dimension = self.embed([""])["dimension"]
        return {
            "model": self._model,
            "backend": self._backend_name,
            "dimension": dimension,
            "load_seconds": self._load_seconds,
        }


def main() -> None:
    """Answer the parent until it goes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--backend", default="auto")
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
