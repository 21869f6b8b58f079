"""The sections of the configuration: what can be set, its default and its range."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from engine.configuration.checking import unknown_name
from engine.monitoring.delivery import check_command, check_webhook

Delay = Annotated[float, Field(ge=0, le=86_400)]


class Section(BaseModel):
    """A frozen group of settings. Types are strict: ``"5"`` and ``true`` are no numbers."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        defer_build=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, data: Any) -> Any:
        for name in data if isinstance(data, dict) else ():
            if name not in cls.model_fields:
                text = unknown_name(str(name), list(cls.model_fields))
                raise PydanticCustomError("unknown_setting", "{text}", {"text": text})
        return data


class ServiceSettings(Section):
    """What can be set for every service."""

    workers: int = Field(0, ge=0, le=32)
    """Batches that run at the same time; 0 takes the general setting."""
    max_retries: int = Field(-1, ge=-1, le=100)
    """Further attempts after the first failure; -1 takes the general setting."""


class EmbeddingSettings(ServiceSettings):
    """Auto-embedding: one vector for each task."""

    enabled: bool = True
    """Whether tasks are embedded."""
    batch_size: int = Field(10, ge=1, le=1000)
    """Texts embedded in one call at most."""
    min_batch_size: int = Field(1, ge=1, le=1000)
    """Texts a batch is never made smaller than, however slow they are."""
    embedding_model: str = Field("sentence-transformers/all-MiniLM-L6-v2", min_length=1)
    """Name of the model that turns a text into a vector."""
    max_content_length: int = Field(8192, ge=1, le=1_000_000)
    """Characters of a task's text that are embedded at most."""
    auto_embed_on_create: bool = True
    """Embed a new task."""
    auto_embed_on_update: bool = True
    """Embed a task again when its text changes."""
    embed_delay_seconds: Delay = 1.0
    """How long a change settles before it is embedded."""
    backend: Literal["auto", "onnx", "onnx-int8", "sentence-transformers"] = "auto"
    """What computes the vectors; `auto` takes the fastest exact one that works here."""
    unload_after_seconds: float = Field(900, ge=0, le=604_800)
    """How long the model stays in memory without being used; 0 keeps it."""
    model_path: str = ""
    """Folder with the model's files; empty looks in the usual places."""


class CycleSettings(ServiceSettings):
    """Cycle detection: tasks that wait for one another."""

    enabled: bool = True
    """Whether cycles are looked for in the background."""
    check_on_dependency_add: bool = True
    """Queue a check when a dependency is added."""
    max_detection_depth: int = Field(50, ge=1, le=10_000)
    """Tasks in the longest cycle that is counted; detection itself is never cut short."""
    detection_timeout_seconds: float = Field(10, gt=0, le=3600)
    """Time for explaining cycles; detection itself is never cut short."""
    check_delay_seconds: Delay = 2.0
    """How long changes settle before a check."""
    policy: Literal["reject", "flag"] = "reject"
    """Refuse a dependency that closes a cycle, or store it and flag the cycle."""
    full_check_interval_seconds: float = Field(3600, ge=1, le=604_800)
    """Time between full checks that nobody asked for."""


class SyncSettings(ServiceSettings):
    """Incremental sync: the graph follows the tasks."""

    enabled: bool = True
    """Whether the graph is kept in step."""
    sync_on_task_create: bool = True
    """Sync a new task."""
    sync_on_task_update: bool = True
    """Sync a changed task."""
    batch_size: int = Field(20, ge=1, le=10_000)
    """Tasks brought in step in one call at most."""
    min_batch_size: int = Field(1, ge=1, le=10_000)
    """Tasks a batch is never made smaller than, however slow they are."""
    sync_delay_seconds: Delay = 5.0
    """How long a change settles before it is synced."""


