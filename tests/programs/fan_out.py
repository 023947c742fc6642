"""A batch: one activity for each of thousands of items, a thousand at a time; one of them fails."""

import asyncio
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError
from temporalio.worker import Worker

TASK_QUEUE = "batches"
AT_ONCE = 1000  # A workflow may have 2,000 pending activities.


@activity.defn
async def square(number: int) -> int:
    if number == 13:
        raise ValueError("unlucky")
    return number * number


@workflow.defn
class Batch:
    @workflow.run
    async def run(self, size: int) -> tuple[int, list[int]]:
        total = 0
        failed: list[int] = []
        for begin in range(0, size, AT_ONCE):
            numbers = range(begin, min(begin + AT_ONCE, size))
            results = await asyncio.gather(*map(self._square, numbers), return_exceptions=True)
            for number, result in zip(numbers, results, strict=True):
                if isinstance(result, ActivityError):
                    failed.append(number)
                elif isinstance(result, BaseException):
                    raise result
                else:
                    total += result
        return total, failed

    async def _square(self, number: int) -> int:
        return await workflow.execute_activity(
            square,
            number,
            start_to_close_timeout=timedelta(minutes=5),
            retry_policy=RetryPolicy(maximum_attempts=1),
        )


async def main(client: Client, size: int = 5000) -> tuple[int, list[int]]:
    """The sum of all squares but one, and which one is missing."""
    async with Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[Batch],
        activities=[square],
        max_concurrent_activities=500,
    ):
        return await client.execute_workflow(Batch.run, size, id="batch", task_queue=TASK_QUEUE)
