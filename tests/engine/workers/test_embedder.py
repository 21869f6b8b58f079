"""The embedder child and its client, with the real model."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from engine.clock import SystemClock
from engine.configuration.sections import EmbeddingSettings
from engine.errors import ModelUnavailableError
from engine.stores.embedder import REFUSED_SECONDS, Embedder
from engine.workers.child import ChildProcess
from engine.workers.embedder.weights import (
    DEFAULT_MODEL,
    TOKENIZER,
    WEIGHTS,
    find_local,
    find_model,
    onnx_obstacle,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.conftest import FakeClock

LONG = "word " * 400
HEAVY = [
    "torch",
    "sentence_transformers",
    "transformers",
    "chromadb",
    "kuzu",
    "onnxruntime",
    "huggingface_hub",
]


def client(clock: FakeClock | None = None, **settings: Any) -> Embedder:
    return Embedder(
        EmbeddingSettings(**settings), threads=2, clock=clock or SystemClock(), seconds=120
    )


def numbers(vectors: list[bytes]) -> np.ndarray[Any, Any]:
    return np.array([np.frombuffer(vector, dtype="<f4") for vector in vectors])


@pytest.fixture
async def child() -> AsyncIterator[ChildProcess]:
    process = ChildProcess("embedder", "engine.workers.embedder", [f"--model={DEFAULT_MODEL}"])
    yield process
    await process.stop()


async def test_it_says_what_it_loaded_and_from_where(child: ChildProcess) -> None:
    info = await child.call("info", seconds=120)
    assert (info["model"], info["backend"], info["dimension"]) == (DEFAULT_MODEL, "onnx", 384)
    assert info["weights"] == str(find_local(DEFAULT_MODEL))
    assert info["load_seconds"] > 0


async def test_each_text_gets_its_own_vector_in_the_order_given(child: ChildProcess) -> None:
    texts = ["a short one", LONG, "", "another", "\x00\x1b[31m \N{PILE OF POO}", "x " * 70]
    together = await child.call("embed", {"texts": texts}, seconds=120)
    assert together["truncated"] == [1]
    assert (together["count"], together["dimension"]) == (6, 384)
    rows = np.frombuffer(together["vectors"], dtype="<f4").reshape(6, 384)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    for i, text in enumerate(texts):
        alone = await child.call("embed", {"texts": [text]}, seconds=120)
        row = np.frombuffer(alone["vectors"], dtype="<f4")
        assert row @ rows[i] > 1 - 1e-5
        assert max(float(row @ other) for j, other in enumerate(rows) if j != i) < 1 - 1e-3


async def test_no_texts_are_no_vectors(child: ChildProcess) -> None:
    assert (await child.call("embed", {"texts": []}, seconds=120))["count"] == 0
    embedder = client()
    assert (await embedder.embed([])).vectors == []
    assert embedder.pid is None


async def test_a_persons_query_overtakes_the_backlog() -> None:
    embedder = client()
    try:
        await embedder.load()
        backlog = asyncio.create_task(embedder.embed([f"{LONG} {n}" for n in range(100)]))
        await asyncio.sleep(0)  # it is under way
        alone = await embedder.embed(["a query"], urgent=True)
        assert not backlog.done()
        found = await backlog
    finally:
        await embedder.stop()
    assert (len(found.vectors), found.cut) == (100, set(range(100)))
    assert (len(alone.vectors), alone.model, alone.cut) == (1, found.model, set())


async def test_texts_that_mean_the_same_are_near() -> None:
    embedder = client()
    texts = ["the database is locked", "another process holds SQLite's lock", "paint the fence"]
    try:
        near, same, far = numbers((await embedder.embed(texts)).vectors)
    finally:
        await embedder.stop()
    assert near @ same > near @ far + 0.2


@pytest.mark.slow
async def test_a_damaged_export_is_made_again(tmp_path: Path) -> None:
    arguments = [f"--model={DEFAULT_MODEL}", f"--cache-dir={tmp_path}"]
    child = ChildProcess("embedder", "engine.workers.embedder", arguments)
    warm = client()
    try:
        # fills the shared cache where it is empty
        (expected,) = (await warm.embed(["one text"])).vectors
        (home,) = (tmp_path / find_home().name,)
        shutil.copytree(find_home(), home)
        graph = home / "model.onnx"
        graph.write_bytes(graph.read_bytes()[:1_000_000])
        found = await child.call("embed", {"texts": ["one text"]}, seconds=170)
    finally:
        await child.stop()
        await warm.stop()
    assert graph.stat().st_size > 80_000_000
    assert numbers([found["vectors"]])[0] @ numbers([expected])[0] > 1 - 1e-5


def find_home() -> Path:
    from platformdirs import user_cache_path  # noqa: PLC0415 - only the test above asks

    return user_cache_path("vespera") / "onnx" / "53aa51172d142c89"


def copy_of_the_model(folder: Path) -> Path:
    """The model's small files, with the weights linked."""
    original = find_model(DEFAULT_MODEL)
    shutil.copytree(original, folder, ignore=shutil.ignore_patterns(WEIGHTS))
    (folder / WEIGHTS).symlink_to(original / WEIGHTS)
    return folder


