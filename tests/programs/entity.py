"""An entity: an account that lives as long as its customer, changed by updates, read by queries."""

from dataclasses import dataclass, field
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

TASK_QUEUE = "accounts"


@dataclass
class Account:
    """What is carried from run to run."""

    owner: str
    balance: int = 0
    entries: list[str] = field(default_factory=list)
    runs: int = 1


@activity.defn
async def book(entry: str) -> str:
    return f"booked {entry}"


@workflow.defn
class AccountWorkflow:
    @workflow.init
    def __init__(self, account: Account) -> None:
        self.account = account
        self.is_closed = False
        self.updates = 0

    @workflow.run
    async def run(self, account: Account) -> Account:
        await workflow.wait_condition(lambda: self.is_closed or self.updates >= 5)
        await workflow.wait_condition(workflow.all_handlers_finished)
        if not self.is_closed:
            self.account.runs += 1
            workflow.continue_as_new(self.account)
        return self.account

    @workflow.query
    def balance(self) -> int:
        return self.account.balance

    @workflow.query(name="last-entries")
    def entries(self, count: int) -> list[str]:
        return self.account.entries[-count:]

    @workflow.update
    async def change(self, amount: int) -> int:
        self.account.balance += amount
        self.updates += 1
        entry = await workflow.execute_activity(
            book, f"{amount:+}", start_to_close_timeout=timedelta(seconds=10)
        )
        self.account.entries.append(entry)
        return self.account.balance

    @change.validator
    def validate_change(self, amount: int) -> None:
        if self.account.balance + amount < 0:
            raise ApplicationError("not enough", self.account.balance, type="Overdrawn")

    @workflow.signal
    def close(self) -> None:
        self.is_closed = True


async def main(client: Client) -> tuple[list[int], str, int, list[str], Account]:
    """Balances after each change; why one was refused; what queries said; the end."""
    async with Worker(
        client, task_queue=TASK_QUEUE, workflows=[AccountWorkflow], activities=[book]
    ):
        await client.start_workflow(
            AccountWorkflow.run, Account("Ana"), id="account-ana", task_queue=TASK_QUEUE
        )
        handle = client.get_workflow_handle_for(AccountWorkflow.run, "account-ana")
        balances = [
            await handle.execute_update(AccountWorkflow.change, amount)
            for amount in (100, -30, 5, 5, -10)
        ]
        refusal = ""
        try:
            await handle.execute_update(AccountWorkflow.change, -1000, id="too-much")
        except WorkflowUpdateFailedError as error:
            assert isinstance(error.cause, ApplicationError)
            refusal = error.cause.type or ""
        balance = await handle.query(AccountWorkflow.balance)
        entries = await handle.query(AccountWorkflow.entries, 2)
        await handle.signal(AccountWorkflow.close)
        return balances, refusal, balance, entries, await handle.result()
