"""What an engine slot can be told: by flags, else the environment (`DURALOG_…`), else defaults.

The command line adds the table [engine] of the file that `--config` names to the flags.

`EngineSettings` is the edge, checked once. The loop gets `LoopSettings`: plain, and nothing more
than it needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from duralog.schemas.levels import LEVEL_MAX
from duralog.schemas.topics import DAY_MS, HOUR_MS
from duralog.state.limits import PENDING_ACTIVITIES_MAX


@dataclass(slots=True, kw_only=True, frozen=True)
class LoopSettings:
    """Settings of one partition loop.

    ingress_partitions: of each namespace's `ingress` topic; engine partition p reads all q ≡ p.
    records_max, bytes_max: of one poll. apply_ms_max: a transaction is closed when its inputs took
    this long. due_max: due timers, retries and deadlines in one transaction.
    pending_activities_max: of one run, before its Workflow Task fails.
    retention_ms: how long closed runs are kept; 0: for ever.
    lossless_ms: state older than this may have missed tombstones; half of delete.retention.ms.
    level_max: the highest feature level this engine knows; a log above it is refused.
    accept_loss: an operator's word that a log that ends too early, or an input that is gone, is to
    be accepted, once.
    """

    transactional_id: str
    prefix: str
    partitions: int
    namespaces: tuple[str, ...] = ("default",)
    ingress_partitions: Mapping[str, int] = field(default_factory=dict[str, int])
    dead_letter_partitions: int = 4
    records_max: int = 500
    bytes_max: int = 1 << 20
    apply_ms_max: int = 40
    due_max: int = 100
    positions_interval_ms: int = 60_000
    undecided_ms_max: int = 2_000
    lossless_ms: int = 7 * DAY_MS // 2
    idle_wait_ms: int = 50
    clock_skew_ms_max: int = 2_000
    retention_ms: int = 0
    activity_partitions_per_engine_partition: int = 4
    pending_activities_max: int = PENDING_ACTIVITIES_MAX
    level_max: int = LEVEL_MAX
    accept_loss: bool = False


class EngineSettings(BaseSettings):
    """Settings of one engine slot."""

    model_config = SettingsConfigDict(
        env_prefix="DURALOG_",
        env_nested_delimiter="__",
        extra="ignore",
    )

    bootstrap_servers: str = "localhost:9092"
    prefix: str = "duralog"
    namespaces: tuple[str, ...] = ("default",)
    partitions: int = Field(default=8, ge=1, le=256)
    slot: int = Field(default=0, ge=0, le=10_000)
    data_dir: Path = Path("duralog-data")
    kafka: dict[str, str] = Field(default_factory=dict)
    http_address: str = ""  # Of health and metrics; empty: none are served.
    accept_loss: bool = False
    retention_ms: int = Field(default=7 * DAY_MS, ge=0)
    records_max: int = Field(default=500, ge=1, le=5_000)
    clock_skew_ms_max: int = Field(default=2_000, ge=100, le=HOUR_MS)
    pending_activities_max: int = Field(default=PENDING_ACTIVITIES_MAX, ge=1, le=100_000)

    @field_validator("namespaces")
    @classmethod
    def _some_namespace(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or len(set(value)) != len(value):
            raise ValueError("name at least one namespace, each once")
        return value

    @property
    def transactional_id(self) -> str:
        """Stable, so that a restarted slot fences its own past at once."""
        return f"{self.prefix}.engine.{self.slot}"

    @property
    def group(self) -> str:
        """The consumer group of all slots."""
        return f"{self.prefix}.engine"
