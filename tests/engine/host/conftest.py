from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from engine.host import join_engine
from engine.service_config import ServiceConfiguration

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path


@pytest.fixture
def config(tmp_path: Path) -> ServiceConfiguration:
    return ServiceConfiguration(data_dir=tmp_path / "d")


@pytest.fixture
def join(config: ServiceConfiguration) -> Callable[..., AbstractAsyncContextManager[Any]]:
    """Opens fronts without services on one data directory; the first owns it."""

    @asynccontextmanager
    async def joined(mode: str = "library", **options: Any) -> AsyncIterator[Any]:
        options = {"services": False, **options}
        async with join_engine(config, mode=mode, **options) as engine:
            yield engine

    return joined
