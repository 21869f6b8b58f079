"""The graph follows the change log: whatever is written, set back or killed, it ends right."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engine.database import schema
from engine.workers.projections import drain
from engine.workers.projections.graph import Graph, edge_key
from engine.workers.projections.load import load
from engine.workers.projections.truth import Truth

TASKS = st.sampled_from([f"t{n}" for n in range(8)])
KINDS = st.sampled_from(["blocks", "parent-child", "related"])


class Killed(BaseException):
    """Stands for the end of the process."""


class LoggedTruth:
    """The truth with its change log, written as the engine writes it."""

    def __init__(self, folder: Path) -> None:
        self.connection = sqlite3.connect(folder / "vespera.db", isolation_level=None)
        self.connection.executescript(f"PRAGMA journal_mode = WAL;{schema.script()}")
        self.connection.execute("PRAGMA foreign_keys = ON")

    def log(self, task: str, what: str) -> int:
        sql = "INSERT INTO changes (task_id, what, at) VALUES (?, ?, 1)"
        position = self.connection.execute(sql, (task, what)).lastrowid
        assert position is not None
        return position

    def exists(self, task: str) -> bool:
        found = self.connection.execute("SELECT 1 FROM tasks WHERE id = ?", (task,))
        return found.fetchone() is not None

    def write(self, task: str) -> None:
        if self.exists(task):
            sql = "UPDATE tasks SET title = title || '+', version = version + 1 WHERE id = ?"
            self.connection.execute(sql, (task,))
            self.log(task, "updated")
        else:
            sql = (
                "INSERT INTO tasks (id, title, created_at, updated_at, content_hash)"
                " VALUES (?, 'x', 1, 1, 'h')"
            )
            self.connection.execute(sql, (task,))
            self.log(task, "created")

    def delete(self, task: str) -> None:
        if self.exists(task):
            self.connection.execute("DELETE FROM links WHERE target_id = ?", (task,))
            self.connection.execute("DELETE FROM tasks WHERE id = ?", (task,))
            self.log(task, "deleted")

    def link(self, task: str, target: str, kind: str) -> None:
        """Turn a link on or off; its target need not exist."""
        if not self.exists(task) or task == target:
            return
        key = (task, target, kind)
        sql = "DELETE FROM links WHERE task_id = ? AND target_id = ? AND kind = ?"
        if self.connection.execute(sql, key).rowcount:
            self.log(task, "unlinked")
        else:
            position = self.log(task, "linked")
            sql = "INSERT INTO links VALUES (?, ?, ?, 1, '', ?)"
            self.connection.execute(sql, (*key, position))


class Drain(RuleBasedStateMachine):
    """Writes, steps, kills between any two statements, and graphs that are set back."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="vespera-test-"))
        self.truth = LoggedTruth(self.folder)
        self.graph = Graph(self.folder)
        self.backups: list[Path] = []

    @initialize()
    def begin(self) -> None:
        self.graph.open()

    @rule(task=TASKS)
    def write(self, task: str) -> None:
        self.truth.write(task)

    @rule(task=TASKS)
    def delete(self, task: str) -> None:
        self.truth.delete(task)

    @rule(task=TASKS, other=TASKS, kind=KINDS)
    def link(self, task: str, other: str, kind: str) -> None:
        self.truth.link(task, other, kind)

    @rule(tasks=st.integers(1, 4))
    def step(self, tasks: int) -> None:
        with Truth(self.folder).snapshot() as truth:
            before = self.graph.position()
            told = drain.step(self.graph, truth, tasks)
        assert not told["rebuild"]
        assert self.graph.position() == told["position"] >= before
        assert told["tasks"] <= tasks

    @rule(tasks=st.integers(1, 4), statement=st.integers(0, 20))
    def be_killed(self, tasks: int, statement: int) -> None:
        """Before that statement of a step the process ends; what was not committed is gone."""
        run, left = self.graph.run, iter(range(statement))

        def killed(query: str, **parameters):
            if next(left, None) is None:
                raise Killed
            return run(query, **parameters)

        self.graph.run = killed  # type: ignore[method-assign]
        try:
            self.step(tasks)
        except Killed:
            pass
        finally:
            self.graph.close()
            self.graph = Graph(self.folder)
            self.graph.trust()

    @rule()
    def keep_a_copy(self) -> None:
        self.graph.run("CHECKPOINT")
        self.graph.close()
        if self.graph.path.exists():
            copy = self.folder / f"copy{len(self.backups)}"
            shutil.copy(self.graph.path, copy)
            self.backups.append(copy)
        self.graph.trust()

    @rule(data=st.data())
    def set_back(self, data: st.DataObject) -> None:
        self.graph.close()
        if self.backups:
            shutil.copy(data.draw(st.sampled_from(self.backups)), self.graph.path)
        else:
            self.graph.path.unlink(missing_ok=True)
        self.graph.trust()

    @rule()
    def rebuild(self) -> None:
        with Truth(self.folder).snapshot() as truth:
            done = list(load(self.graph, truth))
            assert done == sorted(done)
            assert self.graph.position() == truth.head()

    @invariant()
    def ends_in_parity(self) -> None:
        """On a copy, so that the run itself goes on from any state."""
        self.graph.run("CHECKPOINT")
        self.graph.close()
        end = Graph(self.folder, "end.kuzu")
        shutil.copy(self.graph.path, end.path)
        self.graph.trust()
        end.trust()
        with Truth(self.folder).snapshot() as truth:
            while drain.step(end, truth, 3)["tasks"]:
                pass
            assert end.position() == truth.head()
            assert end.versions() == truth.versions()
            assert end.edges() == truth.links()
        end.close()
        end.path.unlink()

    def teardown(self) -> None:
        self.graph.close()
        self.truth.connection.close()
        shutil.rmtree(self.folder)


