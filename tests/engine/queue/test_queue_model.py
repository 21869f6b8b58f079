"""The queues in SQLite and in memory driven in step, against each other and against what must hold.

What a person or a program can do comes in any order; after every step both show the same, and
nothing that the queue promises is broken.
"""

from __future__ import annotations

from collections import defaultdict
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.operations import OperationFilter, Steering
from tests.engine.queue.pair import Pair
from tests.engine.queue.queues import EMBEDDING, S
from tests.engine.queue.strategies import FILTERS, OUTCOMES, PRIORITIES, SERVICES, WISHES

WAITING = ("scheduled", "available")
COUNT = """
SELECT service, state, count(*) AS number, sum(parked) AS parked, sum(deadline < ?) AS overdue
FROM operations GROUP BY service, state
UNION ALL
SELECT service, state, count(*), 0, 0 FROM finished_operations GROUP BY service, state
"""


class QueueMachine(RuleBasedStateMachine):
    """Every action happens to both queues."""

    pruned: ClassVar[int] = 5

    def __init__(self) -> None:
        super().__init__()
        self.pair = Pair()
        self.clock = self.pair.clock
        self.claims: dict[int, int] = {}
        self.held: list[tuple[object, object]] = []
        """Claims of both sides, the current and the old."""
        self.wished: set[tuple[str, str, str]] = set()
        """Wishes with a key that no claim followed yet."""
        self.latest: dict[int, float] = {}
        """When an operation that only waited so far must be due."""
        self.steered: dict[int, list[object]] = defaultdict(list)
        """As each operation was before every cancel and retry."""

    def teardown(self) -> None:
        self.pair.close()

    # -- in and out

    @initialize(wishes=st.lists(WISHES, min_size=2, max_size=4))
    def start(self, wishes) -> None:
        self.enqueue(wishes)

    @rule(wishes=st.lists(WISHES, min_size=1, max_size=3))
    def enqueue(self, wishes) -> None:
        now = self.clock.now()
        sqlite, memory = self.pair.both(lambda queue: queue.enqueue(wishes))
        for mine, other, wish in zip(sqlite, memory, wishes, strict=True):
            if mine not in self.pair.twin:  # the first wish sets the limit
                longest = 10 * wish.delay if wish.max_wait is None else wish.max_wait
                self.latest[other] = now + longest
            assert self.pair.twin.setdefault(mine, other) == other
            if wish.key is not None:
                self.wished.add((wish.service, wish.kind, wish.key))
        assert len(set(self.pair.twin.values())) == len(self.pair.twin), "an id was used again"

    @rule(service=SERVICES, limit=st.integers(1, 4))
    def claim(self, service, limit) -> None:
        sqlite, memory = self.pair.both(lambda queue: queue.claim(service, limit))
        assert [o._replace(id=self.pair.twin[o.id]) for o in sqlite] == memory
        for pair in zip(sqlite, memory, strict=True):
            operation = pair[1]
            assert operation.claims > self.claims.get(operation.id, 0)
            self.claims[operation.id] = operation.claims
            self.latest.pop(operation.id, None)
            self.wished.discard((operation.service, operation.kind, operation.key))
            self.held.append(pair)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), outcome=OUTCOMES)
    def settle(self, data, outcome) -> None:
        """With the claim that is current, or one that was."""
        pair = data.draw(st.sampled_from(self.held[-3:]))
        running = {view.id for view in self.pair.views() if view.state == "running"}
        current = pair[1].id in running and self.claims[pair[1].id] == pair[1].claims

        found = self.pair.each(lambda q, operation: q.settle([(operation, outcome)]), pair)
        assert found == [[current], [current]]

    @rule(service=SERVICES, outcome=OUTCOMES, data=st.data())
    def work(self, service, outcome, data) -> None:
        """Often enough a run has to get far, which single steps in any order seldom do."""
        self.clock.advance(100.0)
        self.stage()
        self.claim(service, 2)
        if self.held:
            self.settle(data, outcome)

    @rule(service=SERVICES)
    def die(self, service) -> None:
        """The process ends while it works."""
        self.claim(service, 2)
        self.crash()

    # -- along

    @rule(seconds=st.sampled_from([0.5, 3.0, 25.0, 100.0, 4000.0, -10.0, -3600.0]))
    def advance(self, seconds) -> None:
        self.clock.advance(seconds)

    @rule()
    def stage(self) -> None:
        self.pair.same(lambda queue: queue.stage())
        now = self.clock.now()
        late = [v for v in self.pair.views() if v.state == "scheduled" and v.run_at <= now]
        parked = sum(depth.parked for depth in self.pair.same_stats().values())
        assert len(late) <= parked, "only what is paused may be late"

    @rule()
    def age(self) -> None:
        self.pair.same(lambda queue: queue.age())

    @rule()
    def heartbeat(self) -> None:
        self.pair.same(lambda queue: queue.heartbeat())

    @rule()
    def rescue(self) -> None:
        self.pair.same(lambda queue: queue.rescue())

    @rule()
    def prune(self) -> None:
        self.pair.same(lambda queue: queue.prune(self.pruned))
        finished = [view for view in self.pair.views() if view.finished_at is not None]
        assert len(finished) <= self.pruned

    @rule()
    def crash(self) -> None:
        """Another process takes over."""
        self.pair.reopen()
        self.pair.same(lambda queue: queue.rescue(all_others=True))
        assert not [view for view in self.pair.views() if view.state == "running"]

    # -- by hand

    @rule(how=st.sampled_from(Steering), which=FILTERS, priority=PRIORITIES)
    def steer(self, how, which, priority) -> None:
        self._steer(how, [which, which], priority)

    @precondition(lambda self: self.pair.twin)
    @rule(how=st.sampled_from(Steering), data=st.data(), priority=PRIORITIES)
    def steer_one(self, how, data, priority) -> None:
        mine = data.draw(st.sampled_from(sorted(self.pair.twin)))
        which = [OperationFilter(ids=(id_,)) for id_ in (mine, self.pair.twin[mine])]
        self._steer(how, which, priority)

    def _steer(self, how, which, priority) -> None:
        before = {view.id: view for view in self.pair.views()}

        sqlite, memory = self.pair.each(
            lambda q, each: q.steer(how, each, reason="by hand", priority=priority), which
        )
        assert sorted(self.pair.twin[id_] for id_ in sqlite) == sorted(memory)
        after = {view.id: view for view in self.pair.views()}
        for id_, view in before.items():
            changed = after[id_] != view
            if changed and how in {Steering.CANCEL, Steering.RETRY}:
                self.steered[id_].append(view)
            if changed and how in {Steering.UNDO_CANCEL, Steering.UNDO_RETRY}:
                assert after[id_] == self.steered[id_].pop(), "undone, but not as before"
            if view.state == "running":
                assert after[id_] == view, "what runs is not steered"
            if how is Steering.CANCEL and after[id_].state != view.state:
                self.wished.discard((view.service, view.kind, view.key))
            if how in {Steering.RUN_NOW, Steering.RETRY}:  # due now, which may be past its time
                self.latest.pop(id_, None)

    @rule(service=SERVICES)
    def pause(self, service) -> None:
        self.pair.same(lambda queue: queue.pause(service, "by hand"))

    @rule(service=SERVICES)
    def resume(self, service) -> None:
        self.pair.same(lambda queue: queue.resume(service))

    # -- what must hold after each step

    @invariant()
    def both_are_the_same(self) -> None:
        self.pair.same_rows()
        self.pair.same_stats()
        for service in (S, EMBEDDING):
            self.pair.same(lambda queue, service=service: queue.due_since(service))

            async def available(queue, service=service):
                return queue.available(service), dict(queue.pauses())

            self.pair.same(available)

    @invariant()
    def what_is_promised_holds(self) -> None:
        views = self.pair.views()
        runners: dict[object, int] = defaultdict(int)
        waiting = set()
        for view in views:
            assert view.attempts <= view.max_attempts
            if view.state == "running" and view.key is not None:
                runners[view.service, view.key] += 1
            if view.state in WAITING:
                waiting.add((view.service, view.kind, view.key))
            if view.state == "scheduled" and view.id in self.latest:
                assert view.run_at <= self.latest[view.id], "pushed out too far"
        assert all(number == 1 for number in runners.values()), "one task worked on twice"
        assert self.wished <= waiting, "a wish was lost"
        assert len({view.id for view in views}) == len(views), "both alive and finished"

    @invariant()
    def counters_are_the_rows(self) -> None:
        database = self.pair.sides[0].database
        rows = self.pair.runner.run(database.rows(COUNT, (self.clock.now(),)))
        numbers = {(row["service"], row["state"]): row for row in rows}
        for service, depth in self.pair.same_stats().items():
            for state in (*WAITING, "running", "failed"):
                row = numbers.get((service, state))
                assert getattr(depth, state) == (row["number"] if row else 0)
            for what in ("parked", "overdue"):
                total = sum(row[what] for row in rows if row["service"] == service)
                assert getattr(depth, what) == total


CALM = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
TestQueueModel = QueueMachine.TestCase
TestQueueModel.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=CALM
)


@pytest.mark.slow
@pytest.mark.timeout(1200)
class TestQueueModelDeeper(QueueMachine.TestCase):
    settings = settings(
        max_examples=400, stateful_step_count=80, deadline=None, suppress_health_check=CALM
    )
