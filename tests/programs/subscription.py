"""A subscription: charged each period, steered by signals, until the customer leaves."""

from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker

TASK_QUEUE = "subscriptions"


@dataclass
class Customer:
    name: str
    amount: int
    period_seconds: float
    periods_max: int = 12


@activity.defn
async def charge(name: str, amount: int) -> int:
    activity.logger.info("charging %s", name)
    return amount


@activity.defn
async def send_email(name: str, text: str) -> str:
    return f"Dear {name}: {text}"


@workflow.defn
class Subscription:
    @workflow.init
    def __init__(self, customer: Customer) -> None:
        self.amount = customer.amount
        self.is_cancelled = False

    @workflow.signal
    def change_amount(self, amount: int) -> None:
        self.amount = amount

    @workflow.signal(name="cancel-subscription")
    async def cancel(self) -> None:
        self.is_cancelled = True

    @workflow.run
    async def run(self, customer: Customer) -> tuple[list[int], str]:
        charges: list[int] = []
        while len(charges) < customer.periods_max:
            charges.append(
                await workflow.execute_activity(
                    charge,
                    args=[customer.name, self.amount],
                    start_to_close_timeout=timedelta(seconds=10),
                )
            )
            try:
                await workflow.wait_condition(
                    lambda: self.is_cancelled, timeout=customer.period_seconds
                )
                break
            except TimeoutError:
                workflow.logger.debug("another period")
        letter = await workflow.execute_activity(
            send_email,
            args=[customer.name, "goodbye" if self.is_cancelled else "time is up"],
            start_to_close_timeout=timedelta(seconds=10),
        )
        return charges, letter


async def main(
    client: Client, period: timedelta = timedelta(days=30)
) -> list[tuple[list[int], str]]:
    """One customer stays for three periods; another changes the amount and leaves at once."""
    async with Worker(
        client, task_queue=TASK_QUEUE, workflows=[Subscription], activities=[charge, send_email]
    ):
        stays = await client.start_workflow(
            Subscription.run,
            Customer("Ana", 10, period.total_seconds(), periods_max=3),
            id="subscription-ana",
            task_queue=TASK_QUEUE,
        )
        leaves = await client.start_workflow(
            Subscription.run,
            Customer("Luis", 10, timedelta(days=30).total_seconds()),
            id="subscription-luis",
            task_queue=TASK_QUEUE,
            start_signal="change_amount",
            start_signal_args=[12],
        )
        await leaves.signal(Subscription.cancel)
        return [await stays.result(), await leaves.result()]
