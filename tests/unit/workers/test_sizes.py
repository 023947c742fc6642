"""A warning comes before a limit, and says where and how much."""

from typing import Any

import pytest

from duralog.schemas.commands import CompleteWorkflowExecution
from duralog.schemas.payloads import Payload
from duralog.schemas.tasks import ActivityTask, WorkflowTask
from duralog.workers.answers import activity_completed, workflow_task_completed
from duralog.workers.sizes import warn_of_history, warn_of_memo_size, warn_of_size


def payload(size: int) -> Payload:
    return Payload(metadata={}, data=b"secret".ljust(size, b"x"))


def test_what_is_small_is_not_mentioned(caplog: pytest.LogCaptureFixture) -> None:
    warn_of_size([payload(512 * 1024)], "the input")
    warn_of_memo_size({"k": payload(2 * 1024)})
    assert not warn_of_history("w", events=10_240, size_bytes=10 * 1024 * 1024)
    assert caplog.text == ""


def test_what_is_large_is_and_never_its_data(caplog: pytest.LogCaptureFixture) -> None:
    warn_of_size([payload(300 * 1024), payload(300 * 1024)], "the input of workflow T")
    warn_of_memo_size({"k": payload(2 * 1024 + 1)})
    assert warn_of_history("w", events=10_241, size_bytes=0)
    assert warn_of_history("w", events=1, size_bytes=10 * 1024 * 1024 + 1)
    assert "the input of workflow T has 614400 bytes" in caplog.text
    assert "a memo has 2049 bytes" in caplog.text
    assert "workflow w has 10241 events" in caplog.text
    assert "secret" not in caplog.text


def test_what_a_worker_answers_is_looked_at(caplog: pytest.LogCaptureFixture) -> None:
    token: dict[str, Any] = {"workflow_id": "w", "run_id": "r", "partition": 0, "attempt": 1}
    token |= {"scheduled_event_id": 2, "dispatch_time_ms": 5}
    token |= {"workflow_type": "T", "task_queue": "q"}
    task = WorkflowTask(**token, started_event_id=3, started_time_ms=5)
    made = CompleteWorkflowExecution(result=[payload(600 * 1024)])
    workflow_task_completed(task, started_event_id=3, commands=[made], completion_id="")
    activity = ActivityTask(**token, activity_id="1", activity_type="A")
    activity_completed(activity, [payload(600 * 1024)])
    assert "a CompleteWorkflowExecution of workflow T has" in caplog.text
    assert "the result of activity A has" in caplog.text
    assert "secret" not in caplog.text
