"""The three profiles: what each changes of the defaults, by dotted key."""

from __future__ import annotations

from typing import Any

PROFILES: dict[str, dict[str, Any]] = {
    "development": {
        "log_level": "debug",
        "probe_interval_seconds": 2.0,
        "parity_interval_seconds": 60.0,
        "embedding.batch_size": 4,
        "embedding.embed_delay_seconds": 0.2,
        "cycle_detection.check_delay_seconds": 0.2,
        "cycle_detection.full_check_interval_seconds": 300.0,
        "incremental_sync.batch_size": 5,
        "incremental_sync.sync_delay_seconds": 0.5,
        "index_optimization.optimize_interval_hours": 1.0,
        "index_optimization.large_change_threshold": 20,
    },
    "production": {
        "parity_interval_seconds": 600.0,
        "embedding.batch_size": 32,
        "incremental_sync.batch_size": 2_000,
        "cycle_detection.full_check_interval_seconds": 7200.0,
        "index_optimization.optimize_interval_hours": 48.0,
        "index_optimization.large_change_threshold": 1000,
    },
    "low-resource": {
        "synchronous": "normal",
        "workers": 1,
        "resources.one_core": True,
        "history_limit": 10_000,
        "probe_interval_seconds": 15.0,
        "parity_interval_seconds": 1800.0,
        "refresh_per_second": 1.0,
        "embedding.batch_size": 8,
        "embedding.embed_delay_seconds": 10.0,
        "embedding.backend": "onnx-int8",
        "embedding.unload_after_seconds": 60.0,
        "cycle_detection.check_delay_seconds": 10.0,
        "cycle_detection.full_check_interval_seconds": 21_600.0,
        "incremental_sync.sync_delay_seconds": 30.0,
        "index_optimization.optimize_interval_hours": 168.0,
        "index_optimization.large_change_threshold": 5000,
        "index_optimization.optimize_chroma_indices": False,
        "index_optimization.optimize_kuzu_indices": False,
    },
}
"""Values by profile and dotted key."""
