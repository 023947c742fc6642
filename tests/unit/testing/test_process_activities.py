"""Sync Activities in other processes: context, heartbeats, errors and cancellation reach across."""

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from duralog import workflow
from duralog.client import Client
from duralog.common import RetryPolicy
from duralog.testing import WorkflowEnvironment
from duralog.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    SharedStateManager,
    Worker,
)
from unit.testing import in_processes

pytestmark = pytest.mark.slow  # A process of Python's takes a second to start.
SPAWN = multiprocessing.get_context("spawn")
LONG = timedelta(minutes=1)


@workflow.defn
class Work:
    """Runs one Activity in another process, as named."""

    def __init__(self) -> None:
        self.stop = False

    @workflow.run
    async def run(self, name: str, args: list[Any]) -> Any:
        handle = workflow.start_activity(
            name,
            args=args,
            start_to_close_timeout=LONG,
            heartbeat_timeout=LONG,
            retry_policy=RetryPolicy(maximum_attempts=2, initial_interval=timedelta(seconds=1)),
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        )
        if name == "until_cancelled":
            await workflow.wait_condition(lambda: self.stop)
            handle.cancel()
        return await handle

    @workflow.signal
    def end(self) -> None:
        self.stop = True


class Counting(Interceptor):
    """Sees the Activity before it leaves for its process."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        seen = self.seen

        class Inbound(ActivityInboundInterceptor):
            async def execute_activity(self, input: ExecuteActivityInput) -> Any:
                seen.append(type(input.executor))
                return await super().execute_activity(input)

        return Inbound(next)


@pytest.fixture(scope="module")
def manager() -> Iterator[SharedStateManager]:
    with SPAWN.Manager() as manager:
        yield SharedStateManager.create_from_multiprocessing(manager)


def worker_of(
    client: Client, executor: ProcessPoolExecutor, manager: SharedStateManager, **options: Any
) -> Worker:
    return Worker(
        client,
        task_queue="q",
        workflows=[Work],
        activities=[in_processes.count_up, in_processes.until_cancelled, in_processes.crash],
        activity_executor=executor,
        shared_state_manager=manager,
        **options,
    )


async def test_an_activity_runs_in_another_process(manager: SharedStateManager) -> None:
    counting = Counting()
    with ProcessPoolExecutor(1, mp_context=SPAWN) as executor:
        async with (
            await WorkflowEnvironment.start_time_skipping() as environment,
            worker_of(environment.client, executor, manager, interceptors=[counting]),
        ):
            client = environment.client
            pid, begin, attempt = await client.execute_workflow(
                Work.run, args=["count_up", [5]], id="c", task_queue="q"
            )
            assert pid != os.getpid()
            assert (begin, attempt) == (6, 2), "the first attempt's heartbeat came with its failure"
            assert counting.seen == [ProcessPoolExecutor] * 2
            handle = await client.start_workflow(
                Work.run, args=["until_cancelled", []], id="u", task_queue="q"
            )
            await handle.signal(Work.end)
            assert await handle.result() == "stopped"


async def test_a_worker_whose_processes_are_gone_stops(manager: SharedStateManager) -> None:
    with ProcessPoolExecutor(1, mp_context=SPAWN) as executor:
        async with await WorkflowEnvironment.start_time_skipping() as environment:
            worker = worker_of(environment.client, executor, manager)
            await environment.client.start_workflow(
                Work.run, args=["crash", []], id="x", task_queue="q"
            )
            with pytest.raises(RuntimeError, match="its activity_executor is broken"):
                await worker.run()
