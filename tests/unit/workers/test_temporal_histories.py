"""Histories as Temporal's CLI exports them are read and replayed.

`tests/data/temporal-history.json` was written by protobuf from Temporal's own message classes.
"""

import asyncio
import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from duralog import workflow
from duralog.client import WorkflowHistory
from duralog.common import RetryPolicy
from duralog.exceptions import ActivityError, ApplicationError
from duralog.schemas import events
from duralog.worker import Replayer
from duralog.workflow import NondeterminismError

PATH = Path(__file__).parents[2] / "data" / "temporal-history.json"


@workflow.defn
class Port:
    def __init__(self) -> None:
        self.word = ""

    @workflow.run
    async def run(self, name: str) -> str:
        found = ""
        try:
            await workflow.execute_activity(
                "greet",
                name,
                start_to_close_timeout=timedelta(seconds=5),
                retry_policy=RetryPolicy(maximum_attempts=2),
            )
        except ActivityError as error:
            if isinstance(error.cause, ApplicationError):
                found = f"{error.cause.type} {error.cause.details}"
        async with asyncio.timeout(60):
            await workflow.wait_condition(lambda: bool(self.word))
        return f"{found} {self.word}"

    @workflow.signal
    def hurry(self, word: str) -> None:
        self.word = word


@workflow.defn(name="Port")
class Changed:
    @workflow.run
    async def run(self, name: str) -> str:
        await asyncio.sleep(1)
        return name


def exported() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    return data


def camel(name: str) -> str:
    """`EVENT_TYPE_TIMER_FIRED` as older exports have it."""
    words = name.removeprefix("EVENT_TYPE_").removeprefix("RETRY_STATE_").split("_")
    return "".join(word.capitalize() for word in words)


@pytest.mark.parametrize("old", [False, True])
async def test_an_exported_history_replays(old: bool) -> None:
    data = exported()
    for event in data["events"] if old else ():
        event["eventType"] = camel(event["eventType"])
        attributes = event.get("activityTaskFailedEventAttributes")
        if attributes is not None:
            attributes["retryState"] = camel(attributes["retryState"])
    history = WorkflowHistory.from_json("port", json.dumps(data))
    assert history.run_id == "0198-run"
    await Replayer(workflows=[Port]).replay_workflow(history)
    again = WorkflowHistory.from_json("port", history.to_json())
    assert again == history
    failed = history.events[6]
    assert isinstance(failed, events.ActivityTaskFailed)
    assert failed.retry_state == "MAXIMUM_ATTEMPTS_REACHED"


def test_its_fields_are_ours() -> None:
    history = WorkflowHistory.from_json("port", exported())
    started, scheduled = history.events[0], history.events[4]
    assert isinstance(started, events.WorkflowExecutionStarted)
    assert started.workflow_type == "Port"
    assert started.workflow_task_timeout_ms == 10_000
    assert list(started.header) == ["trace"]
    assert started.memo["note"].data == b"1"
    assert isinstance(scheduled, events.ActivityTaskScheduled)
    assert scheduled.heartbeat_timeout_ms == 1_500
    assert scheduled.retry_policy is not None
    assert scheduled.retry_policy.maximum_interval_ms == 100_000
    failed = history.events[6]
    assert isinstance(failed, events.ActivityTaskFailed)
    assert failed.failure is not None
    assert failed.failure.next_retry_delay_ms == 3_000
    assert failed.failure.cause is not None
    assert failed.failure.cause.type == "Why"


async def test_the_first_divergence_is_named() -> None:
    history = WorkflowHistory.from_json("port", exported())
    with pytest.raises(NondeterminismError, match="event 5 ActivityTaskScheduled"):
        await Replayer(workflows=[Changed]).replay_workflow(history)


def test_an_event_that_we_have_not_is_named() -> None:
    data = exported()
    data["events"][1]["eventType"] = "EVENT_TYPE_NEXUS_OPERATION_SCHEDULED"
    with pytest.raises(ValueError, match=r"event 2 .* NexusOperationScheduled"):
        WorkflowHistory.from_json("port", data)


def event(number: int, name: str, **attributes: Any) -> dict[str, Any]:
    kind = "".join(f"_{c}" if c.isupper() else c.upper() for c in name)
    key = f"{name[0].lower()}{name[1:]}EventAttributes"
    time = "2026-01-02T03:04:05Z"
    return {"eventId": f"{number}", "eventTime": time, "eventType": f"EVENT_TYPE{kind}"} | {
        key: attributes
    }


