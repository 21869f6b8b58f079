"""The public names of the configuration."""

from __future__ import annotations

from engine.configuration.explaining import Explanation, explain, json_schema, shown
from engine.configuration.loading import (
    LoadedConfiguration,
    load_configuration,
    profile_config,
    with_profile,
)
from engine.configuration.models import ServiceConfiguration
from engine.configuration.profiles import PROFILES
from engine.configuration.sections import (
    AlertSettings,
    CycleSettings,
    DashboardSettings,
    EmbeddingSettings,
    OptimizationSettings,
    PluginSettings,
    ResourceSettings,
    SyncSettings,
)


def get_development_config() -> ServiceConfiguration:
    """Short delays, small batches, frequent optimisation, debug logs."""
    return profile_config("development")


def get_production_config() -> ServiceConfiguration:
    """Throughput: larger batches, longer intervals."""
    return profile_config("production")


def get_low_resource_config() -> ServiceConfiguration:
    """One worker, long delays, the smallest model, least optimisation."""
    return profile_config("low-resource")


__all__ = [
    "PROFILES",
    "AlertSettings",
    "CycleSettings",
    "DashboardSettings",
    "EmbeddingSettings",
    "Explanation",
    "LoadedConfiguration",
    "OptimizationSettings",
    "PluginSettings",
    "ResourceSettings",
    "ServiceConfiguration",
    "SyncSettings",
    "explain",
    "get_development_config",
    "get_low_resource_config",
    "get_production_config",
    "json_schema",
    "load_configuration",
    "shown",
    "with_profile",
]
