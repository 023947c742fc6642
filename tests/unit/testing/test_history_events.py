"""The events of a run, one by one, and only its close."""

from collections.abc import AsyncIterator

import pytest

from duralog import workflow
from duralog.client import (
    RPCError,
    WorkflowHandle,
    WorkflowHistoryEventFilterType,
)
from duralog.testing import WorkflowEnvironment
from duralog.worker import Worker

CLOSE = WorkflowHistoryEventFilterType.CLOSE_EVENT


@workflow.defn
class Wait:
    """Waits for its end."""

    def __init__(self) -> None:
        self.ended = False

    @workflow.run
    async def run(self) -> str:
        await workflow.wait_condition(lambda: self.ended)
        return "ended"

    @workflow.signal
    def end(self) -> None:
        self.ended = True

    @workflow.query
    def is_ended(self) -> bool:
        return self.ended


@pytest.fixture
async def handle() -> AsyncIterator[WorkflowHandle[Wait, str]]:
    """Of a run that waits, after its first Workflow Task."""
    environment = await WorkflowEnvironment.start_time_skipping()
    async with (
        environment,
        Worker(environment.client, task_queue="q", workflows=[Wait]),
    ):
        handle = await environment.client.start_workflow(Wait.run, id="w", task_queue="q")
        assert not await handle.query(Wait.is_ended)
        yield handle


async def test_all_events_so_far(handle: WorkflowHandle[Wait, str]) -> None:
    events = handle.fetch_history_events()
    assert events.current_page is None
    names = [type(event).__name__ async for event in events]
    assert names[:2] == ["WorkflowExecutionStarted", "WorkflowTaskScheduled"]
    assert names[-1] == "WorkflowTaskCompleted"
    assert events.next_page_token is None
    assert [e async for e in handle.fetch_history_events(event_filter_type=CLOSE)] == []


async def test_events_until_the_close(handle: WorkflowHandle[Wait, str]) -> None:
    events = handle.fetch_history_events(wait_new_event=True)
    seen = [await anext(events) for _ in range(4)]
    token = events.next_page_token
    assert token is not None
    await handle.signal(Wait.end)
    seen += [event async for event in events]
    assert [event.event_id for event in seen] == list(range(1, len(seen) + 1))
    assert type(seen[-1]).__name__ == "WorkflowExecutionCompleted"
    behind = [e.event_id async for e in handle.fetch_history_events(next_page_token=token)]
    assert behind == list(range(5, len(seen) + 1))


async def test_the_close_alone_and_waited_for(handle: WorkflowHandle[Wait, str]) -> None:
    waiting = handle.fetch_history_events(wait_new_event=True, event_filter_type=CLOSE)
    await handle.signal(Wait.end)
    assert [type(e).__name__ async for e in waiting] == ["WorkflowExecutionCompleted"]
    closed = await handle.fetch_history(event_filter_type=CLOSE)
    assert [type(e).__name__ for e in closed.events] == ["WorkflowExecutionCompleted"]


async def test_of_no_run_there_are_none(handle: WorkflowHandle[Wait, str]) -> None:
    client = handle._client
    nobody = WorkflowHandle[Wait, str](client, "nobody")
    events = nobody.fetch_history_events()
    with pytest.raises(RPCError, match="no Workflow Execution"):
        await anext(events)
