"""How often one client may call: a bucket of calls that refills steadily."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vespera_tui.mcp_front.arguments import error_result

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

PER_SECOND, AT_ONCE = 50.0, 200
"""Calls of one client: lasting, and in one burst."""
CLIENTS_KEPT = 1_000


@dataclass(slots=True)
class Bucket:
    """Calls left, at a moment of the monotonic clock."""

    left: float
    at: float


class RateLimit:
    """Middleware that refuses a client's calls beyond its rate. Clients are told apart by name."""

    def __init__(
        self,
        *,
        per_second: float = PER_SECOND,
        at_once: int = AT_ONCE,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_second, self._at_once, self._monotonic = per_second, at_once, monotonic
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    async def __call__(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Count a call of a tool; refuse it, saying how long to wait, when there are too many."""
        if ctx.method == "tools/call":
            wait = self.take(_client(ctx))
            if wait > 0:
                return error_result(
                    f"too many calls: at most {self._per_second:.0f} a second; wait {wait:.1f} s"
                )
        return await call_next(ctx)

    def take(self, client: str) -> float:
        """Use one call up; 0, or the seconds until there is one."""
        now = self._monotonic()
        bucket = self._buckets.pop(client, None) or Bucket(self._at_once, now)
        bucket.left = min(self._at_once, bucket.left + (now - bucket.at) * self._per_second)
        bucket.at = now
        self._buckets[client] = bucket
        while len(self._buckets) > CLIENTS_KEPT:
            self._buckets.popitem(last=False)
        if bucket.left < 1:
            return (1 - bucket.left) / self._per_second
        bucket.left -= 1
        return 0.0


def _client(ctx: ServerRequestContext[Any, Any]) -> str:
    params = ctx.session.client_params
    return params.client_info.name if params else ""