class OptimizationSettings(ServiceSettings):
    """Index optimisation: the stores stay small and fast."""

    enabled: bool = True
    """Whether the stores are optimised."""
    optimize_interval_hours: float = Field(24, ge=0.01, le=8760)
    """Time between optimisations that nobody asked for."""
    large_change_threshold: int = Field(100, ge=1, le=100_000_000)
    """Changes after which an optimisation is queued."""
    vacuum_sqlite: bool = True
    """Include SQLite."""
    optimize_chroma_indices: bool = True
    """Include Chroma."""
    optimize_kuzu_indices: bool = True
    """Include Kuzu."""
    fragmentation_percent: float = Field(25, gt=0, le=100)
    """Share of free pages in SQLite from which an optimisation pays."""
    wal_mb: float = Field(64, gt=0, le=100_000)
    """Size of SQLite's write-ahead log from which an optimisation pays, in megabytes."""
    slowdown_factor: float = Field(2, ge=1.1, le=1000)
    """An optimisation pays when queries take this many times as long as they used to."""
    full_vacuum_percent: float = Field(40, gt=0, le=100)
    """Share of SQLite's file that only a full VACUUM gives back, from which it is done."""
    full_vacuum_seconds: float = Field(0.1, ge=0, le=3600)
    """How long writers may be expected to wait for a full VACUUM; 0 never does one."""
    tombstone_percent: float = Field(30, gt=0, le=100)
    """Share of deleted vectors in Chroma's index from which it is built anew."""
    recall_percent: float = Field(95, gt=0, le=100)
    """Share of the true nearest that Chroma must find; below, its index is built anew."""
    recall_sample: int = Field(50, ge=1, le=10_000)
    """Vectors that are asked for to measure recall."""
    graph_growth_factor: float = Field(2, ge=1.1, le=1000)
    """Kuzu's file is written anew when it has this many times the bytes that its data needs."""


class AlertSettings(Section):
    """From where on a person is told."""

    queue_depth: int = Field(10_000, ge=1, le=100_000_000)
    """Waiting operations of one service."""
    errors_last_hour: int = Field(10, ge=1, le=1_000_000)
    """Errors of one service within an hour."""
    error_rate_percent: float = Field(20, ge=0, le=100)
    """Failed runs of one service within an hour, of all its runs."""
    slowdown_factor: float = Field(3, ge=1.1, le=1000)
    """A service is slow when its runs take this many times as long as they used to."""
    parity_lag_seconds: float = Field(900, ge=1, le=604_800)
    """How long the projections may be out of step."""
    loop_lag_seconds: float = Field(0.25, ge=0.01, le=60)
    """Delay of the event loop."""
    disk_free_mb: int = Field(500, ge=0, le=1_000_000_000)
    """Least free space at the data directory, in megabytes."""
    command: str = ""
    """Program that is run for each alert raised or resolved; it reads the alert as JSON."""
    webhook: str = ""
    """Address (http or https) that each alert raised or resolved is posted to as JSON."""

    @field_validator("command", "webhook")
    @classmethod
    def _check(cls, value: str, info: ValidationInfo) -> str:
        try:
            return {"command": check_command, "webhook": check_webhook}[str(info.field_name)](value)
        except ValueError as error:
            raise PydanticCustomError("refused", "{text}", {"text": str(error)}) from error


class ResourceSettings(Section):
    """How much of the machine may be used."""

    adapt: bool = True
    """Work less while the machine is short of processor or memory, or while someone types."""
    cpu_percent: float = Field(90, ge=1, le=100)
    """Use of the processors, by all programs, from which on less is done."""
    memory_percent: float = Field(90, ge=1, le=100)
    """Use of the memory from which on less is done."""
    typing_seconds: float = Field(2, ge=0, le=60)
    """How long after a key press less is done."""
    one_core: bool = False
    """Never use more than one processor, child processes included."""


class PluginSettings(Section):
    """Services from other packages."""

    enabled: bool = True
    """Whether they are loaded."""


class DashboardSettings(Section):
    """How the dashboard looks and which keys it has."""

    theme: str = Field("vespera-dark", min_length=1)
    """Name of the theme: one that comes with the program, or a file in your theme folder."""
    keymap: dict[str, str] = Field(default_factory=dict)
    """Keys of your own, by the id of the action; the dashboard's help shows what is in force."""
    notify: Literal["toast", "bell", "desktop", "off"] = "toast"
    """How you are told of a new alert; `bell` and `desktop` ask the terminal, beside the toast."""
