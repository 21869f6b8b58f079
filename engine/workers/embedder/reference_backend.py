"""Vectors through sentence-transformers: any model, and the GPU when there is one."""

from __future__ import annotations

from typing import Any


class ReferenceBackend:
    """A SentenceTransformer."""

    def __init__(self, folder: str) -> None:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - in the child only

        self._model = SentenceTransformer(folder)

    def encode(self, texts: list[str]) -> tuple[Any, list[int]]:
        """Float32 array (texts, dimension), each row of length 1, in the order given.

        With it, the indices of the texts of which only the beginning counted.
        """
        vectors = self._model.encode(
            texts, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        tokens = self._model.tokenizer(texts, truncation=False, verbose=False)["input_ids"]
        limit = self._model.max_seq_length
        cut = [i for i, ids in enumerate(tokens) if limit is not None and len(ids) > limit]
        return vectors.astype("<f4"), cut
