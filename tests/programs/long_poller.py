"""A long poller: an activity that watches a job, heartbeats, and goes on where it was cut off."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.worker import Worker

TASK_QUEUE = "jobs"


@dataclass
class Progress:
    percent: int
    polls: int


@dataclass
class Job:
    """A job elsewhere, and the attempts that watched it: (attempt, percent at its begin)."""

    percent: int = 0
    attempts: list[tuple[int, int]] = field(default_factory=list)


class Poller:
    def __init__(self, job: Job) -> None:
        self.job = job

    @activity.defn(name="poll-job")
    async def poll(self, name: str) -> Progress:
        progress = Progress(0, 0)
        if activity.info().heartbeat_details:
            progress = Progress(**activity.info().heartbeat_details[0])
        self.job.attempts.append((activity.info().attempt, progress.percent))
        while progress.percent < 100:
            self.job.percent += 10
            progress = Progress(self.job.percent, progress.polls + 1)
            activity.heartbeat(progress)
            if progress.percent == 40 and activity.info().attempt == 1:
                raise ConnectionError(f"lost sight of {name}")
            if progress.percent == 70 and activity.info().attempt == 2:
                await asyncio.Event().wait()  # Hangs: no heartbeat comes any more.
            await asyncio.sleep(0.01)
        return progress


@workflow.defn
class WatchJob:
    @workflow.run
    async def run(self, name: str) -> Progress:
        return await workflow.execute_activity_method(
            Poller.poll,
            name,
            schedule_to_close_timeout=timedelta(hours=1),
            heartbeat_timeout=timedelta(seconds=2),
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=100)),
        )


async def main(client: Client) -> tuple[Progress, Job]:
    """The first attempt fails, the second one hangs, the third one sees the end."""
    poller = Poller(Job())
    async with Worker(
        client, task_queue=TASK_QUEUE, workflows=[WatchJob], activities=[poller.poll]
    ):
        progress = await client.execute_workflow(
            WatchJob.run, "nightly", id="watch-job", task_queue=TASK_QUEUE
        )
        return progress, poller.job
