"""Another model in the configuration: the old vectors serve until the new ones are complete."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from engine.configuration.sections import EmbeddingSettings
from engine.errors import InvalidInputError
from engine.host.opening import open_engine
from engine.service_config import ServiceConfiguration
from engine.tasks import TaskDraft, embedding_text
from engine.workers.embedder.weights import DEFAULT_MODEL, find_model

if TYPE_CHECKING:
    from pathlib import Path

    from engine.host.embedded import EmbeddedEngine

TITLES = ("Paint the fence", "The database is locked", "Bake a cake", "Sell the old car")
QUERY = "another process holds SQLite's lock"


def settings(folder: Path, backend: str, **more: Any) -> ServiceConfiguration:
    embedding = EmbeddingSettings(backend=backend, embed_delay_seconds=0, **more)
    return ServiceConfiguration(data_dir=folder / "data", embedding=embedding)


async def fill(engine: EmbeddedEngine) -> None:
    for title in TITLES:
        await engine.create_task(TaskDraft(title))
    assert (await engine.wait_until_idle()).idle


async def best(engine: EmbeddedEngine) -> tuple[str, str]:
    """The first task found by meaning, and how it was searched."""
    found = await engine.search(QUERY)
    return (found.hits[0].title if found.hits else "", found.mode)


async def test_the_old_vectors_serve_until_the_new_are_complete(tmp_path: Path) -> None:
    async with open_engine(settings(tmp_path, "onnx-int8")) as engine:
        await fill(engine)
    changed = settings(tmp_path, "onnx")
    async with open_engine(changed, services=False) as engine:
        parity = (await engine.status()).parity
        assert (parity.vectors.expected, parity.vectors.missing) == (4, 4)
        assert parity.searched_model.endswith("#int8")
        assert await best(engine) == (TITLES[1], "meaning and words")
        assert engine.manager.pids()["former embedder"] is not None
        # a part of the new ones is there when the engine stops
        context = engine.manager.context
        task = (await engine.list_tasks())[0]
        made = await context.embedder.embed([embedding_text(task.title, "")])
        await context.projections.vectors_upsert(
            [task.id], [task.content_hash], made.model, made.vectors, context.embedder.recipe
        )
    async with open_engine(changed, services=False) as engine:
        assert (await engine.status()).parity.vectors.current == 1
        assert await best(engine) == (TITLES[1], "meaning and words")
    async with open_engine(changed) as engine:
        assert (await engine.wait_until_idle()).idle
        parity = (await engine.status()).parity
        assert (parity.vectors.current, parity.searched_model) == (4, "")
        assert await best(engine) == (TITLES[1], "meaning and words")
        swaps = [e for e in await engine.events() if e.kind == "vectors.replaced"]
        assert len(swaps) == 1
        assert "#int8 are dropped" in swaps[0].message


async def test_a_model_that_is_gone_leaves_the_words_and_says_so(tmp_path: Path) -> None:
    other = tmp_path / "model"
    shutil.copytree(find_model(DEFAULT_MODEL), other)
    given = {"model_path": str(other), "embedding_model": "somebody/other"}
    async with open_engine(settings(tmp_path, "onnx", **given)) as engine:
        await fill(engine)
        assert await best(engine) == (TITLES[1], "meaning and words")
    shutil.rmtree(other)
    async with open_engine(settings(tmp_path, "onnx"), services=False) as engine:
        found = await engine.search("locked database")
        assert [hit.title for hit in found.hits] == [TITLES[1]]
        assert found.mode == "words"
        assert "somebody/other@53aa51172d14, which can't be loaded" in found.note


async def test_a_new_model_that_is_nowhere_leaves_the_old_one_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_engine(settings(tmp_path, "onnx")) as engine:
        await fill(engine)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    wrong = settings(tmp_path, "onnx", embedding_model="nobody/nothing")
    async with open_engine(wrong, services=False) as engine:
        for _ in range(2):
            assert await best(engine) == (TITLES[1], "meaning and words")
        assert (await engine.status()).parity.vectors.missing == 4
        await engine.rebuild("vectors")
        found = await engine.search(QUERY)
        assert (found.mode, found.note) == ("words", "no task is embedded yet")


async def test_a_search_for_nothing_and_an_unknown_status(tmp_path: Path) -> None:
    async with open_engine(settings(tmp_path, "onnx"), services=False) as engine:
        await engine.create_task(TaskDraft(TITLES[0]))
        for text in ("", "   ", "\n"):
            found = await engine.search(text)
            assert (found.hits, found.note) == ((), "there is nothing to search for")
        with pytest.raises(InvalidInputError, match="'done' is not one of open"):
            await engine.search("fence", status="done")
        found = await engine.search('fence" OR NEAR(')
        assert ([hit.title for hit in found.hits], found.mode) == ([TITLES[0]], "words")


@pytest.mark.slow
async def test_other_weights_under_the_same_name_are_another_model(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(find_model(DEFAULT_MODEL), folder)
    same = settings(
        tmp_path, "sentence-transformers", model_path=str(folder), embedding_model="mine"
    )
    async with open_engine(same) as engine:
        await fill(engine)
        before = engine.manager.context.embedder.model_key
    change_weights(folder / "model.safetensors")
    async with open_engine(same) as engine:
        assert "of mine@" in (await engine.search(QUERY)).note  # old vectors, new weights
        await engine.manager.parity.repair()
        assert (await engine.wait_until_idle()).idle
        assert engine.manager.context.embedder.model_key != before
        parity = (await engine.status()).parity
        assert (parity.vectors.current, parity.searched_model) == (4, "")
        assert await best(engine) == (TITLES[1], "meaning and words")


def change_weights(file: Path) -> None:
    """Nudge one number; the header says where the numbers begin."""
    data = bytearray(file.read_bytes())
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    start = next(v["data_offsets"][0] for k, v in header.items() if k.endswith("LayerNorm.bias"))
    data[8 + length + start] ^= 1
    file.write_bytes(data)
