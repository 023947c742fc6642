"""Where the metrics of this process go: `Runtime(telemetry=TelemetryConfig(metrics=...))`."""

from duralog.runtime.config import (
    LoggingConfig,
    LoggingFormat,
    OpenTelemetryConfig,
    OpenTelemetryMetricTemporality,
    PrometheusConfig,
    TelemetryConfig,
    TelemetryFilter,
)
from duralog.runtime.runtime import Runtime

__all__ = [
    "LoggingConfig",
    "LoggingFormat",
    "OpenTelemetryConfig",
    "OpenTelemetryMetricTemporality",
    "PrometheusConfig",
    "Runtime",
    "TelemetryConfig",
    "TelemetryFilter",
]
