"""Vectors on the CPU through ONNX Runtime: quick to start and small."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN_BUDGET, MAX_TEXTS = 2048, 32
"""Padded tokens and texts in one run at most: small runs keep padding and memory low."""


class OnnxBackend:
    """One exported graph and its tokenizer."""

    def __init__(self, graph: Path, tokenizer: Path, *, max_tokens: int, threads: int) -> None:
        import onnxruntime  # noqa: PLC0415 - loaded in the child, when first needed
        from tokenizers import Tokenizer  # noqa: PLC0415 - as above

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(threads, _cores())
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(graph), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(max_tokens)
        self._tokenizer.no_padding()

    def encode(self, texts: list[str]) -> tuple[Any, list[int]]:
        """Float32 array (texts, dimension), each row of length 1, in the order given.

        With it, the indices of the texts of which only the beginning counted.
        """
        import numpy as np  # noqa: PLC0415 - as above

        encodings = self._tokenizer.encode_batch(texts)
        tokens = [encoding.ids for encoding in encodings]
        rows: list[Any] = [None] * len(texts)
        for group in _groups([len(ids) for ids in tokens]):
            width = max(len(tokens[i]) for i in group)
            ids = np.zeros((len(group), width), dtype=np.int64)
            mask = np.zeros_like(ids)
            for row, i in enumerate(group):
                ids[row, : len(tokens[i])] = tokens[i]
                mask[row, : len(tokens[i])] = 1
            (vectors,) = self._session.run(None, {"ids": ids, "mask": mask})
            for row, i in enumerate(group):
                rows[i] = vectors[row]
        cut = [i for i, encoding in enumerate(encodings) if encoding.overflowing]
        return np.asarray(rows, dtype="<f4"), cut


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _groups(lengths: list[int]) -> Iterator[list[int]]:
    """Indices by length, cut where a run would pass the token budget."""
    group: list[int] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if group and (len(group) == MAX_TEXTS or lengths[i] * (len(group) + 1) > TOKEN_BUDGET):
            yield group
            group = []
        group.append(i)
    if group:
        yield group
