"""Telling the service manager (systemd) how far this process is; see sd_notify(3)."""

from __future__ import annotations

import asyncio
import os
import socket
import time

import structlog

log = structlog.get_logger("vespera.headless")


def notify(*states: str) -> None:
    """Send ``states``, such as ``READY=1``; nothing happens when nobody asked to be told."""
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    address = "\0" + path[1:] if path.startswith("@") else path
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            line.connect(address)
            line.sendall("\n".join(states).encode())
    except OSError as error:
        log.warning("the service manager can't be told", socket=path, reason=str(error))


def reloading() -> None:
    """The configuration is being read anew; :func:`notify` ``READY=1`` ends it."""
    notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


async def keep_alive() -> None:
    """Tell the manager's watchdog that the event loop turns, twice as often as it asks for."""
    wanted = int(os.environ.get("WATCHDOG_USEC") or 0)
    meant = os.environ.get("WATCHDOG_PID")
    if not wanted or (meant and int(meant) != os.getpid()):
        return
    while True:
        notify("WATCHDOG=1")
        await asyncio.sleep(wanted / 2_000_000)
