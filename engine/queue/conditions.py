"""A person's filter as a condition on either table of operations."""

from __future__ import annotations

from typing import Any

from engine.operations import OperationFilter
from engine.queue.encoding import encode

EQUAL = ("service", "kind", "key", "state", "origin")
TEXT = "(kind || ' ' || coalesce(key, '') || ' ' || origin || ' ' || history || ' ' || {last})"
LIVE, FINISHED = "operations", "finished_operations"


def where(which: OperationFilter, table: str = LIVE) -> tuple[str, dict[str, Any]]:
    """The condition on ``table``, and its values. ``TRUE`` for a filter that means all."""
    values = {name: getattr(which, name) for name in EQUAL}
    terms = [f"{name} = :{name}" for name, value in values.items() if value is not None]
    if which.ids is not None:
        terms.append("id IN (SELECT value FROM json_each(:ids))")
    if which.target is not None:
        terms.append("key GLOB :target")
    if which.text is not None:
        last = "waiting_for" if table == LIVE else "result"
        terms.append(f"{TEXT.format(last=last)} LIKE :text ESCAPE '\\'")
    if which.fingerprint is not None:  # only what failed has one
        same = "state = 'failed' AND result ->> 'fingerprint' = :fingerprint"
        terms.append(same if table == FINISHED else "FALSE")
    values |= {
        "ids": None if which.ids is None else encode(which.ids),
        "target": which.target,
        "text": None if which.text is None else f"%{_literal(which.text)}%",
        "fingerprint": which.fingerprint,
    }
    return " AND ".join(terms) or "TRUE", values


def _literal(text: str) -> str:
    for special in ("\\", "%", "_"):
        text = text.replace(special, f"\\{special}")
    return text


def simple(which: OperationFilter) -> bool:
    """Whether it says nothing but service and state, of which the depths are known."""
    return which == OperationFilter(service=which.service, state=which.state)
