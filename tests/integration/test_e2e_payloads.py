"""Large values on a real Kafka: what fits goes through, what does not fails where it belongs."""

import pytest

from duralog.client import RPCError, RPCStatusCode, WorkflowFailureError
from duralog.exceptions import ActivityError, ApplicationError
from duralog.schemas.events import WorkflowTaskFailed
from integration.programs import Echo, Make, Oversized, echo, make
from integration.stack import Stack, check_gap_free, event_of, new_id, working

MB = 1 << 20


async def test_two_megabytes_go_in_through_an_activity_and_out(stack: Stack) -> None:
    text = "x" * (2 * MB - 100)
    async with (
        await stack.client() as client,
        working(client, workflows=[Echo], activities=[echo]) as worker,
    ):
        handle = await client.start_workflow(
            Echo.run, text, id=new_id(), task_queue=worker.task_queue
        )
        assert await handle.result() == text
        names = check_gap_free(await handle.fetch_history())  # 8 MB, in parts.
    assert names[-1] == "WorkflowExecutionCompleted"


async def test_a_start_above_the_limit_is_refused_at_the_client(stack: Stack) -> None:
    async with await stack.client() as client:
        with pytest.raises(RPCError, match="the limit is 4194304: keep large values") as raised:
            await client.start_workflow(Echo.run, "x" * 5 * MB, id=new_id(), task_queue="any")
    assert raised.value.status is RPCStatusCode.RESOURCE_EXHAUSTED


async def test_a_result_above_the_limit_fails_its_activity(stack: Stack) -> None:
    async with (
        await stack.client() as client,
        working(client, workflows=[Make], activities=[make]) as worker,
    ):
        queue = worker.task_queue
        with pytest.raises(WorkflowFailureError) as raised:
            await client.execute_workflow(Make.run, 5 * MB, id=new_id(), task_queue=queue)
        after = await client.execute_workflow(Make.run, 5, id=new_id(), task_queue=queue)
    assert isinstance(raised.value.cause, ActivityError)
    cause = raised.value.cause.cause
    assert isinstance(cause, ApplicationError)
    assert (cause.type, cause.non_retryable) == ("PayloadsTooLarge", True)
    assert after == 5


async def test_a_workflow_result_above_the_limit_fails_its_workflow_task(stack: Stack) -> None:
    async with await stack.client() as client, working(client, workflows=[Oversized]) as worker:
        handle = await client.start_workflow(
            Oversized.run, 5 * MB, id=new_id(), task_queue=worker.task_queue
        )
        failed = await event_of(handle, WorkflowTaskFailed)
        small = await client.execute_workflow(
            Oversized.run, 5, id=new_id(), task_queue=worker.task_queue
        )
        await handle.terminate()
    assert small == "xxxxx"
    assert failed.cause == "PAYLOADS_TOO_LARGE"
    assert "exceed 4194304 bytes" in (failed.failure.message if failed.failure else "")
