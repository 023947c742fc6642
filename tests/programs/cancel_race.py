"""A race: the first answer wins and the others are cancelled; the whole may be cancelled too."""

import asyncio
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import CancelledError, is_cancelled_exception
from temporalio.worker import Worker
from temporalio.workflow import ActivityCancellationType

TASK_QUEUE = "races"


class Couriers:
    """Some answer at once, others ride until they are called back."""

    def __init__(self) -> None:
        self.events: list[str] = []

    @activity.defn
    async def ride(self, name: str) -> str:
        if name == "fast":
            return name
        try:
            while True:
                activity.heartbeat()
                await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            details = activity.cancellation_details()
            if details is not None and details.cancel_requested:
                self.events.append(f"{name} called back")
            raise

    @activity.defn
    async def tidy_up(self, reason: str) -> None:
        self.events.append(f"tidied up: {reason}")


@workflow.defn
class Race:
    @workflow.run
    async def run(self, names: list[str]) -> str:
        riders = [
            workflow.start_activity_method(
                Couriers.ride,
                name,
                start_to_close_timeout=timedelta(hours=1),
                heartbeat_timeout=timedelta(seconds=5),
                cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            )
            for name in names
        ]
        try:
            done, pending = await workflow.wait(riders, return_when=asyncio.FIRST_COMPLETED)
            for rider in pending:
                rider.cancel()
            await asyncio.gather(*pending, return_exceptions=True)
            return done[0].result()
        except BaseException as error:
            if is_cancelled_exception(error):
                for rider in riders:
                    rider.cancel()
                await asyncio.gather(*riders, return_exceptions=True)
                await asyncio.shield(self._tidy_up("race called off"))
            raise

    async def _tidy_up(self, reason: str) -> None:
        await workflow.execute_activity_method(
            Couriers.tidy_up, reason, start_to_close_timeout=timedelta(seconds=10)
        )


async def main(client: Client) -> tuple[str, bool, list[str]]:
    """The winner of one race; whether the other one was cancelled; what the couriers noticed."""
    couriers = Couriers()
    async with Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[Race],
        activities=[couriers.ride, couriers.tidy_up],
    ):
        winner = await client.execute_workflow(
            Race.run, ["slow", "fast"], id="race-won", task_queue=TASK_QUEUE
        )
        handle = await client.start_workflow(
            Race.run, ["lame", "lost"], id="race-off", task_queue=TASK_QUEUE
        )
        while (await handle.describe()).history_length < 6:  # Until both have been sent for.
            await asyncio.sleep(0.05)
        await handle.cancel()
        try:
            await handle.result()
        except WorkflowFailureError as error:
            return winner, isinstance(error.cause, CancelledError), couriers.events
        return winner, False, couriers.events
