"""The whole configuration: the settings that belong to no service, and the sections."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from platformdirs import user_data_path
from pydantic import Field, field_validator

from engine.configuration.checking import checked, flatten, parse_object
from engine.configuration.sections import (
    AlertSettings,
    CycleSettings,
    DashboardSettings,
    EmbeddingSettings,
    OptimizationSettings,
    PluginSettings,
    ResourceSettings,
    Section,
    ServiceSettings,
    SyncSettings,
)

SECTIONS = {
    "auto_embedding": "embedding",
    "cycle_detection": "cycle_detection",
    "incremental_sync": "incremental_sync",
    "index_optimization": "index_optimization",
}
"""The section of each service."""
UNSET = ServiceSettings()


class ServiceConfiguration(Section):
    """Everything that can be set. Made directly, what is left out has the documented default.

    ``model_fields_set`` of it and of its sections names what was set on purpose; the values of a
    profile are not counted, so a change of profile replaces them.
    """

    profile: Literal["development", "production", "low-resource"] = "production"
    """The set of values that everything else overrides."""
    data_dir: Path = Field(default_factory=lambda: user_data_path("vespera"))
    """Folder of the stores; `~` is the home folder, a relative path starts at the current one."""
    synchronous: Literal["full", "normal"] = "full"
    """SQLite's durability: `full` survives a power cut, `normal` may lose the last writes."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severity that is logged."""
    workers: int = Field(2, ge=1, le=32)
    """Batches of one service that run at the same time."""
    max_retries: int = Field(3, ge=0, le=100)
    """Further attempts after the first failure."""
    retry_cap_seconds: float = Field(300, ge=0.1, le=86_400)
    """Longest wait between two attempts."""
    aging_seconds: float = Field(60, ge=1, le=86_400)
    """Wait after which an operation moves up by one priority, so that none waits for ever."""
    batch_seconds: float = Field(5, ge=0.05, le=3600)
    """Time that a batch should take; sizes are fitted to it, within each service's limits."""
    operation_timeout_seconds: float = Field(120, ge=0.1, le=86_400)
    """Longest run of a batch; then its process is ended and the batch tried again."""
    queue_limit: int = Field(1_000_000, ge=1, le=100_000_000)
    """Operations that may wait; more are refused."""
    history_limit: int = Field(100_000, ge=0, le=100_000_000)
    """Finished operations that are kept, and records of optimising."""
    lease_seconds: float = Field(60, ge=1, le=86_400)
    """How long a claim on an operation holds without a sign of life."""
    max_unclean_claims: int = Field(3, ge=1, le=100)
    """Runs that end with their process before an operation is set aside as failed."""
    probe_interval_seconds: float = Field(5, ge=0.1, le=3600)
    """How often a part that is away is looked for."""
    parity_interval_seconds: float = Field(300, ge=1, le=86_400)
    """How often the projections are compared with the truth."""
    shutdown_timeout_seconds: float = Field(10, ge=0.1, le=3600)
    """How long running batches may take to end when the engine stops."""
    refresh_per_second: float = Field(2.0, ge=0.1, le=30)
    """How often the dashboard is drawn anew, at most."""
    embedding: EmbeddingSettings = EmbeddingSettings()
    """Auto-embedding: one vector for each task."""
    cycle_detection: CycleSettings = CycleSettings()
    """Cycle detection: tasks that wait for one another."""
    incremental_sync: SyncSettings = SyncSettings()
    """Incremental sync: the graph follows the tasks."""
    index_optimization: OptimizationSettings = OptimizationSettings()
    """Index optimisation: the stores stay small and fast."""
    alerts: AlertSettings = AlertSettings()
    """From where on a person is told."""
    resources: ResourceSettings = ResourceSettings()
    """How much of the machine may be used."""
    plugins: PluginSettings = PluginSettings()
    """Services from other packages."""
    dashboard: DashboardSettings = DashboardSettings()
    """How the dashboard looks and which keys it has."""

    @field_validator("data_dir", mode="before")
    @classmethod
    def _expand(cls, value: Any) -> Any:
        if not isinstance(value, str | Path):
            return value
        if not str(value).strip() or "\0" in str(value):
            raise ValueError("not the name of a folder")
        try:
            return Path(value).expanduser().absolute()
        except RuntimeError as error:  # a home folder that can't be found
            raise ValueError(str(error)) from error

    def of_service(self, service: str) -> ServiceSettings:
        """The section of a service; that of one from another package has the defaults."""
        section = SECTIONS.get(service)
        found: ServiceSettings = getattr(self, section) if section else UNSET
        return found

    def retries(self, service: str) -> int:
        """Further attempts after a service's first failure."""
        own = self.of_service(service).max_retries
        return self.max_retries if own < 0 else own

    def to_json(self) -> str:
        """Every setting, as a file that :func:`load_configuration` reads."""
        return self.model_dump_json(indent=2)

    @classmethod
    def from_json(cls, text: str, source: str = "JSON") -> Self:
        """The settings in ``text`` over the defaults.

        Raises ConfigurationError that names ``source``, the key, the value and what is allowed.
        """
        return checked(cls, flatten(cls, parse_object(text, source), source), source)
