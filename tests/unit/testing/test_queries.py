"""Queries of open and closed workflows, against the real engine in this process."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest

from duralog import workflow
from duralog.client import (
    RPCError,
    RPCStatusCode,
    WorkflowExecutionStatus,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
)
from duralog.common import QueryRejectCondition, RawValue
from duralog.testing import WorkflowEnvironment
from duralog.worker import Worker

QUEUE = "q"


@workflow.defn
class Basket:
    """Collects names until it is told to end."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.ended = False

    @workflow.run
    async def run(self, large: int = 0) -> str:
        workflow.set_query_handler("set at run time", lambda: "here")
        workflow.set_dynamic_query_handler(self.anything)
        await workflow.wait_condition(lambda: self.ended)
        return "x" * large

    @workflow.signal
    def add(self, name: str) -> None:
        self.names.append(name)

    @workflow.signal
    def end(self) -> None:
        self.ended = True

    @workflow.query(description="how many names there are")
    def count(self) -> int:
        return len(self.names)

    @workflow.query
    def named(self, index: int) -> str:
        return self.names[index]

    @workflow.query(name="joined by")
    def joined(self, first: str, last: str) -> str:
        return first.join(self.names) + last

    @workflow.query
    def bad(self) -> None:
        raise ValueError("no such thing")

    @workflow.query
    def changes(self) -> None:
        workflow.set_query_handler("another", None)

    @workflow.query
    def sleeps(self) -> None:
        asyncio.get_running_loop().call_later(1, print)

    @workflow.query
    def huge(self) -> str:
        return "x" * 3_000_000

    def anything(self, name: str, args: Sequence[RawValue]) -> str:
        return f"{name} of {len(args)}"


@workflow.defn
class Broken:
    @workflow.run
    async def run(self) -> None:
        raise RuntimeError("a bug")


@pytest.fixture
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    environment = await WorkflowEnvironment.start_time_skipping()
    async with environment:
        yield environment


def worker(environment: WorkflowEnvironment, *, cached: int = 100) -> Worker:
    return Worker(
        environment.client,
        task_queue=QUEUE,
        workflows=[Basket, Broken],
        max_cached_workflows=cached,
    )


@pytest.mark.parametrize("cached", [100, 0])
async def test_a_query_sees_every_signal_before_it(
    environment: WorkflowEnvironment, cached: int
) -> None:
    client = environment.client
    async with worker(environment, cached=cached):
        handle = await client.start_workflow(Basket.run, 0, id="b", task_queue=QUEUE)
        for number in range(5):
            await handle.signal(Basket.add, f"n{number}")
            assert await handle.query(Basket.count) == number + 1
        # Its history has become too long to travel whole.
        await handle.signal(Basket.add, "x" * 20_000)
        assert await handle.query(Basket.count) == 6
        assert await handle.query(Basket.count) == 6
        assert await handle.query(Basket.named, 3) == "n3"
        with pytest.raises(WorkflowQueryFailedError, match="no such thing"):
            await handle.query(Basket.bad)
        await handle.signal(Basket.end)
        await handle.result()
        assert await handle.query(Basket.count) == 6, "of a closed workflow"
        history = await handle.fetch_history()
        kinds = {type(event).__name__ for event in history.events}
        assert not any("Query" in kind for kind in kinds), "a query leaves no event"


async def test_many_queries_and_signals_at_once(environment: WorkflowEnvironment) -> None:
    async with worker(environment):
        handle = await environment.client.start_workflow(Basket.run, 0, id="b", task_queue=QUEUE)

        async def one(number: int) -> None:
            await handle.signal(Basket.add, str(number))
            seen = await handle.query("joined by", args=[",", ""])
            assert str(number) in seen.split(",")

        await asyncio.gather(*(one(number) for number in range(40)))
        assert await handle.query(Basket.count) == 40


async def test_handlers_of_all_kinds(environment: WorkflowEnvironment) -> None:
    async with worker(environment):
        handle = await environment.client.start_workflow(Basket.run, 0, id="b", task_queue=QUEUE)
        await handle.signal(Basket.add, "a")
        assert await handle.query("joined by", args=["+", "!"]) == "a!"
        assert await handle.query(Basket.joined, args=["+", "!"]) == "a!"
        assert await handle.query("set at run time") == "here"
        assert await handle.query("unheard of", args=[1, 2]) == "unheard of of 2"
        assert "wait_condition" in await handle.query("__stack_trace")
        metadata = await handle.query("__temporal_workflow_metadata")
        assert {"name": "count", "description": "how many names there are"} in metadata[
            "definition"
        ]["queryDefinitions"]


@pytest.mark.parametrize(
    ("query", "text"),
    [("changes", "read-only.*set query handler"), ("sleeps", "schedule timer"), ("huge", "limit")],
)
async def test_a_query_that_may_not_be_fails_and_harms_nothing(
    environment: WorkflowEnvironment, query: str, text: str
) -> None:
    async with worker(environment):
        handle = await environment.client.start_workflow(Basket.run, 0, id="b", task_queue=QUEUE)
        with pytest.raises(WorkflowQueryFailedError, match=text):
            await handle.query(query)
        await handle.signal(Basket.end)
        assert await handle.result() == ""


async def test_reject_conditions(environment: WorkflowEnvironment) -> None:
    not_open, cleanly = QueryRejectCondition.NOT_OPEN, QueryRejectCondition.NOT_COMPLETED_CLEANLY
    async with worker(environment):
        handle = await environment.client.start_workflow(Basket.run, 0, id="b", task_queue=QUEUE)
        assert await handle.query(Basket.count, reject_condition=not_open) == 0
        await handle.signal(Basket.end)
        await handle.result()
        assert await handle.query(Basket.count, reject_condition=cleanly) == 0
        with pytest.raises(WorkflowQueryRejectedError) as rejected:
            await handle.query(Basket.count, reject_condition=not_open)
        assert rejected.value.status is WorkflowExecutionStatus.COMPLETED
        other = await environment.client.start_workflow(Basket.run, 0, id="c", task_queue=QUEUE)
        assert await other.query(Basket.count) == 0
        await other.terminate()
        assert await other.query(Basket.count) == 0
        with pytest.raises(WorkflowQueryRejectedError):
            await other.query(Basket.count, reject_condition=cleanly)


async def test_without_a_worker_the_error_says_so(environment: WorkflowEnvironment) -> None:
    handle = await environment.client.start_workflow(Basket.run, 0, id="b", task_queue=QUEUE)
    with pytest.raises(RPCError, match="no worker answered") as late:
        await handle.query(Basket.count, rpc_timeout=timedelta(seconds=0.3))
    assert late.value.status is RPCStatusCode.DEADLINE_EXCEEDED


async def test_a_workflow_that_nobody_can_run_is_not_queried(
    environment: WorkflowEnvironment,
) -> None:
    async with worker(environment):
        handle = await environment.client.start_workflow(Broken.run, id="b", task_queue=QUEUE)
        with pytest.raises(RPCError, match="attempt") as refused:
            await handle.query("anything")  # It waits while the first attempts may still succeed.
        assert refused.value.status is RPCStatusCode.FAILED_PRECONDITION
