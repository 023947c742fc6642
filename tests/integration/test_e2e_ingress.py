"""Workflows started, signalled and ended by plain Kafka records, on a real broker.

The shared engine has 2 partitions and `ingress` has 3, and producers hash keys in their own way:
most records arrive at an engine partition that does not own their workflow.
"""

import asyncio
from typing import Any

import pytest
from confluent_kafka import Producer

from duralog.client import (
    Client,
    RPCError,
    RPCStatusCode,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
)
from duralog.exceptions import CancelledError, TerminatedError
from duralog.schemas.codec import decode, encode
from duralog.schemas.events import WorkflowExecutionStarted
from duralog.schemas.payloads import Payload
from duralog.schemas.requests import StartWorkflowExecution
from integration.programs import Collect, Echo, echo
from integration.records import as_json, publish, reading
from integration.stack import Stack, eventually, known, new_id, working

Handle = WorkflowHandle[Any, Any]


def start_of(queue: str, text: str, **fields: object) -> dict[str, object]:
    """A start event in JSON."""
    return {"workflow_type": "Echo", "task_queue": queue, "input": [text], **fields}


async def result_of(client: Client, workflow_id: str) -> str:
    """The result of a workflow that somebody else starts; it may not be there yet."""
    handle = client.get_workflow_handle(workflow_id, result_type=str)
    await known(handle)
    result: str = await handle.result()
    return result


@pytest.mark.parametrize("partitioner", ["consistent_random", "murmur2_random"])
async def test_starts_are_taken_whatever_the_producer_hashes(
    stack: Stack, partitioner: str
) -> None:
    async with (
        await stack.client() as client,
        working(client, workflows=[Echo], activities=[echo]) as worker,
    ):
        ids = [new_id() for _ in range(8)]
        events = [as_json(start_of(worker.task_queue, i), key=i) for i in ids]
        publish(stack.address, stack.topic("ingress"), events, partitioner=partitioner)
        results = await asyncio.gather(*(result_of(client, i) for i in ids))
    assert results == ids


async def test_an_avro_start_without_key_is_known_by_its_field(stack: Stack) -> None:
    workflow_id = new_id()
    async with (
        await stack.client() as client,
        working(client, workflows=[Echo], activities=[echo]) as worker,
    ):
        request = StartWorkflowExecution(
            workflow_id=workflow_id,
            workflow_type="Echo",
            task_queue=worker.task_queue,
            input=[Payload(metadata={"encoding": b"json/plain"}, data=b'"avro"')],
        )
        publish(stack.address, stack.topic("ingress"), [(None, encode(request), {})])
        assert await result_of(client, workflow_id) == "avro"


async def test_a_start_in_a_services_own_transaction_counts_when_that_commits(
    stack: Stack,
) -> None:
    taken_back, kept = new_id("aborted"), new_id("committed")
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    producer = Producer(
        {"bootstrap.servers": stack.address, "transactional.id": f"{stack.prefix}.service"}
    )
    async with (
        await stack.client() as client,
        working(client, workflows=[Echo], activities=[echo]) as worker,
    ):

        def produce(workflow_id: str) -> None:
            start = start_of(worker.task_queue, workflow_id)
            key, value, headers = as_json(start, workflow_id, traceparent=trace)
            # One partition for both: what was taken back would be read first.
            producer.produce(stack.topic("ingress"), value, key, 0, headers=dict(headers))

        producer.init_transactions(30)
        producer.begin_transaction()
        produce(taken_back)
        producer.flush(30)
        producer.abort_transaction(30)
        producer.begin_transaction()
        produce(kept)
        producer.commit_transaction(30)
        assert await result_of(client, kept) == kept
        with pytest.raises(RPCError) as raised:
            await client.get_workflow_handle(taken_back).describe()
        assert raised.value.status is RPCStatusCode.NOT_FOUND
        started = (await client.get_workflow_handle(kept).fetch_history()).events[0]
    assert isinstance(started, WorkflowExecutionStarted)
    assert started.traceparent == trace