Drain.TestCase.settings = settings(
    max_examples=6,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestDrain = Drain.TestCase


@pytest.fixture
def logged(tmp_path: Path) -> LoggedTruth:
    return LoggedTruth(tmp_path)


def test_a_stretch_ends_before_a_task_too_many(logged: LoggedTruth, tmp_path: Path) -> None:
    for task in ("a", "b", "a", "c", "a"):
        logged.write(task)
    with closing(logged.connection), Truth(tmp_path).snapshot() as truth:
        assert drain.stretch(truth, 0, 2) == (3, {"a": {"created", "updated"}, "b": {"created"}})
        assert drain.stretch(truth, 3, 2).end == 5
        assert drain.stretch(truth, 5, 2) == (5, {})


def test_a_rebuild_pays_for_most_tasks_or_when_the_log_does_not_reach_back(
    logged: LoggedTruth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "FEW_TASKS", 4)
    for n in range(10):
        logged.write(f"t{n}")
    logged.connection.execute("INSERT INTO meta VALUES ('changes_pruned', '2')")
    with closing(logged.connection), Truth(tmp_path).snapshot() as truth:
        assert drain.rebuild_pays(truth, 1), "the log begins after it"
        assert drain.rebuild_pays(truth, 4), "six of ten tasks changed"
        assert not drain.rebuild_pays(truth, 5), "half of them did"
        assert not drain.rebuild_pays(truth, 10)
        assert drain.rebuild_pays(truth, 11), "it is ahead: of another truth"


def test_a_step_that_is_not_in_the_graph_afterwards_does_not_move_on(
    logged: LoggedTruth, tmp_path: Path
) -> None:
    logged.write("a")
    graph = Graph(tmp_path)
    graph.upsert = lambda _: None  # type: ignore[method-assign]
    with closing(logged.connection), Truth(tmp_path).snapshot() as truth:
        with pytest.raises(RuntimeError, match="did not return what was written: \\['a'\\]"):
            drain.step(graph, truth, 10)
        assert graph.position() == 0
    graph.close()


def test_edges_are_keyed_by_ends_and_kind() -> None:
    edge = {"task_id": "a", "target_id": "b", "kind": "blocks", "version": 1}
    assert edge_key(edge) == ("a", "b", "blocks")
