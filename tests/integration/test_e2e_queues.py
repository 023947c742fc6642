"""Nobody there: a mistyped task queue, no worker, no engine; each says what is the matter."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions, NewTopic

from duralog import workflow
from duralog.client import Client, RPCError, RPCStatusCode, WorkflowHandle
from duralog.connectors.embedded import EmbeddedKafka
from duralog.schemas.identifiers import partition_of
from integration.programs import Echo, echo
from integration.records import reading
from integration.stack import Stack, new_id, working

LONG = timedelta(seconds=61)  # The engine calls a task stalled that nobody took for a minute.


@workflow.defn
class Elsewhere:
    """An activity of another queue."""

    @workflow.run
    async def run(self, task_queue: str) -> str:
        """What the activity returns."""
        return await workflow.execute_activity(
            echo, "elsewhere", task_queue=task_queue, start_to_close_timeout=LONG
        )


async def no_result(handle: WorkflowHandle[Any, Any]) -> None:
    """Wait for a result that does not come."""
    with pytest.raises(RPCError) as raised:
        await handle.result(rpc_timeout=LONG)
    assert raised.value.status is RPCStatusCode.DEADLINE_EXCEEDED


async def test_a_mistyped_task_queue_is_told_and_stops_nobody_else(stack: Stack) -> None:
    ours, theirs = new_id("tpyo"), new_id("tpyo")
    async with await stack.client() as client:
        late = await client.start_workflow(Echo.run, "late", id=new_id(), task_queue=ours)
        with reading(stack.address, stack.topic("pending")) as log:
            # The topic is missing at first, which is told at once; the engine creates it.
            log.until(
                lambda seen: any(f"no queue '{ours}'".encode() in (r.value or b"") for r in seen)
            )
        async with working(client, workflows=[Echo, Elsewhere], activities=[echo]) as worker:
            queue = worker.task_queue
            waits = await client.start_workflow(
                Elsewhere.run, theirs, id=new_id(), task_queue=queue
            )
            await asyncio.gather(no_result(late), no_result(waits))
            stalled = (await late.describe()).stalled
            pending = (await waits.describe()).pending_activities
            other = await client.execute_workflow(Echo.run, "on", id=new_id(), task_queue=queue)
            async with (
                working(client, workflows=[Echo], activities=[echo], task_queue=ours),
                working(client, activities=[echo], task_queue=theirs),
            ):
                assert [await late.result(), await waits.result()] == ["late", "elsewhere"]
    assert f"no worker took the task from queue '{ours}' for 6" in stalled
    assert [f"queue '{theirs}'" in a.stalled for a in pending] == [True]
    assert other == "on"


async def test_starts_without_a_worker_wait_for_one(stack: Stack) -> None:
    queue = new_id("empty")
    async with await stack.client() as client:
        handles = [
            await client.start_workflow(Echo.run, str(n), id=new_id(), task_queue=queue)
            for n in range(3)
        ]
        async with working(client, workflows=[Echo], activities=[echo], task_queue=queue):
            assert [await handle.result() for handle in handles] == ["0", "1", "2"]


async def test_without_an_engine_the_error_says_what_is_known(
    kafka: EmbeddedKafka, tmp_path: Path
) -> None:
    with Stack(address=kafka.bootstrap_servers, prefix=new_id("none"), directory=tmp_path) as stack:
        with pytest.raises(RPCError, match="is missing: run 'duralog topics apply'") as raised:
            await stack.client()
        assert raised.value.status is RPCStatusCode.UNAVAILABLE
        stack.create_topics()
        async with await stack.client() as client:
            text = rf"the start is on {stack.topic('requests')}\[\d\]@0, no engine answered in 1 s"
            workflow_id = new_id()
            with pytest.raises(RPCError, match=text) as raised:
                await client.start_workflow(
                    Echo.run, "x", id=workflow_id, task_queue="q", rpc_timeout=timedelta(seconds=1)
                )
            assert "is 'duralog engine' running?" in str(raised.value)
            assert raised.value.status is RPCStatusCode.DEADLINE_EXCEEDED
            stack.start_engine()  # It was not lost.
            handle = client.get_workflow_handle(workflow_id)
            assert (await handle.describe()).workflow_type == "Echo"


async def test_without_kafka_the_error_says_where_it_looked() -> None:
    with pytest.raises(RPCError, match=r"no Kafka broker answered at 127\.0\.0\.1:1 "):
        await Client.connect("127.0.0.1:1")


def test_the_command_line_says_the_same(kafka: EmbeddedKafka, tmp_path: Path) -> None:
    with Stack(address=kafka.bootstrap_servers, prefix=new_id("none"), directory=tmp_path) as stack:
        stack.create_topics()
        start = [
            "workflow",
            "start",
            "--type",
            "Echo",
            "--task-queue",
            "q",
            "--command-timeout",
            "1s",
        ]
        done = stack.duralog(*start)
        assert done.returncode == 1
        errors = done.stderr.strip().splitlines()
        assert len(errors) == 1, done.stderr
        assert "is 'duralog engine' running?" in errors[0]


async def test_a_topic_that_somebody_made_too_small_waits_until_it_is_grown(
    stack: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    queue = new_id("small")
    topic = stack.topic(f"workflow-tasks.{queue}")
    admin = AdminClient({"bootstrap.servers": stack.address})
    admin.create_topics([NewTopic(topic, 1)])[topic].result(30)
    some = [new_id() for _ in range(50)]
    ids = [next(i for i in some if partition_of(i, 2) == p) for p in (0, 1)]
    async with await stack.client() as client:
        handles = [
            await client.start_workflow(Echo.run, "x", id=workflow_id, task_queue=queue)
            for workflow_id in ids
        ]
        for handle in handles:
            assert "too few partitions" in (await handle.describe()).stalled
        async with working(client, workflows=[Echo], activities=[echo], task_queue=queue):
            for _ in range(300):
                if f"{topic} has 1 of the 2 partitions" in caplog.text:
                    break
                await asyncio.sleep(0.1)
            assert f"{topic} has 1 of the 2 partitions" in caplog.text
            admin.create_partitions([NewPartitions(topic, 2)])[topic].result(30)
            assert [await h.result() for h in handles] == ["x"] * len(handles)
