"""Telling subscribed clients what changed, on both protocols.

Since 2026-07-28 a client listens on a stream that the SDK serves from a bus. Before, it subscribed
to addresses, and the server wrote to the session.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import ResourceUpdated
from mcp_types import (
    INVALID_PARAMS,
    EmptyResult,
    SubscribeRequestParams,
    UnsubscribeRequestParams,
)

from engine.errors import VesperaError
from vespera_tui.mcp_front.resources import changed_by

if TYPE_CHECKING:
    from mcp.server import MCPServer, ServerRequestContext
    from mcp.server.session import ServerSession
    from mcp.server.subscriptions import SubscriptionBus

    from engine.api import EngineAPI

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
EVENTS_A_LOOK = 500
ADDRESSES_A_CLIENT = 1_000


@dataclass(frozen=True, slots=True)
class _Client:
    """One connection of the older protocol."""

    session: ServerSession
    addresses: set[str]


class Notices:
    """Who subscribed to what, and the loop that tells them."""

    def __init__(self, bus: SubscriptionBus) -> None:
        self._bus = bus
        self._clients: dict[int, _Client] = {}

    def serve(self, server: MCPServer[Any]) -> None:
        """Answer the older protocol's subscriptions."""
        low = server._lowlevel_server  # noqa: SLF001 - the SDK offers no other way to serve these
        low.add_request_handler("resources/subscribe", SubscribeRequestParams, self._subscribe)
        low.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, self._leave)

    async def _subscribe(
        self, ctx: ServerRequestContext[Any, Any], params: SubscribeRequestParams
    ) -> EmptyResult:
        addresses = self._client(ctx.session).addresses
        if len(addresses) >= ADDRESSES_A_CLIENT:
            raise MCPError(
                INVALID_PARAMS, f"at most {ADDRESSES_A_CLIENT} subscriptions; unsubscribe from some"
            )
        addresses.add(str(params.uri))
        return EmptyResult()

    async def _leave(
        self, ctx: ServerRequestContext[Any, Any], params: UnsubscribeRequestParams
    ) -> EmptyResult:
        self._client(ctx.session).addresses.discard(str(params.uri))
        return EmptyResult()

    def _client(self, session: ServerSession) -> _Client:
        # a session lives for a request, its connection until the client goes
        connection = session._connection  # noqa: SLF001 - nothing public names the connection
        known = self._clients.get(id(connection))
        if known is None:
            known = self._clients[id(connection)] = _Client(session, set())
            connection.exit_stack.callback(self._clients.pop, id(connection), None)
        return known

    async def watch(self, engine: EngineAPI) -> None:
        """Publish what the engine's events change, for ever."""
        seen = max((event.seq for event in await engine.events(0, EVENTS_A_LOOK)), default=0)
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                events = await engine.events(seen, EVENTS_A_LOOK)
            except VesperaError as error:  # the engine changes hands, or is gone: look again
                log.warning("changes could not be read: %s", error)
                continue
            seen = max((event.seq for event in events), default=seen)
            for address in dict.fromkeys(a for event in events for a in changed_by(event)):
                await self._tell(address)

    async def _tell(self, address: str) -> None:
        await self._bus.publish(ResourceUpdated(uri=address))
        for client in list(self._clients.values()):
            if address in client.addresses:
                await client.session.send_resource_updated(address)
