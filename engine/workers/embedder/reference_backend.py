"""Vectors through sentence-transformers: any model, and the GPU when there is one."""

from __future__ import annotations

from typing import Any


class ReferenceBackend:
    """A SentenceTransformer."""

    def __init__(self, folder: str) -> None:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - in the child only

        self._model = SentenceTransformer(folder)

    def encode(self, texts: list[str]) -> Any:
        """Float32 array (texts, dimension), each row of length 1, in the order given."""
        return self._model.encode(
            texts, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        ).astype("<f4")
