"""Queries and updates on real Kafka, over kills of the engine."""

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from duralog import workflow
from duralog.client import WorkflowUpdateFailedError, WorkflowUpdateStage
from duralog.connectors.embedded import EmbeddedKafka
from integration.slots import SlotProcess
from integration.stack import Stack, check_gap_free, new_id, working

pytestmark = pytest.mark.timeout(400)
QUEUE = "messages"
PATIENCE = timedelta(minutes=3)  # The engine is away for some of it.


@workflow.defn
class Account:
    """Keeps a balance until it is told to end."""

    def __init__(self) -> None:
        self.balance = 0
        self.ended = False

    @workflow.run
    async def run(self) -> int:
        await workflow.wait_condition(lambda: self.ended and workflow.all_handlers_finished())
        return self.balance

    @workflow.signal
    def end(self) -> None:
        self.ended = True

    @workflow.signal
    def nod(self) -> None:
        pass

    @workflow.query
    def how_much(self) -> int:
        return self.balance

    @workflow.update
    async def deposit(self, amount: int) -> int:
        self.balance += amount
        await workflow.wait_condition(lambda: self.balance > 2 or self.ended)
        return self.balance

    @deposit.validator
    def check(self, amount: int) -> None:
        if amount <= 0:
            raise ValueError("nothing to deposit")


@pytest.fixture
def own(kafka: EmbeddedKafka, topic_prefix: str, tmp_path: Path) -> Stack:
    """Topics of our own; slots are started by the test."""
    stack = Stack(address=kafka.bootstrap_servers, prefix=topic_prefix, directory=tmp_path)
    stack.create_topics(partitions=2, ingress_partitions=2)
    return stack


def slot(own: Stack) -> SlotProcess:
    """The slot process, with the store that the one before has left."""
    return SlotProcess(
        address=own.address, prefix=own.prefix, directory=own.directory / "engine", slot=0
    )


async def test_updates_and_queries_survive_the_engine(own: Stack) -> None:
    client = await own.client()
    with slot(own) as first:
        await asyncio.to_thread(first.wait_ready)
        handle = await client.start_workflow(
            Account.run, id=new_id("account"), task_queue=QUEUE, rpc_timeout=PATIENCE
        )
        admitted = asyncio.create_task(
            handle.start_update(
                Account.deposit, 1, id="one", wait_for_stage=WorkflowUpdateStage.ACCEPTED
            )
        )
        rejected = asyncio.create_task(handle.execute_update(Account.deposit, 0, id="none"))
        await asyncio.sleep(0)  # Both are on their way, in the order of the log:
        await handle.signal(Account.nod, rpc_timeout=PATIENCE)  # what this follows is admitted.
        assert not admitted.done()
        first.kill()
    shutil.rmtree(own.directory / "engine" / "slot-0")
    async with working(client, workflows=[Account], activities=[], task_queue=QUEUE):
        with slot(own) as second:
            one = await admitted
            with pytest.raises(WorkflowUpdateFailedError):
                await rejected
            assert await handle.query(Account.how_much, rpc_timeout=PATIENCE) == 1
            second.kill()
        asked = asyncio.create_task(handle.query(Account.how_much, rpc_timeout=PATIENCE))
        again = asyncio.create_task(handle.execute_update(Account.deposit, 1, id="one"))
        with slot(own) as third:
            assert await asked == 1  # The same update id is the same update.
            assert await handle.execute_update(Account.deposit, 2, id="two") == 3
            assert (await one.result(), await again) == (3, 3)
            await handle.signal(Account.end, rpc_timeout=PATIENCE)
            assert await handle.result(rpc_timeout=PATIENCE) == 3
            assert await handle.query(Account.how_much, rpc_timeout=PATIENCE) == 3
            names = check_gap_free(await handle.fetch_history())
            assert names.count("WorkflowExecutionUpdateAccepted") == 2
            assert names.count("WorkflowExecutionUpdateCompleted") == 2
            assert await asyncio.to_thread(third.stop) == 0
