"""Everything of Vespera that works without a screen. The names below are imported when used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "BackgroundServiceManager": "engine.background_services",
    "BackgroundService": "engine.services.base",
    "AutoEmbeddingService": "engine.services.auto_embedding",
    "CycleDependencyService": "engine.services.cycle_detection",
    "IncrementalSyncService": "engine.services.incremental_sync",
    "IndexOptimizationService": "engine.services.index_optimization",
    "TripleDBService": "engine.stores.triple_db_service",
    "triple_db_lifespan": "engine.stores.triple_db_service",
    "open_engine": "engine.host.opening",
    "EngineAPI": "engine.api",
    "ServiceConfiguration": "engine.service_config",
    "get_development_config": "engine.service_config",
    "get_production_config": "engine.service_config",
    "get_low_resource_config": "engine.service_config",
    "load_configuration": "engine.service_config",
    "ServiceType": "engine.operations",
    "ServicePriority": "engine.operations",
    "Task": "engine.tasks",
    "TaskDraft": "engine.tasks",
    "VesperaError": "engine.errors",
}
__all__ = sorted(_HOMES)  # noqa: PLE0605 - a list of the names above


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
