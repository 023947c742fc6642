"""The worker of the benchmark: activities that do nothing, one, five or thousands, and signals.

python -m bench.worker --bootstrap-servers localhost:9092
"""

import argparse
import asyncio
from datetime import timedelta

from bench.scenarios import TASK_QUEUE
from duralog import activity, workflow
from duralog.client import Client
from duralog.worker import Worker


@activity.defn
async def echo(text: str) -> str:
    """Give back what came."""
    return text


@workflow.defn
class BenchK1:
    """One activity."""

    @workflow.run
    async def run(self, text: str) -> str:
        """Echo once."""
        return await workflow.execute_activity(
            echo, text, start_to_close_timeout=timedelta(seconds=60)
        )


@workflow.defn
class BenchK5:
    """Five activities, one after the other."""

    @workflow.run
    async def run(self, text: str) -> str:
        """Echo five times."""
        for _ in range(5):
            text = await workflow.execute_activity(
                echo, text, start_to_close_timeout=timedelta(seconds=60)
            )
        return text


@workflow.defn
class FanOut:
    """Activities at once."""

    @workflow.run
    async def run(self, size: int) -> int:
        """How many have echoed."""
        span = timedelta(minutes=15)
        echoes = (
            workflow.execute_activity(echo, "x", start_to_close_timeout=span) for _ in range(size)
        )
        return len(await asyncio.gather(*echoes))


@workflow.defn
class ManyTimers:
    """Timers, fifty at once, one fifty after the other."""

    @workflow.run
    async def run(self, size: int) -> int:
        """How many have fired."""
        fired = 0
        while fired < size:
            await asyncio.gather(*(asyncio.sleep(0.001) for _ in range(50)))
            fired += 50
        return fired


async def main() -> None:
    """Serve the queue until the process is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap-servers", required=True)
    arguments = parser.parse_args()
    client = await Client.connect(arguments.bootstrap_servers)
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[BenchK1, BenchK5, FanOut, ManyTimers],
        activities=[echo],
        max_concurrent_activities=500,
        max_concurrent_workflow_tasks=200,
    )
    print("ready", flush=True)
    await worker.run()


if __name__ == "__main__":
    asyncio.run(main())
