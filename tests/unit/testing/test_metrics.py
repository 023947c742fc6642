"""Users' metrics: through OpenTelemetry, with Temporal's attributes, none of them twice."""

from datetime import timedelta
from typing import Any

import pytest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from duralog import activity, workflow
from duralog.common import MetricMeter
from duralog.testing import ActivityEnvironment, WorkflowEnvironment
from duralog.worker import Replayer, Worker


@activity.defn
async def bill(amount: int) -> int:
    activity.metric_meter().create_histogram("billed", unit="EUR").record(amount, {"kind": "card"})
    return amount


@workflow.defn
class Bill:
    @workflow.run
    async def run(self, amount: int) -> int:
        meter = workflow.metric_meter().with_additional_attributes({"shop": "here"})
        bills = meter.create_counter("bills", "how many bills")
        bills.add(1)
        begin = workflow.now()
        paid = await workflow.execute_activity(bill, amount, start_to_close_timeout=HOUR)
        took = meter.create_histogram_timedelta("took", unit="duration")
        took.record(workflow.now() - begin)
        meter.create_gauge_float("last").set(amount / 2)
        bills.add(2)
        return paid


HOUR = timedelta(hours=1)


def points_of(reader: InMemoryMetricReader) -> dict[str, Any]:
    """The one point of each metric, by name."""
    data = reader.get_metrics_data()
    assert data is not None
    (resource,) = data.resource_metrics
    (scope,) = [scope for scope in resource.scope_metrics if scope.scope.name == "duralog"]
    found = {metric.name: metric for metric in scope.metrics}
    assert found["took"].unit == "ms"
    assert found["bills"].description == "how many bills"
    points = dict[str, Any]()
    for name, metric in found.items():
        (points[name],) = metric.data.data_points
    return points


async def test_metrics_of_workflows_and_activities(reader: InMemoryMetricReader) -> None:
    async with (
        await WorkflowEnvironment.start_time_skipping() as environment,
        Worker(
            environment.client,
            task_queue="q",
            workflows=[Bill],
            activities=[bill],
            max_cached_workflows=0,  # So that the worker itself replays.
        ),
    ):
        handle = await environment.client.start_workflow(Bill.run, 10, id="b", task_queue="q")
        assert await handle.result() == 10
        history = await handle.fetch_history()
    await Replayer(workflows=[Bill]).replay_workflow(history)
    points = points_of(reader)
    shared = {"namespace": "default", "task_queue": "q"}
    of_workflow = {**shared, "workflow_type": "Bill", "shop": "here"}
    assert points["bills"].value == 3
    assert points["bills"].attributes == of_workflow
    assert points["took"].count == 1
    assert points["last"].value == 5
    assert points["billed"].sum == 10
    assert points["billed"].attributes == {**shared, "activity_type": "bill", "kind": "card"}


def test_what_cannot_be_recorded_is_refused() -> None:
    meter = MetricMeter.noop
    with pytest.raises(ValueError, match="non-negative"):
        meter.create_counter("c").add(-1)
    wrong: Any = {"key": object()}
    with pytest.raises(TypeError, match="attribute 'key' is a object"):
        meter.create_gauge("g").with_additional_attributes(wrong)
    gauge = meter.create_gauge("g", "what", "m")
    assert (gauge.name, gauge.description, gauge.unit) == ("g", "what", "m")


async def test_alone_an_activity_has_a_meter_that_records_nothing() -> None:
    assert await ActivityEnvironment().run(bill, 7) == 7
    with pytest.raises(RuntimeError, match="Not in activity context"):
        activity.metric_meter()
