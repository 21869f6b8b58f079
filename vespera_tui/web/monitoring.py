"""What monitors ask over HTTP: does it live, is it ready, what does it measure."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engine.errors import VesperaError
from vespera_tui.web.metrics import exposition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from engine.api import EngineAPI
    from engine.snapshots import EngineStatus
    from vespera_tui.web.address import Address

PATIENCE_SECONDS = 5.0
"""How long the engine may take to answer."""
LOCAL_NAMES = ("127.0.0.1", "localhost", "::1", "[::1]")


def monitoring_app(
    engine: EngineAPI, address: Address, *, more: Sequence[BaseRoute] = ()
) -> Starlette:
    """``/healthz``, ``/readyz`` and ``/metrics`` over ``engine``, and ``more`` routes.

    On an address of this machine only its own names are accepted as Host, so that no web page can
    read the metrics by way of a name that it points here.
    """

    async def readyz(_: Request) -> Response:
        try:
            status = await _status(engine)
        except (VesperaError, TimeoutError) as error:
            return _not_ready(_words(error))
        if status.engine.state != "running":
            return _not_ready(f"the engine is {status.engine.state}")
        owner = {"pid": status.engine.pid, "mode": status.engine.mode}
        return JSONResponse({"status": "ready", "owner": owner})

    async def metrics(request: Request) -> Response:
        try:
            status = await _status(engine)
        except (VesperaError, TimeoutError) as error:
            return _not_ready(_words(error))
        body, content_type = exposition(status, request.headers.get("accept", ""))
        return Response(body, headers={"Content-Type": content_type})

    names = [*LOCAL_NAMES, address.host] if address.local else ["*"]
    return Starlette(
        routes=[
            Route("/healthz", _healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
            *more,
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=names, www_redirect=False)],
    )


async def _healthz(_: Request) -> Response:
    return JSONResponse({"status": "alive"})


async def _status(engine: EngineAPI) -> EngineStatus:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await engine.status(parity=False)


def _words(error: Exception) -> str:
    late = isinstance(error, TimeoutError)
    return f"no answer within {PATIENCE_SECONDS:g} s" if late else str(error)


def _not_ready(why: str) -> Response:
    return JSONResponse({"status": "not ready", "reason": why}, status_code=503)
