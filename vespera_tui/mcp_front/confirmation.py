"""Asking before something is destroyed.

A client that can ask its person is made to (elicitation). Any other gets a preview and a token
from the first call, and repeats the call with it. A token is random, good for one call, for the
same tool and subject at the version that was previewed, and for ten minutes.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from collections.abc import Callable

    from vespera_tui.mcp_front.calls import AgentContext

GOOD_SECONDS = 600.0
KEPT = 1_000


class Consent(BaseModel):
    """What a person is asked."""

    confirmed: bool = Field(description="Yes, do it")


@dataclass(frozen=True, slots=True)
class _Promise:
    subject: str
    until: float


class Confirmations:
    """Hands out tokens and takes each of them once."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._given: OrderedDict[str, _Promise] = OrderedDict()

    def give(self, subject: str) -> str:
        """A new token for ``subject``: what is done, to what, at which version."""
        token = secrets.token_urlsafe(16)
        self._given[_digest(token)] = _Promise(subject, self._monotonic() + GOOD_SECONDS)
        while len(self._given) > KEPT:
            self._given.popitem(last=False)
        return token

    def take(self, token: str, subject: str) -> bool:
        """Whether ``token`` was given for ``subject`` and is still good; used up either way."""
        promise = self._given.pop(_digest(token), None)
        return (
            promise is not None
            and promise.subject == subject
            and self._monotonic() <= promise.until
        )


def _digest(token: str) -> str:
    # looked up by digest, so that the time of the search tells nothing about a token
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def can_ask(context: AgentContext) -> bool:
    """Whether the client can put a form before its person."""
    capabilities = context.client_capabilities
    asking = capabilities.elicitation if capabilities else None
    return asking is not None and (asking.form is not None or asking.url is None)
