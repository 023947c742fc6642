"""Health, readiness and metrics of a worker's process, over a real socket."""

import asyncio
import http.client
import json

import pytest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_client.parser import text_string_to_metric_families

from duralog import workflow
from duralog.connectors.clock import monotonic_ms
from duralog.connectors.monitor import MonitorError
from duralog.contrib import monitor as monitor_module
from duralog.contrib.monitor import WorkerMonitor
from duralog.testing import WorkflowEnvironment
from duralog.worker import Worker


@workflow.defn
class Nothing:
    @workflow.run
    async def run(self) -> None:
        """End at once."""


async def get(monitor: WorkerMonitor, path: str) -> tuple[int, str]:
    """Status and body, asked from another thread, as a scraper is in another process."""

    def ask() -> tuple[int, str]:
        connection = http.client.HTTPConnection(monitor.address, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    return await asyncio.to_thread(ask)


async def test_a_worker_is_ready_while_it_runs_and_tells_what_it_counts(
    reader: InMemoryMetricReader,
) -> None:
    with WorkerMonitor("127.0.0.1:0", reader=reader) as monitor:
        assert (await get(monitor, "/readyz"))[0] == 503
        async with await WorkflowEnvironment.start_time_skipping() as environment:
            worker = Worker(environment.client, task_queue="monitored", workflows=[Nothing])
            monitor.watch(worker)
            assert (await get(monitor, "/readyz"))[0] == 503
            async with worker:
                status, body = await get(monitor, "/readyz")
                assert (status, json.loads(body)) == (
                    200,
                    {"ready": True, "workers": [{"task_queue": "monitored", "running": True}]},
                )
                await environment.client.execute_workflow(
                    Nothing.run, id="w", task_queue="monitored"
                )
                assert (await get(monitor, "/healthz")) == (200, "ok\n")
                text = (await get(monitor, "/metrics"))[1]
            assert (await get(monitor, "/readyz"))[0] == 503
    samples = [s for f in text_string_to_metric_families(text) for s in f.samples]
    mine = {s.name: s for s in samples if s.labels.get("task_queue") == "monitored"}
    assert mine["temporal_workflow_completed_total"].value == 1
    assert mine["temporal_workflow_task_execution_latency_count"].value == 1
    infinity = [s for s in samples if s.labels.get("le") == "+Inf"]
    counts = {s.name.removesuffix("_bucket") for s in infinity}
    assert "temporal_workflow_task_execution_latency" in counts


async def test_a_blocked_event_loop_is_trouble(
    reader: InMemoryMetricReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitor_module, "BLOCKED_MS_MAX", 1)
    probe = WorkerMonitor("127.0.0.1:0", reader=reader)._probe
    async with await WorkflowEnvironment.start_time_skipping() as environment:
        worker = Worker(environment.client, task_queue="monitored", workflows=[Nothing])
        probe.watch(worker, asyncio.get_running_loop())
        async with worker:
            assert probe.trouble() == ""
            until_ms = monotonic_ms() + 3
            while monotonic_ms() < until_ms:
                """The loop is blocked by us."""
            assert "the event loop of the worker of 'monitored' has been blocked" in probe.trouble()
            await asyncio.sleep(0)
            assert probe.trouble() == ""


@pytest.mark.usefixtures("reader")
def test_a_provider_that_is_set_already_is_named() -> None:
    with pytest.raises(MonitorError, match="MeterProvider is set already"):
        WorkerMonitor("127.0.0.1:0")
