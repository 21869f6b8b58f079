"""How a run ends: into the history, or back to wait. An old claim number changes nothing."""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.operations import Cancelled, Completed, Failed, Operation, Snooze
from engine.queue.encoding import encode
from engine.queue.fingerprint import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from engine.database.writer import WriterConnection
    from engine.operations import Outcome

CLAIMED = """
SELECT id, claims FROM operations
WHERE state = 'running' AND id IN (SELECT value FROM json_each(?))
"""
REMEMBER = """
INSERT INTO finished_operations (id, service, kind, key, payload, priority, state, deadline,
                                 attempts, max_attempts, claims, origin, history, result,
                                 created_at, claimed_at, finished_at)
SELECT operations.id, service, kind, operations.key, payload, priority, ended.value ->> 1, deadline,
       attempts, max_attempts, claims, origin, history, ended.value ->> 2, created_at, claimed_at, ?
FROM json_each(?) AS ended
CROSS JOIN operations ON operations.id = ended.value ->> 0
"""
FORGET = "DELETE FROM operations WHERE id IN (SELECT value ->> 0 FROM json_each(?))"
RECORD = """
UPDATE operations SET attempts = attempts + 1, history = json_insert(history, '$[#]', json(?))
WHERE id = ?
"""
WAIT_AGAIN = """
UPDATE operations
SET state = ?, run_at = ?, max_run_at = ?, rank = priority, turn = deadline, unclean = 0,
    waiting_for = ?, claimed_by = NULL, lease_until = NULL
WHERE id = ?
"""
# What an operation that gives way to a newer one was asked for is not lost.
HAND_ON = """
UPDATE operations SET
    priority = min(operations.priority, old.priority),
    rank = min(operations.rank, old.priority),
    deadline = min(operations.deadline, old.deadline),
    turn = min(operations.turn, old.deadline),
    payload = json_patch(old.payload, operations.payload),
    was = NULL
FROM operations AS old
WHERE old.id = ? AND operations.service = old.service AND operations.kind = old.kind
  AND operations.key = old.key AND operations.state IN ('scheduled', 'available')
"""
NEWER = {"reason": "a newer one waits"}
RESULT_LIMIT = 100_000
"""Characters of evidence or traceback that are kept."""
ERROR_LIMIT = 15_000
"""Characters of an error; as JSON each of them may become six."""


class Ending(NamedTuple):
    """An operation that goes to the history."""

    id: int
    service: str
    before: str
    after: str
    result: Mapping[str, Any]
    """Evidence, error or reason."""


def settle(
    connection: WriterConnection,
    ended: Sequence[tuple[Operation, Outcome]],
    now: float,
    retry_in: Callable[[Operation], float],
) -> list[bool]:
    """Apply the outcomes; for each whether the claim was still this one."""
    ids = encode([operation.id for operation, _ in ended])
    claims = {row["id"]: row["claims"] for row in connection.execute(CLAIMED, (ids,))}
    mine = [claims.get(operation.id) == operation.claims for operation, _ in ended]
    final: list[Ending] = []
    for (operation, outcome), held in zip(ended, mine, strict=True):
        if held:
            final += _apply(connection, operation, outcome, now, retry_in)
    finish(connection, final, now)
    return mine


def _apply(
    connection: WriterConnection,
    operation: Operation,
    outcome: Outcome,
    now: float,
    retry_in: Callable[[Operation], float],
) -> Iterable[Ending]:
    """Put it back to wait, or yield how it ended."""
    match outcome:
        case Completed():
            yield _ending(operation, "completed", outcome.evidence)
        case Cancelled():
            yield _ending(operation, "cancelled", {"reason": outcome.reason})
        case Snooze():
            yield from wait_again(connection, operation, now, outcome.seconds, outcome.reason)
        case Failed():
            _record(connection, operation, outcome, now)
            if outcome.permanent or operation.attempts + 1 >= operation.max_attempts:
                how = failure(operation.service, outcome.error, outcome.traceback)
                yield _ending(operation, "failed", how)
            else:
                yield from wait_again(connection, operation, now, retry_in(operation))


def failure(service: str, error: str, traceback: str = "") -> dict[str, str]:
    """The result of what failed for good: the error, and what it has in common with others."""
    mark = fingerprint(service, error, traceback)
    return {"error": error[:ERROR_LIMIT], "fingerprint": mark}


def _ending(operation: Operation, state: str, result: Mapping[str, Any]) -> Ending:
    return Ending(operation.id, operation.service, "running", state, result)


def _record(
    connection: WriterConnection, operation: Operation, outcome: Failed, now: float
) -> None:
    entry = {
        "at": now,
        "error": outcome.error[:RESULT_LIMIT],
        "traceback": outcome.traceback[-RESULT_LIMIT:],
    }
    connection.execute(RECORD, (encode(entry), operation.id))


def wait_again(
    connection: WriterConnection,
    operation: Operation,
    now: float,
    seconds: float,
    waiting_for: str = "",
) -> Iterable[Ending]:
    """Put a running one back for ``seconds``; yields its end if a newer equal one waits."""
    state, due = "available" if seconds <= 0 else "scheduled", now + seconds
    try:
        text = waiting_for.encode(errors="replace").decode()  # a file's name may be no UTF-8
        connection.execute(WAIT_AGAIN, (state, due, due, text, operation.id))
    except sqlite3.IntegrityError:  # an equal one was queued meanwhile: that one does the work
        connection.execute(HAND_ON, (operation.id,))
        yield _ending(operation, "cancelled", NEWER)
    else:
        connection.effects[operation.service, "running", state] += 1


def finish(connection: WriterConnection, ended: Sequence[Ending], now: float) -> None:
    """Move live operations to the history."""
    if not ended:
        return
    listed = encode([(e.id, e.after, kept(e.result)) for e in ended])
    connection.execute(REMEMBER, (now, listed))
    connection.execute(FORGET, (listed,))
    for move, number in Counter((e.service, e.before, e.after) for e in ended).items():
        connection.effects[move] += number


def kept(result: Mapping[str, Any]) -> str:
    """What is remembered of a result, as JSON of bounded length."""
    if not result:
        return "{}"
    text = encode(result, str)
    return text if len(text) <= RESULT_LIMIT else encode({"note": "too long to be kept"})
