"""`Runtime`: where this process's metrics go.

Temporal's runtime is a native core with threads; there is none here. What is left of it is the
telemetry, and that is OpenTelemetry's: a runtime with metrics sets the global MeterProvider.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from importlib import import_module
from typing import Any, ClassVar, Final

from opentelemetry import metrics

from duralog.common import MetricMeter
from duralog.connectors.prometheus import MetricsServer, Style, exposition
from duralog.runtime.config import (
    OpenTelemetryConfig,
    OpenTelemetryMetricTemporality,
    PrometheusConfig,
    TelemetryConfig,
)

SERVICE_NAME: Final = "temporal-core-sdk"  # Dashboards of Temporal's SDK select by it.
PERIOD: Final = timedelta(seconds=1)
PREFIX: Final = "temporal_"


class Runtime:
    """Give it to `Client.connect`, or only make it: its metrics are those of the whole process.

    One with metrics may be made once in a process. Raises RuntimeError when a MeterProvider is set
    already, or a package is missing.
    """

    _default: ClassVar["Runtime | None"] = None
    _prevented: ClassVar[bool] = False
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(
        self,
        *,
        telemetry: TelemetryConfig,
        worker_heartbeat_interval: timedelta | None = timedelta(seconds=60),
        disable_environment_info: bool = False,
    ) -> None:
        del disable_environment_info  # Workers tell the engine of tasks, and of nothing else.
        if worker_heartbeat_interval is not None and worker_heartbeat_interval <= timedelta():
            raise ValueError("worker_heartbeat_interval must be positive")
        self._server: MetricsServer | None = None
        tags = dict(telemetry.global_tags)
        if telemetry.attach_service_name:
            tags.setdefault("service_name", SERVICE_NAME)
        self._meter = MetricMeter(tags) if telemetry.metrics else MetricMeter.noop
        if isinstance(telemetry.metrics, PrometheusConfig):
            self._server = serve(telemetry.metrics, tags)
        elif telemetry.metrics is not None:
            send(telemetry.metrics, tags)

    @classmethod
    def default(cls) -> "Runtime":
        """The one of `set_default`, or one without metrics."""
        with cls._lock:
            if Runtime._default is None:
                if Runtime._prevented:
                    text = "Cannot create default Runtime after Runtime.prevent_default has been"
                    raise RuntimeError(f"{text} called")
                Runtime._default = Runtime(telemetry=TelemetryConfig())
            return Runtime._default

    @classmethod
    def prevent_default(cls) -> None:
        """Have `default` raise until `set_default` was called."""
        with cls._lock:
            if Runtime._default is not None:
                raise RuntimeError(
                    "Runtime.prevent_default called after default runtime has been created or set"
                )
            Runtime._prevented = True

    @staticmethod
    def set_default(runtime: "Runtime", *, error_if_already_set: bool = True) -> None:
        """What `default` returns from now on."""
        with Runtime._lock:
            if Runtime._default is not None and error_if_already_set:
                raise RuntimeError("Runtime default already set")
            Runtime._default = runtime

    @property
    def metric_meter(self) -> MetricMeter:
        """For metrics of one's own; records nothing in a runtime without metrics."""
        return self._meter

    @property
    def metrics_port(self) -> int | None:
        """Where Prometheus finds the metrics; None: nowhere."""
        return None if self._server is None else self._server.port


def serve(config: PrometheusConfig, tags: Mapping[str, str]) -> MetricsServer:
    """Collect from now on, and listen."""
    host, _, port = config.bind_address.rpartition(":")
    if not host or not port.isdigit():
        raise ValueError(f"bind_address must be host:port, not {config.bind_address!r}")
    reader = _sdk("opentelemetry.sdk.metrics.export").InMemoryMetricReader()
    style = Style(
        counters_total_suffix=config.counters_total_suffix,
        unit_suffix=config.unit_suffix,
        durations_as_seconds=config.durations_as_seconds,
        labels=tags,
    )
    server = MetricsServer(host.strip("[]"), int(port), lambda: exposition(_read(reader), style))
    try:
        _provide(reader, config.histogram_bucket_overrides, {})
    except RuntimeError:
        server.close()
        raise
    return server


def send(config: OpenTelemetryConfig, tags: Mapping[str, str]) -> None:
    """Collect from now on, and send to a collector."""
    protocol = "http" if config.http else "grpc"
    exporter = _sdk(
        f"opentelemetry.exporter.otlp.proto.{protocol}.metric_exporter",
        "opentelemetry-exporter-otlp",
    ).OTLPMetricExporter(
        endpoint=config.url,
        headers=dict(config.headers or {}),
        preferred_temporality=_temporality(config.metric_temporality),
    )
    period = config.metric_periodicity or PERIOD
    reader = _sdk("opentelemetry.sdk.metrics.export").PeriodicExportingMetricReader(
        exporter, export_interval_millis=period / timedelta(milliseconds=1)
    )
    _provide(reader, config.histogram_bucket_overrides, tags)


def _provide(
    reader: Any, overrides: Mapping[str, Sequence[float]] | None, tags: Mapping[str, str]
) -> None:
    """Set the global MeterProvider. Raises RuntimeError when there is one."""
    sdk, views = _sdk("opentelemetry.sdk.metrics"), _sdk("opentelemetry.sdk.metrics.view")
    resource = _sdk("opentelemetry.sdk.resources").Resource.create(dict(tags))
    provider = sdk.MeterProvider(
        metric_readers=[reader],
        resource=resource,
        views=[
            views.View(
                instrument_name=name if name.startswith(PREFIX) else f"{PREFIX}{name}",
                aggregation=views.ExplicitBucketHistogramAggregation(list(bounds)),
            )
            for name, bounds in (overrides or {}).items()
        ],
    )
    metrics.set_meter_provider(provider)
    if metrics.get_meter_provider() is not provider:
        provider.shutdown()
        raise RuntimeError("a MeterProvider is set already; give it the reader that you want")


def _read(reader: Any) -> Iterable[Any]:
    data = reader.get_metrics_data()
    for resource in data.resource_metrics if data is not None else ():
        for scope in resource.scope_metrics:
            yield from scope.metrics


def _temporality(wanted: OpenTelemetryMetricTemporality) -> dict[type, Any]:
    sdk, export = _sdk("opentelemetry.sdk.metrics"), _sdk("opentelemetry.sdk.metrics.export")
    kind = getattr(export.AggregationTemporality, wanted.name)
    return {sdk.Counter: kind, sdk.Histogram: kind}


def _sdk(module: str, package: str = "opentelemetry-sdk") -> Any:
    """A module of a package that is no dependency. Raises RuntimeError without it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise RuntimeError(f"metrics need the package {package}: pip install {package}") from error
