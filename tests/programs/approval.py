"""Human approval with a timeout: an expense waits for its decision, but not for ever."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from temporalio import activity, workflow
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.worker import Worker

TASK_QUEUE = "expenses"


class Outcome(str, Enum):
    PAID = "paid"
    REFUSED = "refused"
    EXPIRED = "expired"


@dataclass
class Expense:
    id: str
    amount: int
    patience_seconds: float


@dataclass
class Decision:
    is_approved: bool
    by: str = "nobody"


@activity.defn
async def ask_manager(expense: Expense) -> None:
    activity.logger.info("please look at %s", expense.id)


@activity.defn
async def pay(expense: Expense) -> int:
    return expense.amount


@workflow.defn
class Approval:
    def __init__(self) -> None:
        self.decision: Decision | None = None

    @workflow.signal
    async def decide(self, decision: Decision) -> None:
        self.decision = self.decision or decision

    @workflow.run
    async def run(self, expense: Expense) -> Outcome:
        options = workflow.ActivityConfig(start_to_close_timeout=timedelta(seconds=10))
        await workflow.execute_activity(ask_manager, expense, **options)
        try:
            async with asyncio.timeout(expense.patience_seconds):
                await workflow.wait_condition(lambda: self.decision is not None)
        except TimeoutError:
            return Outcome.EXPIRED
        assert self.decision is not None
        workflow.upsert_memo({"decided_by": self.decision.by})
        if not self.decision.is_approved:
            return Outcome.REFUSED
        await workflow.execute_activity(pay, expense, **options)
        return Outcome.PAID


async def main(client: Client, patience: timedelta = timedelta(days=3)) -> list[Outcome]:
    """One is approved, one is refused, one nobody looks at."""
    async with Worker(
        client, task_queue=TASK_QUEUE, workflows=[Approval], activities=[ask_manager, pay]
    ):
        decisions = [Decision(True, "Eva"), Decision(False, "Eva"), None]
        outcomes: list[Outcome] = []
        for number, decision in enumerate(decisions):
            days = timedelta(days=30) if decision else patience
            handle = await client.start_workflow(
                Approval.run,
                Expense(f"expense-{number}", 100, days.total_seconds()),
                id=f"approval-{number}",
                task_queue=TASK_QUEUE,
            )
            if decision:
                await handle.signal(Approval.decide, decision)
            outcomes.append(await handle.result())
            description = await handle.describe()
            assert description.status == WorkflowExecutionStatus.COMPLETED
            expected = decision.by if decision else None
            assert (await description.memo()).get("decided_by") == expected
        return outcomes