def change(file: Path, **values: object) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def test_models_that_the_graph_does_not_fit_are_told_apart(tmp_path: Path) -> None:
    folder = copy_of_the_model(tmp_path / "model")
    assert onnx_obstacle(folder) == ""
    pooling = folder / "1_Pooling" / "config.json"
    change(pooling, pooling_mode_mean_tokens=False, pooling_mode_cls_token=True)
    assert "mean" in onnx_obstacle(folder)
    change(folder / "config.json", model_type="xlm-roberta")
    assert "its type is 'xlm-roberta'; allowed: bert, distilbert" in onnx_obstacle(folder)


async def test_a_model_the_graph_does_not_fit_is_refused_as_onnx(
    tmp_path: Path, clock: FakeClock
) -> None:
    folder = copy_of_the_model(tmp_path / "model")
    pooling = folder / "1_Pooling" / "config.json"
    change(pooling, pooling_mode_mean_tokens=False, pooling_mode_cls_token=True)
    embedder = client(clock, backend="onnx", model_path=str(folder))
    try:
        with pytest.raises(ModelUnavailableError, match="does not pool by mean; set embedding"):
            await embedder.embed(["a"])
    finally:
        await embedder.stop()


async def test_what_was_refused_is_believed_until_its_files_change(
    tmp_path: Path, clock: FakeClock
) -> None:
    folder = copy_of_the_model(tmp_path / "model")
    (folder / WEIGHTS).unlink()
    (folder / WEIGHTS).write_bytes(b"damaged")
    embedder = client(clock, model_path=str(folder))
    try:
        embedder.check()
        with pytest.raises(ModelUnavailableError, match="damaged"):
            await embedder.embed(["a"])
        with pytest.raises(ModelUnavailableError, match="damaged"):
            embedder.check()
        clock.advance(REFUSED_SECONDS + 1)
        embedder.check()
        with pytest.raises(ModelUnavailableError, match="damaged"):
            await embedder.embed(["a"])
        (folder / WEIGHTS).unlink()
        (folder / WEIGHTS).symlink_to(find_model(DEFAULT_MODEL) / WEIGHTS)
        assert len((await embedder.embed(["a"])).vectors) == 1
    finally:
        await embedder.stop()


async def test_without_the_hub_a_missing_model_starts_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    embedder = client(embedding_model="nobody/nothing")
    with pytest.raises(ModelUnavailableError, match=r"nobody/nothing is neither.*HF_HUB_OFFLINE"):
        await embedder.embed(["a"])
    assert embedder.pid is None


def test_the_cache_of_the_hub_comes_before_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    assert find_local(DEFAULT_MODEL) != tmp_path
    root = tmp_path / "models--sentence-transformers--all-MiniLM-L6-v2"
    for name in ("aaa", "bbb", "ccc"):
        (root / "snapshots" / name).mkdir(parents=True)
        (root / "snapshots" / name / WEIGHTS).touch()
    for name in ("bbb", "ccc"):
        (root / "snapshots" / name / TOKENIZER).touch()
    assert find_local(DEFAULT_MODEL) == root / "snapshots" / "bbb"
    (root / "refs").mkdir()
    (root / "refs" / "main").write_text("ccc\n")
    assert find_local(DEFAULT_MODEL) == root / "snapshots" / "ccc"
    (root / "refs" / "main").write_text("aaa")
    assert find_local(DEFAULT_MODEL) == root / "snapshots" / "bbb"


def test_the_key_tells_quantised_vectors_apart() -> None:
    assert client().model_key == DEFAULT_MODEL  # until the first vector
    assert client(backend="onnx-int8").model_key == f"{DEFAULT_MODEL}#int8"


def test_the_engines_process_stays_light() -> None:
    program = f"""
import asyncio, sys
from engine.clock import SystemClock
from engine.configuration.sections import EmbeddingSettings
from engine.stores.embedder import Embedder

async def main():
    embedder = Embedder(EmbeddingSettings(), threads=2, clock=SystemClock(), seconds=120)
    (vector,) = (await embedder.embed(["a text"])).vectors
    await embedder.stop()
    print(len(vector), sorted(set({HEAVY!r}) & set(sys.modules)))

asyncio.run(main())
"""
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert done.stderr == ""
    assert done.stdout == "1536 []\n"


async def test_a_model_that_nobody_uses_is_unloaded_and_loads_again(clock) -> None:
    settings = EmbeddingSettings(unload_after_seconds=60)
    embedder = Embedder(settings, threads=1, clock=clock, seconds=120)
    unloading = asyncio.ensure_future(embedder.unload_when_idle())
    try:
        assert (await embedder.embed(["a", LONG])).cut == {1}
        for _ in range(3):
            await asyncio.sleep(0.01)
            clock.advance(15)
        assert embedder.pid is not None
        async with asyncio.timeout(20):
            while embedder.pid is not None:
                await asyncio.sleep(0.01)
                clock.advance(15)
        assert len((await embedder.embed(["b"])).vectors) == 1
    finally:
        unloading.cancel()
        await asyncio.gather(unloading, return_exceptions=True)
        await embedder.stop()
