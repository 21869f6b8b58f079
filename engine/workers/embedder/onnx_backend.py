"""Vectors on the CPU through ONNX Runtime: quick to start and small."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN_BUDGET, MAX_TEXTS = 256, 8
"""Padded tokens and texts in one run at most: small runs fit the processor's cache and keep
padding and memory low. Several at the same time, a thread each, are a quarter quicker than a large
one that all threads share."""


class OnnxBackend:
    """One exported graph and its tokenizer."""

    def __init__(self, graph: Path, tokenizer: Path, *, max_tokens: int, threads: int) -> None:
        import onnxruntime  # noqa: PLC0415 - loaded in the child, when first needed
        from tokenizers import Tokenizer  # noqa: PLC0415 - as above

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(graph), options, providers=["CPUExecutionProvider"]
        )
        self._runs = ThreadPoolExecutor(min(threads, _cores()), "embedding")
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
        groups = list(_groups([len(ids) for ids in tokens]))[::-1]  # no long one at the end, alone
        found = self._runs.map(self._run, ([tokens[i] for i in group] for group in groups))
        for group, vectors in zip(groups, found, strict=True):
            for row, i in enumerate(group):
                rows[i] = vectors[row]
        cut = [i for i, encoding in enumerate(encodings) if encoding.overflowing]
        return np.asarray(rows, dtype="<f4"), cut

    def _run(self, tokens: list[list[int]]) -> Any:
        """The vectors of one padded group."""
        import numpy as np  # noqa: PLC0415 - as above

        ids = np.zeros((len(tokens), max(map(len, tokens))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, text in enumerate(tokens):
            ids[row, : len(text)] = text
            mask[row, : len(text)] = 1
        (vectors,) = self._session.run(None, {"ids": ids, "mask": mask})
        return vectors


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
