"""A deploy while workflows run: `patched` keeps old runs on the old path, new ones on the new."""

from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Replayer, Worker

TASK_QUEUE = "checkout"
SHORT = timedelta(seconds=10)


@activity.defn
async def send_letter(to: str) -> str:
    return f"letter to {to}"


@activity.defn
async def send_email(to: str) -> str:
    return f"email to {to}"


class Base:
    def __init__(self) -> None:
        self.is_paid = False

    @workflow.signal
    def paid(self) -> None:
        self.is_paid = True


@workflow.defn(name="Checkout")
class CheckoutV1(Base):
    @workflow.run
    async def run(self, who: str) -> str:
        sent = await workflow.execute_activity(send_letter, who, start_to_close_timeout=SHORT)
        await workflow.wait_condition(lambda: self.is_paid)
        return f"{sent}, paid"


@workflow.defn(name="Checkout")
class CheckoutV2(Base):
    @workflow.run
    async def run(self, who: str) -> str:
        send = send_email if workflow.patched("by-email") else send_letter
        sent = await workflow.execute_activity(send, who, start_to_close_timeout=SHORT)
        await workflow.wait_condition(lambda: self.is_paid)
        return f"{sent}, paid"


@workflow.defn(name="Checkout")
class CheckoutV3(Base):
    @workflow.run
    async def run(self, who: str) -> str:
        workflow.deprecate_patch("by-email")
        sent = await workflow.execute_activity(send_email, who, start_to_close_timeout=SHORT)
        await workflow.wait_condition(lambda: self.is_paid)
        return f"{sent}, paid"


def worker(client: Client, version: type) -> Worker:
    activities = [send_letter, send_email]
    return Worker(client, task_queue=TASK_QUEUE, workflows=[version], activities=activities)


async def main(client: Client) -> list[str]:
    """Runs that begin on versions 1, 2 and 3 of the code and end on a later one."""
    runs = []
    for version in (CheckoutV1, CheckoutV2, CheckoutV3):
        async with worker(client, version):
            handle = await client.start_workflow(
                "Checkout",
                version.__name__,
                id=f"checkout-{version.__name__}",
                task_queue=TASK_QUEUE,
                result_type=str,
            )
            runs.append(handle)
            while (await handle.describe()).history_length < 9:  # Until it waits to be paid.
                pass
            if version is CheckoutV2:
                await runs[0].signal("paid")
                await runs[0].result()
            if version is CheckoutV3:
                for run in runs[1:]:
                    await run.signal("paid")
                    await run.result()
    replayer = Replayer(workflows=[CheckoutV2])
    for run in runs:
        await replayer.replay_workflow(await run.fetch_history())
    return [await run.result() for run in runs]
