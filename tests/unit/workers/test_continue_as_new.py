"""`continue_as_new` in Workflow code: what Command it becomes, and where it may be called."""

import asyncio
from datetime import timedelta
from typing import NoReturn

import pytest

from duralog import workflow
from duralog.common import RetryPolicy
from duralog.converter import DataConverter
from duralog.schemas import commands
from duralog.workflow import ContinueAsNewError, NotInWorkflowEventLoopError
from unit.workers.driver import Driver, names

SEEN: list[str] = []


@workflow.defn
class Plain:
    @workflow.run
    async def run(self, number: int) -> NoReturn:
        workflow.continue_as_new(number + 1)


@workflow.defn
class Everything:
    @workflow.run
    async def run(self) -> NoReturn:
        workflow.continue_as_new(
            workflow=Plain.run,
            args=[7],
            task_queue="other",
            run_timeout=timedelta(seconds=60),
            task_timeout=timedelta(seconds=5),
            backoff_start_interval=timedelta(seconds=3),
            retry_policy=RetryPolicy(maximum_attempts=2),
            memo={"m": 1},
        )


@workflow.defn
class PassesThrough:
    """Neither `except Exception` nor a group of tasks keeps it; `finally` runs."""

    @workflow.run
    async def run(self) -> NoReturn:
        try:
            await asyncio.sleep(0)
            workflow.continue_as_new()
        except Exception:
            SEEN.append("caught")
            raise
        finally:
            SEEN.append("finally")


@workflow.defn
class StartsSomething:
    @workflow.run
    async def run(self) -> NoReturn:
        workflow.start_activity("a", start_to_close_timeout=timedelta(seconds=5))
        workflow.continue_as_new()


def test_it_keeps_what_is_not_said() -> None:
    made, _ = Driver(Plain, 1).step()
    arguments = DataConverter.default.to_payloads([2])
    assert made == [commands.ContinueAsNewWorkflowExecution(input=arguments)]


def test_it_takes_every_option() -> None:
    made, _ = Driver(Everything).step()
    payload = DataConverter.default.to_payloads
    assert made == [
        commands.ContinueAsNewWorkflowExecution(
            workflow_type="Plain",
            task_queue="other",
            input=payload([7]),
            workflow_run_timeout_ms=60_000,
            workflow_task_timeout_ms=5_000,
            backoff_start_interval_ms=3_000,
            retry_policy=RetryPolicy(maximum_attempts=2).to_record(),
            memo={"m": payload([1])[0]},
        )
    ]


def test_no_except_exception_keeps_it() -> None:
    SEEN.clear()
    made, _ = Driver(PassesThrough).step()
    assert names(made) == ["ContinueAsNewWorkflowExecution"]
    assert set(SEEN) == {"finally"}


def test_what_was_started_before_is_written_before() -> None:
    made, _ = Driver(StartsSomething).step()
    assert names(made) == ["ScheduleActivityTask", "ContinueAsNewWorkflowExecution"]


def test_outside_of_a_workflow_there_is_nothing_to_continue() -> None:
    with pytest.raises(NotInWorkflowEventLoopError):
        workflow.continue_as_new()


def test_the_error_is_for_continue_as_new_only() -> None:
    with pytest.raises(RuntimeError, match="Cannot instantiate"):
        ContinueAsNewError()
