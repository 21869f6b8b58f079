"""How SQLite reads parts of a long list: through an index where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.database.connection import open_writer
from engine.queue.failures import GROUPS, NEWEST, TREND

if TYPE_CHECKING:
    from pathlib import Path


def plan(path: Path, sql: str, **values: object) -> str:
    connection = open_writer(path / "vespera.db")
    found = connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
    connection.close()
    return "\n".join(row["detail"] for row in found)


def merged(sort: str, order: str) -> str:
    """The statement that a page sorted by ``sort`` is read with."""
    when = {"operations": "run_at", "finished_operations": "finished_at"}
    parts = [
        f"SELECT {when[table] if sort == 'when' else sort} AS first, NULL AS second, id,"
        f" '{table}' AS place FROM {table} WHERE TRUE"
        for table in when
    ]
    return f"{' UNION ALL '.join(parts)} ORDER BY first {order}, second {order}, id {order} LIMIT 9"


def test_by_number_nothing_is_sorted(tmp_path: Path) -> None:
    found = plan(tmp_path, merged("id", "DESC"))
    assert "MERGE (UNION ALL)" in found
    assert "USE TEMP B-TREE FOR ORDER BY" not in found


def test_by_time_the_history_is_read_through_its_index(tmp_path: Path) -> None:
    assert "INDEX finished_by_time" in plan(tmp_path, merged("when", "DESC"))


def test_groups_of_errors_read_failures_alone(tmp_path: Path) -> None:
    for sql, values in (
        (GROUPS, {"limit": 9}),
        (TREND, {"start": 0, "seconds": 3600}),
        (NEWEST, {"fingerprint": "x", "samples": 9}),
    ):
        assert "USING INDEX finished_errors" in plan(tmp_path, sql, **values)
