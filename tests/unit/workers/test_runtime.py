"""A Runtime: Temporal's way to say where metrics go. Each case has a process of its own, since
OpenTelemetry takes one provider for the life of a process.
"""

import subprocess
import sys
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from duralog.connectors.prometheus import Style, exposition
from duralog.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

SCRAPE = """
import urllib.request
from datetime import timedelta
from duralog.runtime import PrometheusConfig, Runtime, TelemetryConfig
from duralog.workers.meters import Meters

config = PrometheusConfig(
    bind_address="127.0.0.1:0",
    histogram_bucket_overrides={"activity_execution_latency": [10, 100]},
)
runtime = Runtime(telemetry=TelemetryConfig(metrics=config, global_tags={"team": "a"}))
meters = Meters(namespace="default", task_queue="q")
meters.record("temporal_workflow_completed", 1, workflow_type='a "b"')
meters.record("temporal_activity_execution_latency", 50, activity_type="pay")
runtime.metric_meter.create_counter("bills").add(2)
url = f"http://127.0.0.1:{runtime.metrics_port}/metrics"
print(urllib.request.urlopen(url).read().decode())
try:
    Runtime(telemetry=TelemetryConfig(metrics=config))
except RuntimeError as error:
    print("second:", error)
"""

DEFAULTS = """
from duralog.runtime import OpenTelemetryConfig, Runtime, TelemetryConfig

def says(call):
    try:
        return call()
    except RuntimeError as error:
        return str(error)

Runtime.prevent_default()
print(says(Runtime.default))
mine = Runtime(telemetry=TelemetryConfig())
Runtime.set_default(mine)
print(Runtime.default() is mine)
print(says(lambda: Runtime.set_default(mine)))
print(says(Runtime.prevent_default))
sent = TelemetryConfig(metrics=OpenTelemetryConfig(url="http://127.0.0.1:1"))
print(says(lambda: Runtime(telemetry=sent)))
"""


def output(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=50
    )
    return done.stdout


def test_prometheus_fetches_the_metrics_of_the_process() -> None:
    lines = output(SCRAPE).splitlines()
    assert "# TYPE temporal_workflow_completed counter" in lines
    tags = 'team="a",service_name="temporal-core-sdk"'
    of_queue = f'{tags},namespace="default",task_queue="q"'
    completed = f'temporal_workflow_completed{{{of_queue},workflow_type="a \\"b\\""}} 1'
    assert completed in lines
    latency = f'temporal_activity_execution_latency_bucket{{{of_queue},activity_type="pay"'
    buckets = [line for line in lines if line.startswith(latency)]
    counts = [("10", 0), ("100", 1), ("+Inf", 1)]
    assert buckets == [f'{latency},le="{bound}"}} {count}' for bound, count in counts]
    assert any(line.startswith("bills{") and line.endswith(" 2") for line in lines)
    assert lines[-1].startswith("second: a MeterProvider is set already")


def test_the_default_runtime_is_set_once() -> None:
    prevented, is_mine, again, late, missing = output(DEFAULTS).splitlines()
    assert prevented.startswith("Cannot create default Runtime")
    assert is_mine == "True"
    assert again == "Runtime default already set"
    assert late.startswith("Runtime.prevent_default called after")
    assert missing.startswith("metrics need the package opentelemetry-exporter-otlp")


def test_what_a_native_core_would_want_is_taken() -> None:
    logging = LoggingConfig(filter=TelemetryFilter(core_level="INFO", other_level="WARN"))
    runtime = Runtime(telemetry=TelemetryConfig(logging=logging))
    assert runtime.metrics_port is None
    runtime.metric_meter.create_counter("dropped").add(1)
    with pytest.raises(ValueError, match="must be positive"):
        Runtime(telemetry=TelemetryConfig(), worker_heartbeat_interval=timedelta())


class Sum(SimpleNamespace):
    """By the name of OpenTelemetry's."""


class Histogram(SimpleNamespace):
    """By the name of OpenTelemetry's."""


def metric(name: str, unit: str, data: Any) -> Any:
    return SimpleNamespace(name=name, description=None, unit=unit, data=data)


def test_names_and_durations_are_styled() -> None:
    point = SimpleNamespace(attributes={"a-b": "c\nd"}, value=3)
    counter = metric("runs", "", Sum(is_monotonic=True, data_points=[point]))
    held = SimpleNamespace(
        attributes={}, sum=1500.0, count=2, bucket_counts=[1, 1], explicit_bounds=[500.0]
    )
    took = metric("took", "ms", Histogram(data_points=[held]))
    style = Style(
        counters_total_suffix=True, unit_suffix=True, durations_as_seconds=True, labels={"z": "1"}
    )
    assert exposition([counter, took], style).splitlines() == [
        "# TYPE runs_total counter",
        'runs_total{z="1",a_b="c\\nd"} 3',
        "# TYPE took_seconds histogram",
        'took_seconds_bucket{z="1",le="0.5"} 1',
        'took_seconds_bucket{z="1",le="+Inf"} 2',
        'took_seconds_sum{z="1"} 1.5',
        'took_seconds_count{z="1"} 2',
    ]
