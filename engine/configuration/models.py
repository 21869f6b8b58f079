"""What can be set, its default and its range. Unknown keys are refused."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads it at run time
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, field_validator

Profile = Literal["development", "production", "low-resource"]
Seconds = Annotated[float, Field(ge=0, le=86_400)]


class Section(BaseModel):
    """A frozen group of settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class EmbeddingSettings(Section):
    """Auto-embedding: one vector a task."""

    enabled: bool = True
    """Whether tasks are embedded."""
    batch_size: int = Field(10, ge=1, le=1000)
    """Texts embedded in one call."""
    embedding_model: str = Field("sentence-transformers/all-MiniLM-L6-v2", min_length=1)
    """Name of a sentence-transformers model."""
    max_content_length: int = Field(8192, ge=1, le=1_000_000)
    """Characters of a task's text that are embedded at most."""
    auto_embed_on_create: bool = True
    """Embed a new task."""
    auto_embed_on_update: bool = True
    """Embed a task again when its text changes."""
    embed_delay_seconds: Seconds = 1.0
    """How long a change settles before it is embedded."""
    backend: Literal["auto", "onnx", "onnx-int8", "sentence-transformers"] = "auto"
    """What computes the vectors; auto is onnx on a CPU."""
    model_path: str = ""
    """Folder of the model's files; empty looks in the usual places."""


class CycleSettings(Section):
    """Cycle detection."""

    enabled: bool = True
    """Whether cycles are looked for."""
    check_on_dependency_add: bool = True
    """Check after links change."""
    max_detection_depth: int = Field(50, ge=1, le=10_000)
    """Longest cycle that is explained in full; detection itself is never bounded."""
    detection_timeout_seconds: float = Field(10, gt=0, le=3600)
    """Time for explanations; detection itself is never bounded."""
    check_delay_seconds: Seconds = 2.0
    """How long changes settle before a check."""
    policy: Literal["reject", "flag"] = "reject"
    """Refuse a link that closes a cycle, or store it and flag the cycle."""


class SyncSettings(Section):
    """Incremental sync: the graph follows the tasks."""

    enabled: bool = True
    """Whether the graph is kept in step."""
    sync_on_task_create: bool = True
    """Sync a new task."""
    sync_on_task_update: bool = True
    """Sync a changed task."""
    batch_size: int = Field(20, ge=1, le=10_000)
    """Tasks brought in step in one call."""
    sync_delay_seconds: Seconds = 5.0
    """How long a change settles before it is synced."""


class OptimizationSettings(Section):
    """Index optimisation."""

    enabled: bool = True
    """Whether the stores are optimised."""
    optimize_interval_hours: float = Field(24, gt=0, le=8760)
    """Time between optimisations that nobody asked for."""
    large_change_threshold: int = Field(100, ge=1)
    """Changes after which an optimisation is queued."""
    vacuum_sqlite: bool = True
    """Include SQLite."""
    optimize_chroma_indices: bool = True
    """Include Chroma."""
    optimize_kuzu_indices: bool = True
    """Include Kuzu."""


class AlertSettings(Section):
    """When a person is told."""

    queue_depth: int = Field(10_000, ge=1)
    """Waiting operations of one service."""
    errors_last_hour: int = Field(10, ge=0)
    """Errors of one service in an hour."""
    disk_free_mb: int = Field(500, ge=0)
    """Free space at the data directory, in megabytes."""


class ServiceConfiguration(Section):
    """Everything that can be set."""

    profile: Profile = "production"
    """The set of values that the others are changes of."""
    data_dir: Path = Field(default_factory=lambda: user_data_path("vespera"))
    """Where the stores lie."""
    synchronous: Literal["full", "normal"] = "full"
    """SQLite durability; full survives loss of power."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severity that is logged."""
    max_retries: int = Field(3, ge=0, le=100)
    """Further attempts after the first failure."""
    retry_cap_seconds: float = Field(300, gt=0, le=86_400)
    """Longest wait between attempts."""
    operation_timeout_seconds: float = Field(120, gt=0, le=86_400)
    """Longest run of a batch; then its process is killed."""
    queue_limit: int = Field(1_000_000, ge=1)
    """Operations that may wait; more are refused."""
    history_limit: int = Field(100_000, ge=0)
    """Finished operations that are kept."""
    lease_seconds: float = Field(60, ge=1, le=86_400)
    """How long a claim holds without a heartbeat."""
    max_unclean_claims: int = Field(3, ge=1, le=100)
    """Runs that end with their process before an operation is set aside."""
    probe_interval_seconds: float = Field(5, gt=0, le=3600)
    """How often a part that is away is looked for."""
    parity_interval_seconds: float = Field(300, gt=0, le=86_400)
    """How often the projections are compared with the truth."""
    refresh_per_second: float = Field(2, gt=0, le=30)
    """How often the dashboard is drawn anew."""
    embedding: EmbeddingSettings = EmbeddingSettings()
    cycle_detection: CycleSettings = CycleSettings()
    incremental_sync: SyncSettings = SyncSettings()
    index_optimization: OptimizationSettings = OptimizationSettings()
    alerts: AlertSettings = AlertSettings()

    @field_validator("data_dir", mode="after")
    @classmethod
    def _expand(cls, value: Path) -> Path:
        return value.expanduser().absolute()
