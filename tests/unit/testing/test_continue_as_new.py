"""Chains of runs in the in-process environment: continued as new, and retried."""

from datetime import timedelta

import pytest

from duralog import workflow
from duralog.client import WorkflowContinuedAsNewError, WorkflowExecutionStatus
from duralog.common import RetryPolicy
from duralog.exceptions import ApplicationError
from duralog.schemas.events import WorkflowExecutionContinuedAsNew
from duralog.testing import WorkflowEnvironment
from duralog.worker import Worker

QUEUE = "q"


@workflow.defn
class Countdown:
    """Goes on as new until nothing is left."""

    @workflow.run
    async def run(self, left: int, seen: list[str]) -> list[str]:
        info = workflow.info()
        seen.append(f"{left} {info.continued_run_id is not None} {workflow.memo_value('m')}")
        await workflow.sleep(timedelta(hours=1))
        if left:
            workflow.continue_as_new(args=[left - 1, seen], memo={"m": f"memo-{left - 1}"})
        return [*seen, str(info.first_execution_run_id != info.run_id)]


@workflow.defn
class Collect:
    """A signal handler may continue as new, too; here as another Workflow."""

    @workflow.run
    async def run(self) -> str:
        await workflow.wait_condition(lambda: False)
        return "never"

    @workflow.signal
    async def move_on(self) -> None:
        workflow.continue_as_new("there", workflow=Arrive.run)


@workflow.defn
class Arrive:
    @workflow.run
    async def run(self, where: str) -> str:
        return f"{where} {workflow.info().workflow_type}"


@workflow.defn
class Stubborn:
    """Fails until its third attempt."""

    @workflow.run
    async def run(self) -> int:
        attempt = workflow.info().attempt
        failure = workflow.get_last_failure()
        assert str(failure) == (f"attempt {attempt - 1}" if attempt > 1 else "None")
        assert not workflow.has_last_completion_result()
        assert workflow.get_last_completion_result() is None
        if attempt < 3:
            raise ApplicationError(f"attempt {attempt}")
        return attempt


async def test_a_chain_keeps_its_id_and_the_client_follows() -> None:
    async with await WorkflowEnvironment.start_time_skipping() as environment:
        client = environment.client
        async with Worker(client, task_queue=QUEUE, workflows=[Countdown]):
            handle = await client.start_workflow(
                Countdown.run, args=[2, []], id="c", task_queue=QUEUE, memo={"m": "memo-2"}
            )
            expected = ["2 False memo-2", "1 True memo-1", "0 True memo-0", "True"]
            assert await handle.result() == expected
            with pytest.raises(WorkflowContinuedAsNewError) as caught:
                await handle.result(follow_runs=False)
            first = client.get_workflow_handle("c", run_id=handle.result_run_id)
            described = await first.describe()
            assert described.status is WorkflowExecutionStatus.CONTINUED_AS_NEW
            history = await first.fetch_history()
            closed = history.events[-1]
            assert isinstance(closed, WorkflowExecutionContinuedAsNew)
            assert closed.new_execution_run_id == caught.value.new_execution_run_id


async def test_a_signal_handler_may_continue_as_another_workflow() -> None:
    async with await WorkflowEnvironment.start_time_skipping() as environment:
        client = environment.client
        async with Worker(client, task_queue=QUEUE, workflows=[Collect, Arrive]):
            handle = await client.start_workflow(Collect.run, id="c", task_queue=QUEUE)
            await handle.signal(Collect.move_on)
            assert await handle.result() == "there Arrive"


async def test_a_retry_policy_runs_a_failed_workflow_again() -> None:
    async with await WorkflowEnvironment.start_time_skipping() as environment:
        client = environment.client
        async with Worker(client, task_queue=QUEUE, workflows=[Stubborn]):
            before = await environment.get_current_time()
            result = await client.execute_workflow(
                Stubborn.run,
                id="s",
                task_queue=QUEUE,
                retry_policy=RetryPolicy(initial_interval=timedelta(hours=1)),
            )
            assert result == 3
            assert await environment.get_current_time() - before >= timedelta(hours=3)
