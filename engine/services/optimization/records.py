"""What the runs measured and did, kept in the table ``optimizations``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from engine.snapshots import OptimizationRun

if TYPE_CHECKING:
    import sqlite3

    from engine.database.database import Database

STORES = ("sqlite", "chroma", "kuzu")
COLUMNS = "id, store, at, seconds, reason, steps, left, before, after, result, damage"
JSON = ("steps", "left", "before", "after")
INSERT = """
INSERT INTO optimizations (store, at, seconds, reason, steps, left, before, after, result, damage)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
FIGURES = ("vacuumed_percent", "rebuilt_recall", "fresh_bytes")
"""What later plans ask of earlier runs."""
FORGET = f"""
DELETE FROM optimizations
WHERE id IN (SELECT id FROM optimizations ORDER BY id DESC LIMIT -1 OFFSET ?)
  AND id NOT IN (SELECT max(id) FROM optimizations GROUP BY store)
  AND id NOT IN (
    SELECT max(o.id) FROM optimizations AS o, json_each('{json.dumps(FIGURES)}') AS figure
    WHERE json_extract(o.after, '$.' || figure.value) IS NOT NULL
    GROUP BY o.store, figure.value
  )
"""


async def keep(database: Database, run: OptimizationRun, limit: int) -> int:
    """Store a run; its number. The oldest beyond ``limit`` are forgotten.

    Except the last of each store, and the last that has a figure which :func:`last_with` is asked
    for.
    """
    values = [getattr(run, name) for name in COLUMNS.split(", ")[1:]]
    values = [
        value if isinstance(value, str | float | int) else json.dumps(value) for value in values
    ]

    def store(connection: sqlite3.Connection) -> int:
        number = connection.execute(INSERT, values).lastrowid
        connection.execute(FORGET, (limit,))
        return number or 0

    return await database.write(store)


async def latest(database: Database, limit: int, store: str = "") -> tuple[OptimizationRun, ...]:
    """The newest runs, newest first; of one store, if one is named."""
    which, values = ("WHERE store = ?", (store, limit)) if store else ("", (limit,))
    rows = await database.rows(
        f"SELECT {COLUMNS} FROM optimizations {which} ORDER BY id DESC LIMIT ?",
        values,
    )
    return tuple(_run(row) for row in rows)


async def last_of_each(database: Database) -> tuple[OptimizationRun, ...]:
    """The last run on each store that had one."""
    return tuple([run for store in STORES for run in await latest(database, 1, store)])


async def last_with(database: Database, store: str, figure: str) -> dict[str, float]:
    """Measurements after the last run of ``store`` that has ``figure`` among them; or none."""
    row = await database.row(
        "SELECT after FROM optimizations WHERE store = ? AND json_extract(after, ?) IS NOT NULL"
        " ORDER BY id DESC LIMIT 1",
        (store, f"$.{figure}"),
    )
    return dict(json.loads(row["after"])) if row else {}


def _run(row: Any) -> OptimizationRun:
    values = {name: row[name] for name in COLUMNS.split(", ")}
    values |= {name: json.loads(values[name]) for name in JSON}
    return OptimizationRun(
        **values | {"steps": tuple(values["steps"]), "left": tuple(values["left"])}
    )
