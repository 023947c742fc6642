"""A workflow that a cron schedule runs again and again."""

from datetime import timedelta

import pytest

from duralog import workflow
from duralog.client import WorkflowFailureError
from duralog.exceptions import ApplicationError
from duralog.schemas.events import WorkflowExecutionCompleted, WorkflowExecutionFailed
from duralog.testing import WorkflowEnvironment
from duralog.worker import Worker


@workflow.defn
class Count:
    """Each run goes on from the last result; the third fails, and the fifth never ends."""

    @workflow.run
    async def run(self) -> int:
        assert workflow.info().cron_schedule == "0 * * * *"
        count = (workflow.get_last_completion_result(int) or 0) + 1
        if count == 3 and workflow.get_last_failure() is None:
            raise ApplicationError("not this time")
        if count == 4:
            await workflow.wait_condition(lambda: False)
        return count


async def test_each_run_knows_the_last_result_until_somebody_ends_it() -> None:
    async with (
        await WorkflowEnvironment.start_time_skipping() as env,
        Worker(env.client, task_queue="q", workflows=[Count]),
    ):
        began = await env.get_current_time()
        handle = await env.client.start_workflow(
            Count.run, id="w", task_queue="q", cron_schedule="0 * * * *"
        )
        results: list[int | None] = []
        run_id = handle.result_run_id
        for _ in range(4):
            run = env.client.get_workflow_handle_for(Count.run, "w", run_id=run_id)
            try:
                results.append(await run.result(follow_runs=False))
            except WorkflowFailureError:
                results.append(None)
            close = (await run.fetch_history()).events[-1]
            assert isinstance(close, WorkflowExecutionCompleted | WorkflowExecutionFailed)
            run_id = close.new_execution_run_id
        assert results == [1, 2, None, 3]
        assert await env.get_current_time() - began > timedelta(hours=3)
        last = env.client.get_workflow_handle_for(Count.run, "w", run_id=run_id)
        await last.terminate(reason="enough")
        with pytest.raises(WorkflowFailureError):
            await handle.result()
