"""The real model: the quick backend gives the vectors of the reference."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from engine.clock import SystemClock
from engine.configuration.sections import EmbeddingSettings
from engine.errors import ModelUnavailableError
from engine.stores.embedder import Embedder
from engine.workers.embedder.weights import DEFAULT_MODEL, find_model, weights_hash

if TYPE_CHECKING:
    from pathlib import Path


async def vectors(texts: list[str], **settings) -> np.ndarray:
    embedder = Embedder(EmbeddingSettings(**settings), threads=2, clock=SystemClock(), seconds=120)
    try:
        found = await embedder.embed(texts)
    finally:
        await embedder.stop()
    return np.array([np.frombuffer(vector, dtype="<f4") for vector in found.vectors])


def texts_of(path: Path, count: int) -> list[str]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    texts = [f"{row['title']}\n\n{row.get('description', '')}" for row in rows]
    ordered = sorted(texts, key=len)
    return [ordered[i * len(ordered) // count] for i in range(count)]


async def test_the_quick_backend_equals_the_reference(real_tasks: Path) -> None:
    texts = ["", *texts_of(real_tasks, 40)]
    quick = await vectors(texts)
    reference = await vectors(texts, backend="sentence-transformers")
    assert quick.shape == reference.shape == (len(texts), 384)
    assert (quick * reference).sum(axis=1).min() > 1 - 1e-5
    assert np.allclose(np.linalg.norm(quick, axis=1), 1, atol=1e-5)


@pytest.mark.slow
@pytest.mark.timeout(1800)
async def test_the_backends_agree_on_500_texts(real_tasks: Path) -> None:
    texts = texts_of(real_tasks, 500)
    quick = await vectors(texts)
    reference = await vectors(texts, backend="sentence-transformers")
    assert quick.shape == reference.shape == (500, 384)
    assert (quick * reference).sum(axis=1).min() > 1 - 1e-5


async def test_texts_without_words_and_very_long_ones_have_vectors() -> None:
    texts = ["", "   ", "\n\t", "word " * 200_000, "x" * 1_000_000, "\N{PILE OF POO}" * 1000]
    quick = await vectors(texts)
    reference = await vectors(texts, backend="sentence-transformers")
    assert (quick * reference).sum(axis=1).min() > 1 - 1e-5
    assert np.allclose(np.linalg.norm(quick, axis=1), 1, atol=1e-5)


@pytest.mark.slow
async def test_the_small_backend_is_close(real_tasks: Path) -> None:
    texts = texts_of(real_tasks, 20)
    small = await vectors(texts, backend="onnx-int8")
    assert (small * await vectors(texts)).sum(axis=1).min() > 0.97


async def test_a_missing_model_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match=r"model.safetensors.*embedding.model_path"):
        await vectors(["a"], model_path=str(tmp_path))
    with pytest.raises(ModelUnavailableError, match="neither in the Hugging Face cache"):
        await vectors(["a"], embedding_model="nobody/nothing")


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    weights = find_model(DEFAULT_MODEL) / "model.safetensors"
    assert len(weights_hash(weights.parent, DEFAULT_MODEL)) == 64
    (tmp_path / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(ModelUnavailableError, match="damaged"):
        weights_hash(tmp_path, DEFAULT_MODEL)
