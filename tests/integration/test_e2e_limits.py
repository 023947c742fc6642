"""Odd names, floods and small workers on a real Kafka: nothing is lost or stands in the way."""

import asyncio
import threading
from datetime import timedelta

import pytest

from duralog import activity, workflow
from duralog.client import WorkflowFailureError
from duralog.exceptions import ActivityError, TimeoutError, TimeoutType
from integration.programs import SHORT, Echo, echo
from integration.stack import Stack, check_gap_free, new_id, working

SIGNALS = 250  # More than a run holds back while a Workflow Task is out.


@pytest.mark.parametrize(
    ("workflow_id", "queue"),
    [
        ("Bestellung/größer als 7 & mehr", "Aufträge der Küche"),
        ("i" * 1000, "q" * 1000),
        ("..", "a.b_c"),
    ],
    ids=["umlauts", "long", "dots"],
)
async def test_any_text_names_a_workflow_and_a_queue(
    stack: Stack, workflow_id: str, queue: str
) -> None:
    async with (
        await stack.client() as client,
        working(client, workflows=[Echo], activities=[echo], task_queue=queue),
    ):
        handle = await client.start_workflow(Echo.run, "ñ", id=workflow_id, task_queue=queue)
        assert await handle.result() == "ñ"
        description = await handle.describe()
    assert (description.id, description.task_queue) == (workflow_id, queue)


GATE = threading.Event()
REACHED = threading.Event()


@workflow.defn
class Slow:
    """Its first task is out until the gate opens; then it waits for all signals."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    @workflow.signal
    async def add(self, number: int) -> None:
        self.numbers.append(number)

    @workflow.run
    async def run(self) -> list[int]:
        REACHED.set()
        GATE.wait(10)
        await workflow.wait_condition(lambda: len(self.numbers) >= SIGNALS)
        return self.numbers


async def test_a_flood_of_signals_while_a_task_is_out(stack: Stack) -> None:
    async with await stack.client() as client, working(client, workflows=[Slow]) as worker:
        handle = await client.start_workflow(Slow.run, id=new_id(), task_queue=worker.task_queue)
        assert await asyncio.to_thread(REACHED.wait, 20)
        for begin in range(0, SIGNALS, 50):
            signals = (handle.signal(Slow.add, begin + n) for n in range(50))
            await asyncio.gather(*signals)
        GATE.set()
        assert await handle.result() == list(range(SIGNALS))
        check_gap_free(await handle.fetch_history())


@workflow.defn
class Queue:
    """More activities than its worker has places for."""

    @workflow.run
    async def run(self, count: int) -> list[str]:
        calls = (
            workflow.execute_activity(echo, str(n), start_to_close_timeout=SHORT)
            for n in range(count)
        )
        return list(await asyncio.gather(*calls))


async def test_a_worker_with_one_place_does_all_in_turn(stack: Stack) -> None:
    async with (
        await stack.client() as client,
        working(
            client,
            workflows=[Queue],
            activities=[echo],
            max_concurrent_activities=1,
            max_concurrent_workflow_tasks=1,
        ) as worker,
    ):
        runs = [
            client.execute_workflow(Queue.run, 20, id=new_id(), task_queue=worker.task_queue)
            for _ in range(3)
        ]
        expected = [str(n) for n in range(20)]
        assert await asyncio.gather(*runs) == [expected] * 3


@workflow.defn
class Nobody:
    """An activity that nobody starts in time."""

    @workflow.run
    async def run(self, queue: str, wait_s: int) -> None:
        await workflow.execute_activity(
            echo,
            "never",
            task_queue=queue,
            start_to_close_timeout=SHORT,
            schedule_to_start_timeout=timedelta(seconds=wait_s),
        )


@pytest.mark.parametrize("exists", [False, True], ids=["no topic", "no worker"])
async def test_an_activity_nobody_starts_times_out(stack: Stack, exists: bool) -> None:
    queue = new_id("nobody")
    async with await stack.client() as client, working(client, workflows=[Nobody]) as worker:
        if exists:  # It leaves the topic behind.
            async with working(client, activities=[echo], task_queue=queue):
                await client.execute_workflow(
                    Nobody.run, args=[queue, 20], id=new_id(), task_queue=worker.task_queue
                )
        with pytest.raises(WorkflowFailureError) as raised:
            await client.execute_workflow(
                Nobody.run, args=[queue, 1], id=new_id(), task_queue=worker.task_queue
            )
    assert isinstance(raised.value.cause, ActivityError)
    assert isinstance(raised.value.cause.cause, TimeoutError)
    assert raised.value.cause.cause.type is TimeoutType.SCHEDULE_TO_START


@activity.defn
async def bare() -> None:
    """Takes and returns nothing."""


@activity.defn
async def raw(data: bytes) -> bytes:
    """Bytes as they are."""
    return data[::-1]


@workflow.defn
class Shapes:
    """Values that are not JSON text."""

    @workflow.run
    async def run(self, data: bytes) -> bytes:
        nothing: object = await workflow.execute_activity(bare, start_to_close_timeout=SHORT)
        assert nothing is None
        return await workflow.execute_activity(raw, data, start_to_close_timeout=SHORT)


async def test_nothing_and_bytes_are_values_too(stack: Stack) -> None:
    async with (
        await stack.client() as client,
        working(client, workflows=[Shapes], activities=[bare, raw]) as worker,
    ):
        result = await client.execute_workflow(
            Shapes.run, b"\x00\xff", id=new_id(), task_queue=worker.task_queue
        )
    assert result == b"\xff\x00"
