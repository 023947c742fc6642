"""What a `Runtime` is told about metrics and logs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import ClassVar


@dataclass
class TelemetryFilter:
    """Levels of Temporal's native core, which is not here: taken without effect."""

    core_level: str
    other_level: str


class LoggingFormat(Enum):
    """How Temporal's native core writes its own log."""

    COMPACT = "compact"
    PRETTY = "pretty"
    JSON = "json"


@dataclass(frozen=True)
class LoggingConfig:
    """Of Temporal's native core: taken without effect. Here all logs go to Python's `logging`."""

    filter: TelemetryFilter | str
    format: LoggingFormat | None = None

    default: ClassVar["LoggingConfig"]


LoggingConfig.default = LoggingConfig(TelemetryFilter(core_level="WARN", other_level="ERROR"))


class OpenTelemetryMetricTemporality(Enum):
    """Whether values are told since the begin or since they were told last."""

    CUMULATIVE = 1
    DELTA = 2


@dataclass(frozen=True)
class OpenTelemetryConfig:
    """Send metrics to a collector; needs the package opentelemetry-exporter-otlp.

    metric_periodicity: How often; every second.
    http: Over HTTP in place of gRPC; the url then ends with /v1/metrics.
    histogram_bucket_overrides: Boundaries in ms, by a metric's name, with or without `temporal_`.
    """

    url: str
    headers: Mapping[str, str] | None = None
    metric_periodicity: timedelta | None = None
    metric_temporality: OpenTelemetryMetricTemporality = OpenTelemetryMetricTemporality.CUMULATIVE
    http: bool = False
    histogram_bucket_overrides: Mapping[str, Sequence[float]] | None = None


@dataclass(frozen=True)
class PrometheusConfig:
    """Have metrics fetched from `http://<bind_address>/metrics`.

    counters_total_suffix, unit_suffix: Append `_total`, or the unit, to names.
    durations_as_seconds: In place of milliseconds.
    histogram_bucket_overrides: Boundaries in ms, by a metric's name, with or without `temporal_`.
    """

    bind_address: str
    counters_total_suffix: bool = False
    unit_suffix: bool = False
    durations_as_seconds: bool = False
    histogram_bucket_overrides: Mapping[str, Sequence[float]] | None = None


@dataclass(frozen=True)
class TelemetryConfig:
    """What is told to whom. global_tags: On every metric."""

    logging: LoggingConfig | None = LoggingConfig.default
    metrics: OpenTelemetryConfig | PrometheusConfig | None = None
    global_tags: Mapping[str, str] = field(default_factory=dict[str, str])
    attach_service_name: bool = True
