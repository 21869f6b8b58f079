"""What goes between the engine and a plugin's process, as JSON. Nothing from there is trusted.

Operations and outcomes are JSON texts, because their payloads and evidence are JSON already, with
numbers and texts that a frame can't carry.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from engine.operations import (
    Cancelled,
    Completed,
    Failed,
    Operation,
    OperationState,
    Outcome,
    ServicePriority,
    Snooze,
)
from engine.plugins.traits import LONGEST_WAIT, Checked, first_error

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_OUTCOME = 100_000
"""Characters of one outcome as JSON."""
MAX_REPLY = 16_000_000
"""Characters of a batch's outcomes together."""
KINDS: dict[type[Outcome], str] = {
    Completed: "completed",
    Failed: "failed",
    Snooze: "snooze",
    Cancelled: "cancelled",
}


class _Completed(Checked):
    outcome: Literal["completed"]
    evidence: dict[str, Any]

    def value(self) -> Outcome:
        return Completed(self.evidence)


class _Failed(Checked):
    outcome: Literal["failed"]
    error: str
    traceback: str
    permanent: bool

    def value(self) -> Outcome:
        return Failed(self.error or "it gave no reason", self.traceback, self.permanent)


class _Snooze(Checked):
    outcome: Literal["snooze"]
    seconds: float = Field(ge=0, le=LONGEST_WAIT)
    reason: str
    dependency: str

    def value(self) -> Outcome:
        # at least a second, so that a plugin that only snoozes keeps no processor busy
        return Snooze(max(1.0, self.seconds), self.reason, self.dependency)


class _Cancelled(Checked):
    outcome: Literal["cancelled"]
    reason: str

    def value(self) -> Outcome:
        return Cancelled(self.reason)


_OUTCOME: TypeAdapter[_Completed | _Failed | _Snooze | _Cancelled] = TypeAdapter(
    Annotated[_Completed | _Failed | _Snooze | _Cancelled, Field(discriminator="outcome")]
)


def pack_operation(operation: Operation) -> str:
    """An operation as JSON."""
    return json.dumps(operation._asdict())


def unpack_operation(text: str) -> Operation:
    """The other way round."""
    found = json.loads(text)
    found["priority"] = ServicePriority(found["priority"])
    found["state"] = OperationState(found["state"])
    return Operation(**found)


def pack_outcomes(outcomes: Any, count: int) -> list[str]:
    """What ``run`` returned for ``count`` operations, as JSON.

    Raises TypeError or ValueError for what is not one outcome an operation, for evidence that JSON
    can't hold, and for too much of it.
    """
    if not isinstance(outcomes, list | tuple):
        raise TypeError(f"run returned {type(outcomes).__name__}, not a list of outcomes")
    if len(outcomes) != count:
        raise ValueError(f"run returned {len(outcomes)} outcomes for {count} operations")
    packed = [_pack_outcome(outcome) for outcome in outcomes]
    if sum(map(len, packed)) > MAX_REPLY:
        raise ValueError(f"the outcomes exceed {MAX_REPLY:,} characters; use a smaller batch_size")
    return packed


def _pack_outcome(outcome: Any) -> str:
    kind = KINDS.get(type(outcome))
    if kind is None:
        allowed = ", ".join(known.__name__ for known in KINDS)
        raise TypeError(f"run returned {type(outcome).__name__}; an outcome is one of {allowed}")
    values = {field.name: getattr(outcome, field.name) for field in fields(outcome)}
    text = json.dumps({"outcome": kind, **values}, allow_nan=False)
    if len(text) > MAX_OUTCOME:
        raise ValueError(f"an outcome of {len(text):,} characters; {MAX_OUTCOME:,} are allowed")
    return text


def unpack_outcomes(found: object, count: int) -> Sequence[Outcome]:
    """What came back, checked again: the process may be damaged. Raises ValueError."""
    if not isinstance(found, list) or len(found) != count:
        raise ValueError(f"its process did not send a list of {count} outcomes")
    return [_unpack_outcome(text) for text in found]


def _unpack_outcome(text: object) -> Outcome:
    if not isinstance(text, str) or len(text) > MAX_OUTCOME:
        raise ValueError(f"an outcome that is no text of at most {MAX_OUTCOME:,} characters")
    try:
        return _OUTCOME.validate_json(text).value()
    except ValidationError as error:
        raise ValueError(f"an outcome is wrong: {first_error(error)}") from error