async def test_signal_cancel_and_terminate_by_record(stack: Stack) -> None:
    signalled, cancelled, terminated = (new_id(name) for name in ("signal", "cancel", "end"))
    async with (
        await stack.client() as client,
        working(client, workflows=[Collect]) as worker,
    ):
        start = {"workflow_type": "Collect", "task_queue": worker.task_queue, "input": [2]}
        signal = {"action": "signal", "signal_name": "add"}
        events = [as_json(start, key=i) for i in (signalled, cancelled, terminated)]
        events += [as_json({**signal, "input": [n]}, key=signalled) for n in ("a", "b")]
        events += [
            as_json({"action": "cancel", "reason": "customer called"}, key=cancelled),
            as_json({"action": "terminate", "reason": "duplicate"}, key=terminated),
        ]
        publish(stack.address, stack.topic("ingress"), events)
        names = client.get_workflow_handle(signalled, result_type=list[str])
        await known(names)
        assert await names.result() == ["a", "b"]
        for workflow_id, kind in ((cancelled, CancelledError), (terminated, TerminatedError)):
            with pytest.raises(WorkflowFailureError) as raised:
                await result_of(client, workflow_id)
            assert isinstance(raised.value.cause, kind)


@pytest.mark.parametrize("place", ["field", "id", "ce_id"])
async def test_one_start_for_each_request_id_also_after_the_run_has_closed(
    stack: Stack, place: str
) -> None:
    workflow_id, request_id = new_id(), new_id("request")
    fields = {"request_id": request_id} if place == "field" else {}
    headers = {} if place == "field" else {place: request_id}
    async with (
        await stack.client() as client,
        working(client, workflows=[Echo], activities=[echo]) as worker,
    ):
        first = as_json(start_of(worker.task_queue, "first", **fields), key=workflow_id, **headers)
        publish(stack.address, stack.topic("ingress"), [first, first])
        assert await result_of(client, workflow_id) == "first"
        handle = client.get_workflow_handle(workflow_id)
        run_id = (await handle.describe()).run_id
        # The last record has another id: when its run is there, the repeated one was read before.
        last = as_json(start_of(worker.task_queue, "last"), key=workflow_id, id=new_id("request"))
        publish(stack.address, stack.topic("ingress"), [first, last])
        await eventually(lambda: is_other_run(handle, run_id))
        assert await result_of(client, workflow_id) == "last"
        assert starts_of(stack, workflow_id) == 2


async def test_without_a_request_id_an_open_run_is_used_and_a_closed_one_started_anew(
    stack: Stack,
) -> None:
    workflow_id = new_id()
    async with await stack.client() as client, working(client, workflows=[Collect]) as worker:
        start = {"workflow_type": "Collect", "task_queue": worker.task_queue, "input": [1]}
        record = as_json(start, key=workflow_id)
        signal = as_json({"action": "signal", "signal_name": "add", "input": ["a"]}, workflow_id)
        publish(stack.address, stack.topic("ingress"), [record, record, record, signal])
        handle = client.get_workflow_handle(workflow_id, result_type=list[str])
        await known(handle)
        assert await handle.result() == ["a"]
        assert starts_of(stack, workflow_id) == 1
        run_id = (await handle.describe()).run_id
        # The repeated record opens a run; one before it, whose policy forbids that, does not.
        refused = as_json({**start, "workflow_id_reuse_policy": "REJECT_DUPLICATE"}, workflow_id)
        publish(stack.address, stack.topic("ingress"), [refused, record])
        await eventually(lambda: is_other_run(handle, run_id))
        assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
        await handle.terminate()
        assert starts_of(stack, workflow_id) == 2


async def is_other_run(handle: Handle, run_id: str) -> bool:
    """The workflow's current run is not `run_id` any more."""
    return (await handle.describe()).run_id != run_id


def starts_of(stack: Stack, workflow_id: str) -> int:
    """How many runs of a workflow the history topic knows."""
    with reading(stack.address, stack.topic("history")) as log:
        firsts = [r for r in log.all() if r.key.endswith(b"/1") and r.value]
    events = [decode(r.value or b"") for r in firsts]
    return sum(event.workflow_id == workflow_id for event in events)
