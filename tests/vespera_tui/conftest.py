from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.vespera_tui import waiting

Shown = Callable[[Any], str]
Until = Callable[[Any, Callable[[], object]], Awaitable[None]]


@pytest.fixture
def shown() -> Shown:
    return waiting.shown


@pytest.fixture
def until() -> Until:
    return waiting.until
