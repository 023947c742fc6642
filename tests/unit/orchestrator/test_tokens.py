"""A task token is good for one attempt of one namespace, whatever else is equal."""

from typing import Any

import pytest

from duralog.orchestrator.context import Context
from duralog.orchestrator.outbox import Outbox
from duralog.orchestrator.process import process
from duralog.orchestrator.queues import Queues
from duralog.schemas import commands as c
from duralog.schemas import requests as r
from duralog.schemas.changelog import SOURCE_REQUESTS, Source
from duralog.schemas.codec import decode, encode
from duralog.schemas.events import ActivityTaskCompleted
from duralog.schemas.tasks import ActivityTask, WorkflowTask
from duralog.state.memory import MemoryStore
from duralog.state.partition import PartitionState
from duralog.workers.answers import read_task_token, task_token

KNOWN = {(kind, "q") for kind in ("activities", "workflow-tasks")}


class Namespace:
    """One partition of a namespace; every one of them reads the same log at the same times."""

    def __init__(self, name: str) -> None:
        self.state = PartitionState(MemoryStore(), name, 0)
        self.queues = Queues(partition=0, partitions=1, activity_copies=4, known=set(KNOWN))
        self.offset = 0

    def send(self, request: r.Request) -> Outbox:
        """Process the next record."""
        out = Outbox()
        source = Source(SOURCE_REQUESTS, 0, self.offset)
        self.offset += 1
        now_ms = 1_000 + self.offset
        process(
            self.state,
            request,
            Context(now_ms=now_ms, source=source, out=out, queues=self.queues),
        )
        self.state.write()
        return out

    def activity(self) -> ActivityTask:
        """A workflow's activity, dispatched."""
        out = self.send(
            r.StartWorkflowExecution(
                workflow_id="w", workflow_type="T", task_queue="q", request_id="1"
            )
        )
        (task,) = (decode(m.value) for m in out.messages)
        assert isinstance(task, WorkflowTask)
        command = c.ScheduleActivityTask(
            activity_id="a", activity_type="A", task_queue="q", start_to_close_timeout_ms=60_000
        )
        out = self.send(
            r.RespondWorkflowTaskCompleted(
                workflow_id="w",
                run_id=task.run_id,
                scheduled_event_id=task.scheduled_event_id,
                attempt=task.attempt,
                dispatch_time_ms=task.dispatch_time_ms,
                started_event_id=task.started_event_id,
                commands=[encode(command)],
            )
        )
        (found,) = (decode(m.value) for m in out.messages)
        assert isinstance(found, ActivityTask)
        return found

    def completes(self, token: dict[str, Any]) -> bool:
        """True when an answer with this token completes an activity."""
        out = self.send(r.RespondActivityTaskCompleted(**token))
        events = [decode(change.value) for change in out.changelog if change.value]
        return any(isinstance(event, ActivityTaskCompleted) for event in events)


def token_of(task: ActivityTask) -> dict[str, Any]:
    """What a worker hands to whoever completes the activity from elsewhere."""
    token = read_task_token(task_token(task, "delivery"))
    del token["delivery_id"]
    return token


def test_a_token_is_worth_nothing_in_another_namespace() -> None:
    ours, theirs = Namespace("ours"), Namespace("theirs")
    token, other = token_of(ours.activity()), token_of(theirs.activity())
    same = token.keys() - {"run_id"}
    assert {name: token[name] for name in same} == {name: other[name] for name in same}
    assert not theirs.completes(token)
    assert ours.completes(token)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("workflow_id", "x"),
        ("run_id", "00000000-0000-0000-0000-000000000000"),
        ("scheduled_event_id", 4),
        ("attempt", 2),
    ],
)
def test_a_token_with_another_field_is_worth_nothing(field: str, value: object) -> None:
    namespace = Namespace("ours")
    token = token_of(namespace.activity())
    assert not namespace.completes({**token, field: value})
    assert namespace.completes(token)
