"""The public names of the configuration."""

from __future__ import annotations

from engine.configuration.loading import (
    LoadedConfiguration,
    load_configuration,
    profile_config,
    with_profile,
)
from engine.configuration.models import ServiceConfiguration


def get_development_config() -> ServiceConfiguration:
    """Short delays, small batches, frequent optimisation, debug logs."""
    return profile_config("development")


def get_production_config() -> ServiceConfiguration:
    """Throughput: larger batches, longer intervals."""
    return profile_config("production")


def get_low_resource_config() -> ServiceConfiguration:
    """Long delays, the smallest model, least optimisation."""
    return profile_config("low-resource")


__all__ = [
    "LoadedConfiguration",
    "ServiceConfiguration",
    "get_development_config",
    "get_low_resource_config",
    "get_production_config",
    "load_configuration",
    "with_profile",
]
