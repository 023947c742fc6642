"""Workers that come and go: what they hold is finished or handed over, nothing is lost."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from duralog import activity, workflow
from duralog.client import Client
from duralog.worker import Worker
from integration.stack import Stack, new_id

EXECUTIONS: Counter[str] = Counter()


@activity.defn
async def work(name: str) -> str:
    EXECUTIONS[name] += 1
    await asyncio.sleep(0.3)
    return name


@workflow.defn
class Work:
    @workflow.run
    async def run(self, name: str) -> list[str]:
        first = await workflow.execute_activity(
            work, f"{name}-1", start_to_close_timeout=timedelta(minutes=2)
        )
        second = await workflow.execute_activity(
            work, f"{name}-2", start_to_close_timeout=timedelta(minutes=2)
        )
        return [first, second]


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[Client]:
    async with await Client.connect(stack.address, prefix=stack.prefix) as client:
        yield client


def new_worker(client: Client, task_queue: str, *, grace_seconds: float = 0) -> Worker:
    return Worker(
        client,
        task_queue=task_queue,
        workflows=[Work],
        activities=[work],
        max_concurrent_activities=5,
        graceful_shutdown_timeout=timedelta(seconds=grace_seconds),
    )


async def start(client: Client, queue: str, names: list[str]) -> "asyncio.Future[list[list[str]]]":
    """Start all; the future has their results."""
    handles = [
        await client.start_workflow(Work.run, name, id=name, task_queue=queue) for name in names
    ]
    return asyncio.gather(*(handle.result() for handle in handles))


@pytest.mark.parametrize("grace_seconds", [0, 10])
async def test_workers_come_and_go(client: Client, grace_seconds: float) -> None:
    queue, names = new_id("queue"), [new_id() for _ in range(20)]
    workers = [new_worker(client, queue, grace_seconds=grace_seconds) for _ in range(4)]
    running = [asyncio.create_task(workers[0].run())]
    results = await start(client, queue, names)
    for leaving, coming in itertools.pairwise(workers):
        running.append(asyncio.create_task(coming.run()))
        await asyncio.sleep(1.0)  # So that there is a middle to leave in.
        await leaving.shutdown()
    assert await asyncio.wait_for(results, 60) == [[f"{n}-1", f"{n}-2"] for n in names]
    await workers[-1].shutdown()
    await asyncio.gather(*running)
    executions = [EXECUTIONS[f"{name}-{n}"] for name in names for n in (1, 2)]
    assert min(executions) == 1
    if grace_seconds:
        assert max(executions) == 1
