"""A Worker's life: it starts once, stops in order, and says why when it cannot go on."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from duralog import activity, workflow
from duralog.client import Client
from duralog.connectors.clock import now_ms
from duralog.schemas.requests import RespondActivityTaskCompleted
from duralog.schemas.tasks import ActivityTask
from duralog.worker import Worker
from duralog.workers.heartbeats import HeartbeatThread
from unit.workers.desk import Desk, open_channel


@activity.defn
async def echo(text: str) -> str:
    return text


@workflow.defn
class Echo:
    @workflow.run
    async def run(self, text: str) -> str:
        return text


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[Client]:
    channel = await asyncio.to_thread(open_channel, desk)
    async with Client(channel) as client:
        yield client


def new_worker(client: Client) -> Worker:
    return Worker(client, task_queue="q", activities=[echo], workflows=[Echo])


async def test_it_needs_something_to_run(client: Client) -> None:
    with pytest.raises(ValueError, match="At least one activity or workflow"):
        Worker(client, task_queue="q")


async def test_it_works_within_its_block_and_is_shut_down_after(client: Client, desk: Desk) -> None:
    async with new_worker(client) as worker:
        assert worker.is_running
        desk.put(
            ActivityTask(
                workflow_id="w",
                run_id="r",
                workflow_type="W",
                task_queue="q",
                partition=0,
                activity_id="1",
                activity_type="echo",
                scheduled_event_id=5,
                attempt=1,
                dispatch_time_ms=now_ms(),
                input=client.data_converter.to_payloads(["x"]),
            )
        )
        await asyncio.to_thread(desk.wait_for, RespondActivityTaskCompleted)
    assert worker.is_shutdown
    assert not worker.is_running


async def test_shutdown_ends_run(client: Client) -> None:
    worker = new_worker(client)
    run = asyncio.create_task(worker.run())
    await asyncio.sleep(0)
    await worker.shutdown()
    await run


async def test_cancelling_run_shuts_it_down(client: Client) -> None:
    worker = new_worker(client)
    run = asyncio.create_task(worker.run())
    await asyncio.sleep(0)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert worker.is_shutdown


async def test_it_runs_only_once(client: Client) -> None:
    worker = new_worker(client)
    async with worker:
        with pytest.raises(RuntimeError, match="Already started"):
            await worker.run()


async def test_what_never_ran_cannot_be_shut_down(client: Client) -> None:
    with pytest.raises(RuntimeError, match="has not been started"):
        await new_worker(client).shutdown()


async def test_an_error_in_the_block_is_the_blocks(client: Client) -> None:
    with pytest.raises(ZeroDivisionError):
        async with new_worker(client):
            raise ZeroDivisionError


async def test_when_it_cannot_go_on_the_block_ends_with_the_reason(client: Client) -> None:
    told: list[BaseException] = []

    async def tell(error: BaseException) -> None:
        told.append(error)

    config = new_worker(client).config()
    config["on_fatal_error"] = tell
    worker = Worker(**config)

    async def work() -> None:
        async with worker:
            worker._fail("no thread is left")
            await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="the worker of 'q' stopped: no thread is left"):
        await work()
    assert len(told) == 1
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_its_config_makes_another_one(client: Client) -> None:
    config = new_worker(client).config()
    assert config["max_concurrent_activities"] is None
    config["task_queue"] = "other"
    config["max_concurrent_activities"] = 0
    with pytest.raises(ValueError, match="max_concurrent_activities must be at least 1"):
        Worker(**config)
    config["max_concurrent_activities"] = 7
    assert Worker(**config).task_queue == "other"
    assert new_worker(client).config()["task_queue"] == "q"


async def test_a_client_makes_another_one_of_its_connection(client: Client) -> None:
    config = client.config()
    config["namespace"] = "other"
    other = Client(**config)
    assert (other.namespace, client.namespace) == ("other", "default")
    assert other.channel is client.channel


async def test_a_worker_of_local_activities_takes_no_others(client: Client) -> None:
    config = new_worker(client).config()
    config["no_remote_activities"] = True
    async with Worker(**config) as worker:
        assert worker._activity_runner(worker._activity_setup(HeartbeatThread())) is None
