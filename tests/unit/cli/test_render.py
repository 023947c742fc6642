"""Records as JSON and as text."""

import json

from duralog.cli.render import (
    details,
    failure_text,
    line,
    record_as_json,
    time_text,
    workflow_task_text,
)
from duralog.schemas import codec
from duralog.schemas.events import ActivityTaskFailed, WorkflowExecutionSignaled
from duralog.schemas.payloads import Failure, Payload
from duralog.schemas.replies import Reply
from duralog.schemas.transitions import WorkflowTaskState


def signal(payload: Payload) -> WorkflowExecutionSignaled:
    return WorkflowExecutionSignaled(
        workflow_id="w", run_id="r", event_id=3, event_time_ms=1, signal_name="s", input=[payload]
    )


def test_a_json_payload_becomes_its_value() -> None:
    payload = Payload(metadata={"encoding": b"json/plain"}, data=b'{"a": [1]}')
    document = record_as_json(signal(payload))
    assert document["type"] == "WorkflowExecutionSignaled"
    assert document["input"] == [{"a": [1]}]


def test_null_becomes_null_and_bytes_become_base64() -> None:
    null = Payload(metadata={"encoding": b"binary/null"}, data=b"")
    assert record_as_json(signal(null))["input"] == [None]
    raw = Payload(metadata={"encoding": b"binary/plain"}, data=b"\x00\xff")
    assert record_as_json(signal(raw))["input"] == [{"encoding": "binary/plain", "base64": "AP8="}]


def test_json_that_is_none_is_shown_as_bytes() -> None:
    bad = Payload(metadata={"encoding": b"json/plain"}, data=b"{")
    assert record_as_json(signal(bad))["input"] == [{"encoding": "json/plain", "base64": "ew=="}]


def test_a_record_within_a_record_is_shown_with_its_type() -> None:
    inner = codec.encode(signal(Payload(metadata={"encoding": b"binary/null"}, data=b"")))
    document = record_as_json(Reply(recipient="a", correlation_id="b", code="OK", body=[inner]))
    assert document["body"][0]["type"] == "WorkflowExecutionSignaled"


def test_a_line_of_json_round_trips_beyond_ascii() -> None:
    assert json.loads(line({"a": "¡Hola!"})) == {"a": "¡Hola!"}
    assert "¡Hola!" in line({"a": "¡Hola!"})


def test_a_pending_workflow_task_is_told_in_words() -> None:
    task = WorkflowTaskState(
        workflow_id="w", run_id="r", scheduled_event_id=2, attempt=1, scheduled_time_ms=1_000
    )
    scheduled = "attempt 1, scheduled 1970-01-01T00:00:01.000Z"
    assert workflow_task_text(task) == f"{scheduled}, not dispatched: it waits for its Task Queue"
    task.dispatch_time_ms = 2_000
    dispatched = f"{scheduled}, dispatched 1970-01-01T00:00:02.000Z"
    assert workflow_task_text(task) == f"{dispatched}, no start reported"
    task.started_time_ms, task.identity = 3_000, "me@here"
    assert workflow_task_text(task) == f"{dispatched}, started 1970-01-01T00:00:03.000Z by me@here"
    task.retry_time_ms = 4_000
    assert workflow_task_text(task) == f"{scheduled}, again at 1970-01-01T00:00:04.000Z"


def test_details_leave_out_identity_and_what_is_empty() -> None:
    cause = Failure(type="GreetingError", message="503")
    event = ActivityTaskFailed(
        workflow_id="w",
        run_id="r",
        event_id=7,
        event_time_ms=1,
        failure=Failure(kind="activity", cause=cause),
        scheduled_event_id=5,
    )
    assert details(event) == "failure=activity <- GreetingError: 503 scheduled_event_id=5"


def test_a_failure_is_its_chain_outermost_first() -> None:
    assert failure_text(Failure(type="A", message="x", cause=Failure(type="B"))) == "A: x <- B"


def test_time_is_utc_with_milliseconds() -> None:
    assert time_text(1_763_819_000_007) == "2025-11-22T13:43:20.007Z"
    assert time_text(0) == ""
