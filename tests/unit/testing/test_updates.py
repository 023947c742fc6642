"""Updates of workflows against the real engine in this process."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest

from duralog import activity, workflow
from duralog.client import (
    RPCError,
    RPCStatusCode,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateHandle,
    WorkflowUpdateRPCTimeoutOrCancelledError,
    WorkflowUpdateStage,
)
from duralog.common import RawValue, WorkflowIDConflictPolicy
from duralog.exceptions import ApplicationError, WorkflowAlreadyStartedError
from duralog.testing import WorkflowEnvironment
from duralog.worker import Replayer, Worker

QUEUE = "q"


@workflow.defn
class Account:
    """Keeps a balance."""

    def __init__(self) -> None:
        self.balance = 0
        self.ended = False
        self.released = False

    @workflow.run
    async def run(self, finish: bool = True) -> int:
        workflow.set_update_handler("late", self.add_ten, validator=self.refuse_more_than_ten)
        await workflow.wait_condition(lambda: self.ended)
        if finish:
            await workflow.wait_condition(workflow.all_handlers_finished)
        return self.balance

    @workflow.signal
    def end(self) -> None:
        self.ended = True

    @workflow.signal
    def release(self) -> None:
        self.released = True

    @workflow.update
    def deposit(self, amount: int) -> int:
        self.balance += amount
        return self.balance

    @deposit.validator
    def check_deposit(self, amount: int) -> None:
        if amount <= 0:
            raise ValueError("nothing to deposit")

    @workflow.update
    async def slow(self, amount: int) -> str:
        await asyncio.sleep(0.05)
        self.balance += amount
        info = workflow.current_update_info()
        assert info is not None
        return info.name

    @workflow.update
    async def wait(self) -> int:
        await workflow.wait_condition(lambda: self.released)
        return self.balance

    @workflow.update(name="wait alone", unfinished_policy=workflow.HandlerUnfinishedPolicy.ABANDON)
    async def wait_alone(self) -> None:
        await workflow.wait_condition(lambda: False)

    @workflow.update
    async def fail(self) -> None:
        await asyncio.sleep(0.01)
        raise ApplicationError("no such luck", type="Luck")

    @workflow.update
    async def continues(self) -> None:
        workflow.continue_as_new(True)

    @workflow.update(dynamic=True)
    def anything(self, name: str, args: Sequence[RawValue]) -> str:
        return f"{name} of {len(args)}"

    def add_ten(self, amount: int) -> int:
        self.balance += 10 * amount
        return self.balance

    def refuse_more_than_ten(self, amount: int) -> None:
        if amount > 10:
            raise ValueError("too much")


@workflow.defn
class Strict:
    """Has one handler, whose validator tries to change the workflow."""

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: False)

    @workflow.update
    def touch(self) -> None: ...

    @touch.validator
    def check(self) -> None:
        workflow.set_signal_handler("x", None)


@pytest.fixture
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    environment = await WorkflowEnvironment.start_time_skipping()
    async with environment:
        yield environment


def worker(environment: WorkflowEnvironment, *, cached: int = 100) -> Worker:
    return Worker(
        environment.client,
        task_queue=QUEUE,
        workflows=[Account, Strict],
        max_cached_workflows=cached,
    )


@pytest.mark.parametrize("cached", [100, 0])
async def test_updates_with_and_without_a_cache(
    environment: WorkflowEnvironment, cached: int
) -> None:
    async with worker(environment, cached=cached):
        handle = await environment.client.start_workflow(Account.run, id="a", task_queue=QUEUE)
        assert await handle.execute_update(Account.deposit, 5) == 5
        assert await handle.execute_update(Account.slow, 2) == "slow"
        assert await handle.execute_update("late", 1) == 17
        assert await handle.execute_update("unheard of", args=[1, 2]) == "unheard of of 2"
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await handle.execute_update(Account.deposit, -1)
        assert "nothing to deposit" in str(refused.value.cause)
        with pytest.raises(WorkflowUpdateFailedError) as failed:
            await handle.execute_update(Account.fail)
        assert isinstance(failed.value.cause, ApplicationError)
        assert failed.value.cause.type == "Luck"
        assert await handle.execute_update(Account.deposit, 1) == 18
        await handle.signal(Account.end)
        assert await handle.result() == 18
        history = await handle.fetch_history()
        kinds = [type(event).__name__ for event in history.events]
        assert kinds.count("WorkflowExecutionUpdateAccepted") == 6
        assert kinds.count("WorkflowExecutionUpdateCompleted") == 6


async def test_an_update_id_is_one_update(environment: WorkflowEnvironment) -> None:
    async with worker(environment):
        client = environment.client
        handle = await client.start_workflow(Account.run, id="a", task_queue=QUEUE)
        results = await asyncio.gather(
            *(handle.execute_update(Account.deposit, 5, id="one") for _ in range(5))
        )
        assert results == [5] * 5
        waits = await handle.start_update(
            Account.wait, wait_for_stage=WorkflowUpdateStage.ACCEPTED, id="two"
        )
        assert (waits.id, waits.workflow_id) == ("two", "a")
        with pytest.raises(WorkflowUpdateRPCTimeoutOrCancelledError):
            await waits.result(rpc_timeout=timedelta(seconds=0.2))
        await handle.signal(Account.release)
        assert await waits.result() == 5
        again: WorkflowUpdateHandle[int] = handle.get_update_handle_for(Account.wait, "two")
        assert await again.result() == 5
        with pytest.raises(RPCError, match="not found") as unknown:
            await handle.get_update_handle("three").result()
        assert unknown.value.status is RPCStatusCode.NOT_FOUND


async def test_an_update_that_the_workflow_outlives_not(environment: WorkflowEnvironment) -> None:
    async with worker(environment):
        handle = await environment.client.start_workflow(
            Account.run, False, id="a", task_queue=QUEUE
        )
        cut = [
            await handle.start_update(name, wait_for_stage=WorkflowUpdateStage.ACCEPTED)
            for name in ("wait", "wait alone")
        ]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            await handle.signal(Account.end)
            assert await handle.result() == 0
        texts = [
            str(w.message) for w in caught if w.category is workflow.UnfinishedUpdateHandlersWarning
        ]
        assert len(texts) == 1
        assert "{'wait': 1}" in texts[0]
        for update in cut:
            with pytest.raises(WorkflowUpdateFailedError) as ended:
                await update.result()
            assert isinstance(ended.value.cause, ApplicationError)
            assert ended.value.cause.type == "AcceptedUpdateCompletedWorkflow"
        with pytest.raises(RPCError) as closed:
            await handle.execute_update(Account.deposit, 1)
        assert closed.value.status is RPCStatusCode.NOT_FOUND


async def test_an_update_waits_for_a_worker(environment: WorkflowEnvironment) -> None:
    handle = await environment.client.start_workflow(Account.run, id="a", task_queue=QUEUE)
    with pytest.raises(WorkflowUpdateRPCTimeoutOrCancelledError):
        await handle.execute_update(
            Account.deposit, 5, id="one", rpc_timeout=timedelta(seconds=0.2)
        )
    async with worker(environment):
        assert await handle.get_update_handle("one").result() == 5
        assert await handle.execute_update(Account.deposit, 5, id="one") == 5


async def test_a_validator_that_changes_the_workflow_fails_the_task(
    environment: WorkflowEnvironment,
) -> None:
    async with worker(environment):
        handle = await environment.client.start_workflow(Strict.run, id="s", task_queue=QUEUE)
        with pytest.raises(WorkflowUpdateRPCTimeoutOrCancelledError):
            await handle.execute_update("touch", rpc_timeout=timedelta(seconds=1))
        assert "fails" in (await handle.describe()).stalled
        with pytest.raises(RPCError) as refused:
            await handle.execute_update("touch")
        assert refused.value.status is RPCStatusCode.FAILED_PRECONDITION


async def test_unknown_updates_are_rejected(environment: WorkflowEnvironment) -> None:
    async with worker(environment):
        handle = await environment.client.start_workflow(Strict.run, id="s", task_queue=QUEUE)
        with pytest.raises(WorkflowUpdateFailedError) as rejected:
            await handle.execute_update("nothing")
        assert "known updates: [touch]" in str(rejected.value.cause)


async def test_update_with_start(environment: WorkflowEnvironment) -> None:
    client = environment.client

    def start(policy: WorkflowIDConflictPolicy) -> WithStartWorkflowOperation[Account, int]:
        return WithStartWorkflowOperation(
            Account.run, True, id="a", task_queue=QUEUE, id_conflict_policy=policy
        )

    async with worker(environment):
        first = start(WorkflowIDConflictPolicy.FAIL)
        result = await client.execute_update_with_start_workflow(
            Account.deposit, 5, start_workflow_operation=first
        )
        assert result == 5
        second = start(WorkflowIDConflictPolicy.USE_EXISTING)
        update = await client.start_update_with_start_workflow(
            Account.deposit,
            5,
            start_workflow_operation=second,
            wait_for_stage=WorkflowUpdateStage.ACCEPTED,
        )
        assert await update.result() == 10
        handles = [await first.workflow_handle(), await second.workflow_handle()]
        assert handles[0].result_run_id == handles[1].result_run_id
        third = start(WorkflowIDConflictPolicy.FAIL)
        with pytest.raises(WorkflowAlreadyStartedError):
            await client.execute_update_with_start_workflow(
                Account.deposit, 5, start_workflow_operation=third
            )
        with pytest.raises(WorkflowAlreadyStartedError):
            await third.workflow_handle()
        await handles[0].signal(Account.end)
        assert await handles[0].result() == 10
        events = (await handles[0].fetch_history()).events
        kinds = [type(event).__name__ for event in events[:6]]
        assert kinds[1:] == [
            "WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskCompleted",
            "WorkflowExecutionUpdateAccepted", "WorkflowExecutionUpdateCompleted",
        ]  # fmt: skip


@activity.defn
async def twice(number: int) -> int:
    return number * 2


@workflow.defn
class Local:
    """Its updates run local activities."""

    def __init__(self) -> None:
        self.total = 0

    @workflow.run
    async def run(self) -> int:
        await workflow.wait_condition(lambda: self.total > 5)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.total

    @workflow.query
    def so_far(self) -> int:
        return self.total

    @workflow.update
    async def double(self, number: int) -> int:
        result = await workflow.execute_local_activity(
            twice, number, start_to_close_timeout=timedelta(seconds=10)
        )
        self.total += result
        return result

    @double.validator
    def check(self, number: int) -> None:
        if number < 0:
            raise ValueError("negative")


@pytest.mark.parametrize("cached", [1000, 0])
async def test_an_update_runs_local_activities(cached: int) -> None:
    async with (
        await WorkflowEnvironment.start_time_skipping() as environment,
        Worker(
            environment.client,
            task_queue=QUEUE,
            workflows=[Local],
            activities=[twice],
            max_cached_workflows=cached,
        ),
    ):
        handle = await environment.client.start_workflow(Local.run, id="l", task_queue=QUEUE)
        results = await asyncio.gather(
            handle.execute_update(Local.double, 1),
            handle.execute_update(Local.double, -1),
            handle.query(Local.so_far),
            return_exceptions=True,
        )
        assert results[0] == 2
        assert isinstance(results[1], WorkflowUpdateFailedError)
        assert results[2] in (0, 2)
        assert await handle.execute_update(Local.double, 2) == 4
        assert await handle.result() == 6
        await Replayer(workflows=[Local]).replay_workflow(await handle.fetch_history())