def test_other_workflows_are_named() -> None:
    other = {"workflowExecution": {"workflowId": "c", "runId": "r"}}
    failure = {"message": "no", "childWorkflowExecutionFailureInfo": other}
    found = WorkflowHistory.from_json(
        "w",
        {
            "events": [
                event(1, "WorkflowExecutionStarted", originalExecutionRunId="mine", workflowId="w"),
                event(2, "StartChildWorkflowExecutionInitiated", workflowId="c"),
                event(3, "ChildWorkflowExecutionStarted", **other),
                event(4, "ExternalWorkflowExecutionSignaled", **other),
                event(5, "WorkflowExecutionFailed", failure=failure),
            ]
        },
    )
    first, initiated, started, signaled, failed = found.events
    assert isinstance(first, events.WorkflowExecutionStarted)
    assert (first.workflow_id, first.run_id, first.parent_workflow_id) == ("w", "mine", "")
    assert isinstance(initiated, events.StartChildWorkflowExecutionInitiated)
    assert (initiated.workflow_id, initiated.child_workflow_id) == ("w", "c")
    assert isinstance(started, events.ChildWorkflowExecutionStarted)
    assert (started.child_workflow_id, started.child_run_id) == ("c", "r")
    assert isinstance(signaled, events.ExternalWorkflowExecutionSignaled)
    assert (signaled.target_workflow_id, signaled.target_run_id) == ("c", "r")
    assert isinstance(failed, events.WorkflowExecutionFailed)
    assert failed.failure is not None
    assert (failed.failure.workflow_id, failed.failure.run_id) == ("c", "r")


@workflow.defn
class Updated:
    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: False)

    @workflow.update(name="u")
    async def add(self, text: str) -> str:
        await asyncio.sleep(0.1)
        return f"{text}{workflow.info().workflow_id}"


def temporal_event(number: int, kind: str, **attributes: Any) -> dict[str, Any]:
    name = f"{kind[0].lower()}{kind[1:]}EventAttributes"
    return {
        "eventId": str(number),
        "eventTime": f"2026-01-01T00:00:{number:02}Z",
        "eventType": kind,
        name: attributes,
    }


def payload(text: str) -> dict[str, Any]:
    encoding = base64.b64encode(b"json/plain").decode()
    return {
        "metadata": {"encoding": encoding},
        "data": base64.b64encode(json.dumps(text).encode()).decode(),
    }


def updated() -> list[dict[str, Any]]:
    """A history with an update, of the protobuf messages of Temporal's API."""
    meta = {"updateId": "id", "identity": "me"}
    asked = {"name": "u", "args": {"payloads": [payload("x")]}}
    return [
        temporal_event(1, "WorkflowExecutionStarted", workflowType={"name": "Updated"}),
        temporal_event(2, "WorkflowTaskScheduled"),
        temporal_event(3, "WorkflowTaskStarted", scheduledEventId="2"),
        temporal_event(4, "WorkflowTaskCompleted", scheduledEventId="2", startedEventId="3"),
        temporal_event(
            5,
            "WorkflowExecutionUpdateAccepted",
            protocolInstanceId="id",
            acceptedRequestMessageId="id/request",
            acceptedRequestSequencingEventId="2",
            acceptedRequest={"meta": meta, "input": asked},
        ),
        temporal_event(6, "TimerStarted", timerId="1", startToFireTimeout="0.100s"),
        temporal_event(7, "TimerFired", timerId="1", startedEventId="6"),
        temporal_event(8, "WorkflowTaskScheduled"),
        temporal_event(9, "WorkflowTaskStarted", scheduledEventId="8"),
        temporal_event(10, "WorkflowTaskCompleted", scheduledEventId="8", startedEventId="9"),
        temporal_event(
            11,
            "WorkflowExecutionUpdateCompleted",
            meta=meta,
            outcome={"success": {"payloads": [payload("xw")]}},
            acceptedEventId="5",
        ),
    ]


async def test_an_exported_update_replays() -> None:
    listed = updated()
    history = WorkflowHistory.from_json("w", json.dumps({"events": listed}))
    accepted, completed = history.events[4], history.events[10]
    assert isinstance(accepted, events.WorkflowExecutionUpdateAccepted)
    assert (accepted.update_name, accepted.identity) == ("u", "me")
    assert isinstance(completed, events.WorkflowExecutionUpdateCompleted)
    assert completed.result[0].data == b'"xw"'
    await Replayer(workflows=[Updated]).replay_workflow(history)
    completed.update_id = "other"
    with pytest.raises(NondeterminismError):
        await Replayer(workflows=[Updated]).replay_workflow(history)
