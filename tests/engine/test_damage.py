"""A damaged projection is set aside and built anew; one that is merely shut is left alone."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from engine.stores.triple_db_service import triple_db_lifespan
from engine.workers.projections import files
from tests.engine.test_pipeline import config, opened, until

if TYPE_CHECKING:
    from pathlib import Path

OTHER_TABLES = (
    "import kuzu, sys\n"
    "with kuzu.Database(sys.argv[1]) as d, kuzu.Connection(d) as c:\n"
    "    c.execute('CREATE NODE TABLE Task(id STRING PRIMARY KEY, colour STRING)')\n"
)


async def fill(folder: Path) -> None:
    async with opened(config(folder)) as service:
        await service.create_task(title="one", id="one")
        await service.create_task(title="two", id="two", depends_on=("one",))
        assert (await service.engine.wait_until_idle()).idle


def damage(folder: Path, how: str) -> None:
    graph = folder / "graph.kuzu"
    if how == "chroma":
        (folder / "chroma" / "chroma.sqlite3").write_bytes(b"garbage" * 1000)
        return
    for path in folder.glob("graph.kuzu*"):
        path.unlink()
    if how == "garbage":
        graph.write_bytes(b"garbage" * 1000)
    else:
        subprocess.run([sys.executable, "-c", OTHER_TABLES, str(graph)], check=True)


def set_aside(folder: Path, name: str) -> list[Path]:
    return list(folder.glob(f"{name}.damaged-*"))


@pytest.mark.parametrize("how", ["garbage", "other tables", "chroma"])
async def test_a_damaged_store_is_set_aside_and_built_anew(tmp_path: Path, how: str) -> None:
    await fill(tmp_path)
    damage(tmp_path, how)
    store, name = ("chroma", "chroma") if how == "chroma" else ("kuzu", "graph.kuzu")
    async with opened(config(tmp_path)) as service:

        async def built_anew() -> bool:
            return (await service.engine.status()).parity.complete

        await until(built_anew, 60)
        told = [e for e in await service.engine.events() if e.kind == "store.set_aside"]
        assert [event.subject for event in told] == [store]
        (kept,) = set_aside(tmp_path, name)
        assert f"kept as {kept.name}" in told[0].message
        assert service.manager.parity.set_aside == {}, "the alert is over"


async def test_looking_throws_nothing_away(tmp_path: Path) -> None:
    await fill(tmp_path)
    damage(tmp_path, "garbage")
    async with triple_db_lifespan(config(tmp_path), enable_background_services=False) as service:
        assert (await service.engine.status()).parity.graph.nodes.error
    assert (tmp_path / "graph.kuzu").read_bytes().startswith(b"garbage")


def test_the_last_two_are_kept(tmp_path: Path) -> None:
    store = tmp_path / "graph [1].kuzu"
    for n in range(4):
        store.write_text(str(n))
        files.set_aside("kuzu", store)
    kept = sorted(tmp_path.iterdir())
    assert [path.read_text() for path in kept] == ["2", "3"]


@pytest.mark.parametrize(
    ("said", "damaged"),
    [
        ("IO exception: Could not set lock on file : graph.kuzu", False),
        ("IO exception: No space left on device", False),
        ("Buffer manager exception: Unable to allocate memory!", False),
        ("unable to open database file", False),
        ("database is locked", False),
        ("file is not a database", True),
        ("database disk image is malformed", True),
        ("Binder exception: Cannot find property version for t.", True),
        ("Runtime exception: Reading beyond the end", True),
    ],
)
def test_a_lock_or_a_full_disk_is_no_damage(said: str, damaged: bool) -> None:
    assert files.is_damage(said) == damaged
