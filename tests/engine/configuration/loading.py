"""Loading the configuration from what a test gives, and what is said when it is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.errors import ConfigurationError
from engine.service_config import LoadedConfiguration, load_configuration

Write = Callable[..., Path]


def load(
    file: Path | None = None,
    profile: str | None = None,
    flags: dict[str, Any] | None = None,
    **environ: str,
) -> LoadedConfiguration:
    return load_configuration(profile=profile, file=file, environ=environ, flags=flags)


def refused(**arguments: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(**arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)
