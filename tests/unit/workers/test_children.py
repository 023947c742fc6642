"""Children in Workflow code: which Commands come of it, and when what is awaited ends."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from duralog import workflow
from duralog.exceptions import ApplicationError, ChildWorkflowError, WorkflowAlreadyStartedError
from duralog.schemas import commands, events
from duralog.schemas.payloads import Failure
from duralog.workflow import ChildWorkflowCancellationType, ParentClosePolicy
from unit.workers.driver import Driver, names


@workflow.defn
class Other:
    @workflow.run
    async def run(self, number: int) -> int:
        return number


async def said(code: Awaitable[Any]) -> str:
    """What came of it, as text."""
    try:
        return f"result {await code}"
    except (ApplicationError, ChildWorkflowError, WorkflowAlreadyStartedError) as error:
        return f"{type(error).__name__}: {error} <- {error.cause}"
    except asyncio.CancelledError:
        return "cancelled"


@workflow.defn
class Waits:
    """Starts a child and waits for it; a signal cancels what waits."""

    def __init__(self) -> None:
        self.waiting: asyncio.Task[int] | None = None

    @workflow.signal
    def stop(self) -> None:
        assert self.waiting is not None
        self.waiting.cancel()

    @workflow.run
    async def run(self, kind: int) -> str:
        child = workflow.execute_child_workflow(
            Other.run, 7, id="c", cancellation_type=ChildWorkflowCancellationType(kind)
        )
        self.waiting = asyncio.create_task(child)
        return await said(self.waiting)


@workflow.defn
class NeverSent:
    """Cancels a child and a signal before the Workflow Task is answered."""

    @workflow.run
    async def run(self) -> list[str]:
        other = workflow.get_external_workflow_handle("o")
        tasks = [
            asyncio.create_task(workflow.execute_child_workflow(Other.run, 7, id="c")),
            asyncio.create_task(other.signal("s")),
        ]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        return [type(await said_error(task)).__name__ for task in tasks]


async def said_error(task: asyncio.Task[Any]) -> BaseException:
    """What it raises."""
    try:
        await task
    except BaseException as error:  # noqa: BLE001
        return error
    raise AssertionError("no error")


@workflow.defn
class Everything:
    @workflow.run
    async def run(self) -> None:
        await workflow.start_child_workflow(
            "Other",
            args=[1, 2],
            task_queue="there",
            parent_close_policy=ParentClosePolicy.REQUEST_CANCEL,
        )


def started(kind: ChildWorkflowCancellationType) -> tuple[Driver, int]:
    """A Workflow whose child runs."""
    driver = Driver(Waits, int(kind))
    made, ids = driver.step()
    assert names(made) == ["StartChildWorkflowExecution"]
    start(driver, ids[0])
    driver.next()
    return driver, ids[0]


def start(driver: Driver, initiated: int) -> int:
    return driver.history.add(
        events.ChildWorkflowExecutionStarted,
        initiated_event_id=initiated,
        child_workflow_id="c",
        child_run_id="r",
        workflow_type="Other",
    )


def end(driver: Driver, kind: type[Any], initiated: int, **said: Any) -> None:
    driver.history.add(
        kind, initiated_event_id=initiated, child_workflow_id="c", child_run_id="r", **said
    )


def stop(driver: Driver) -> list[Any]:
    driver.history.add(events.WorkflowExecutionSignaled, signal_name="stop")
    made, _ = driver.next()
    return made


WAIT = ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED
REQUESTED = ChildWorkflowCancellationType.WAIT_CANCELLATION_REQUESTED
TRY = ChildWorkflowCancellationType.TRY_CANCEL
ABANDON = ChildWorkflowCancellationType.ABANDON
REQUEST = commands.RequestCancelExternalWorkflowExecution(workflow_id="c", child_workflow_only=True)
CANCELLED = (
    "ChildWorkflowError: Child Workflow execution cancelled <- Child Workflow execution cancelled"
)


@pytest.mark.parametrize(("kind", "made"), [(TRY, [REQUEST]), (ABANDON, [])])
def test_a_cancellation_that_is_not_waited_for_raises_in_the_same_task(
    kind: ChildWorkflowCancellationType, made: list[Any]
) -> None:
    driver, _ = started(kind)
    answer = stop(driver)
    assert answer[:-1] == made
    assert driver.result_of(answer[-1]) == CANCELLED


def test_a_cancellation_is_waited_for_until_the_child_ends() -> None:
    driver, initiated = started(WAIT)
    assert stop(driver) == [REQUEST]
    assert stop(driver) == []
    end(driver, events.ChildWorkflowExecutionCanceled, initiated, started_event_id=6)
    made, _ = driver.next()
    assert driver.result_of(made[-1]) == CANCELLED


def test_a_child_that_completes_after_all_has_its_result() -> None:
    driver, initiated = started(WAIT)
    stop(driver)
    result = driver.history.converter.to_payloads([8])
    end(driver, events.ChildWorkflowExecutionCompleted, initiated, result=result)
    made, _ = driver.next()
    assert driver.result_of(made[-1]) == "result 8"


def test_a_cancellation_may_be_waited_for_until_the_child_knows() -> None:
    driver, _ = started(REQUESTED)
    driver.history.add(events.WorkflowExecutionSignaled, signal_name="stop")
    made, ids = driver.next()
    assert made == [REQUEST]
    driver.history.add(
        events.ExternalWorkflowExecutionCancelRequested,
        initiated_event_id=ids[0],
        target_workflow_id="c",
    )
    made, _ = driver.next()
    assert driver.result_of(made[-1]) == CANCELLED


def test_a_child_that_fails_says_why() -> None:
    driver, initiated = started(WAIT)
    failure = Failure(message="boom", type="Boom")
    end(driver, events.ChildWorkflowExecutionFailed, initiated, failure=failure)
    made, _ = driver.next()
    text = "ChildWorkflowError: Child Workflow execution failed <- Boom: boom"
    assert driver.result_of(made[-1]) == text


def test_a_workflow_id_in_use_is_an_error_of_the_start() -> None:
    driver = Driver(Waits, int(WAIT))
    _, ids = driver.step()
    driver.history.add(
        events.StartChildWorkflowExecutionFailed,
        initiated_event_id=ids[0],
        child_workflow_id="c",
        cause="WORKFLOW_ALREADY_EXISTS",
    )
    made, _ = driver.next()
    assert driver.result_of(made[-1]).startswith("WorkflowAlreadyStartedError: ")


def test_what_is_cancelled_before_it_was_sent_is_never_sent() -> None:
    driver = Driver(NeverSent)
    made, _ = driver.step()
    assert names(made) == ["CompleteWorkflowExecution"]
    assert driver.result_of(made[0]) == ["ChildWorkflowError", "CancelledError"]


def test_a_child_by_name_takes_every_option() -> None:
    driver = Driver(Everything)
    made, _ = driver.step()
    command = made[0]
    assert isinstance(command, commands.StartChildWorkflowExecution)
    assert (command.workflow_type, command.task_queue) == ("Other", "there")
    assert command.parent_close_policy == "REQUEST_CANCEL"
    assert command.workflow_id  # A random one, the same at every replay: the driver compares.
    assert len(command.input) == 2
