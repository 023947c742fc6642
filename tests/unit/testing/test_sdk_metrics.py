"""What worker and client count about themselves, under the names of Temporal's SDK."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from duralog import activity, workflow
from duralog.client import WorkflowFailureError
from duralog.common import RetryPolicy
from duralog.exceptions import ApplicationError
from duralog.testing import WorkflowEnvironment
from duralog.worker import Replayer, Worker
from duralog.workers.meters import ENDS, METRICS, SCOPE

QUEUE = "counted"
MINUTE = timedelta(minutes=1)
PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"


@activity.defn
async def flaky() -> str:
    if activity.info().attempt == 1:
        raise ApplicationError("the first time")
    return "second"


@workflow.defn
class Counted:
    """Ends as it is told, after one Activity that is tried twice and a local one."""

    @workflow.run
    async def run(self, end: str) -> str:
        if end == "fail":
            raise ApplicationError("told to")
        if end == "again":
            workflow.continue_as_new("return")
        if end == "wait":
            await workflow.sleep(timedelta(days=1))
        never = RetryPolicy(maximum_attempts=1)
        await workflow.execute_activity(flaky, start_to_close_timeout=MINUTE)
        try:
            await workflow.execute_local_activity(
                flaky, start_to_close_timeout=MINUTE, retry_policy=never
            )
        except Exception:  # noqa: BLE001 # its first attempt is its last
            return "counted"
        return "not reached"


def recorded(reader: InMemoryMetricReader) -> dict[tuple[str, str], Any]:
    """Value or count of every point of this file's Task Queue, by metric and its own label."""
    data = reader.get_metrics_data()
    found: dict[tuple[str, str], Any] = {}
    for resource in data.resource_metrics if data is not None else ():  # Nothing yet.
        for scope in resource.scope_metrics:
            for metric in scope.metrics if scope.scope.name == SCOPE else ():
                for point in metric.data.data_points:
                    labels = dict(point.attributes or {})
                    if labels.pop("task_queue", QUEUE) == QUEUE:
                        assert labels.pop("namespace") == "default"
                        label = ",".join(str(labels[key]) for key in sorted(labels))
                        value = getattr(point, "count", None) or getattr(point, "value", None)
                        found[metric.name, label] = value
    return found


async def run_all(environment: WorkflowEnvironment) -> Any:
    """One run that ends in each way; the history of one of them."""
    client = environment.client
    handle = await client.start_workflow(Counted.run, "return", id="r", task_queue=QUEUE)
    assert await handle.result() == "counted"
    await client.execute_workflow(Counted.run, "again", id="a", task_queue=QUEUE)
    cancelled = await client.start_workflow(Counted.run, "wait", id="w", task_queue=QUEUE)
    await cancelled.cancel()
    failed = await client.start_workflow(Counted.run, "fail", id="f", task_queue=QUEUE)
    for ends_badly in (cancelled, failed):
        with pytest.raises(WorkflowFailureError):
            await ends_badly.result()
    return await handle.fetch_history()


async def test_worker_and_client_count_what_they_do(reader: InMemoryMetricReader) -> None:
    async with await WorkflowEnvironment.start_time_skipping() as environment:
        worker = Worker(
            environment.client,
            task_queue=QUEUE,
            workflows=[Counted],
            activities=[flaky],
            max_cached_workflows=0,  # So that each task after a run's first is a replay.
            max_concurrent_activities=3,
        )
        async with worker:
            history = await run_all(environment)
            during = recorded(reader)
    assert during["temporal_num_pollers", "workflow_task"] == 1
    found = recorded(reader)
    for name in ENDS.values():
        runs = 2 if name == "temporal_workflow_completed" else 1
        assert found[name, "Counted"] == runs, name
    assert found["temporal_workflow_endtoend_latency", "Counted"] == 5
    assert found["temporal_activity_execution_failed", "flaky"] == 2
    assert found["temporal_activity_execution_latency", "flaky"] == 4
    assert found["temporal_activity_schedule_to_start_latency", "flaky"] == 4
    assert found["temporal_activity_succeed_endtoend_latency", "flaky"] == 2
    assert found["temporal_local_activity_execution_failed", "flaky"] == 2
    assert found["temporal_local_activity_total", "flaky"] == 2
    assert found["temporal_workflow_task_replay_latency", "Counted"] >= 2
    tasks = found["temporal_workflow_task_queue_poll_succeed", ""]
    assert found["temporal_workflow_task_execution_latency", "Counted"] == tasks
    assert found["temporal_worker_task_slots_available", "ActivityWorker"] == 3
    assert found["temporal_worker_task_slots_used", "LocalActivityWorker"] == 0
    assert found["temporal_num_pollers", "activity_task"] == 0
    assert found["temporal_request", "StartWorkflowExecution"] >= 4
    assert found["temporal_long_request", "GetWorkflowExecutionHistory"] >= 1
    await Replayer(workflows=[Counted]).replay_workflow(history)
    assert recorded(reader) == found, "a Replayer counts nothing"


async def test_what_the_engine_refuses_is_a_failure(reader: InMemoryMetricReader) -> None:
    def failures() -> int:
        label = "DescribeWorkflowExecution,NOT_FOUND"
        return int(recorded(reader).get(("temporal_request_failure", label), 0))

    before = failures()
    async with await WorkflowEnvironment.start_time_skipping() as environment:
        with pytest.raises(Exception, match="no Workflow Execution"):
            await environment.client.get_workflow_handle("none").describe()
    assert failures() == before + 1


def test_the_page_lists_every_metric() -> None:
    page = PAGE.read_text(encoding="utf-8")
    missing = [name for name in METRICS if f"`{name}`" not in page]
    assert not missing
