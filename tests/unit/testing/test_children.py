"""Children and other Workflows in the in-process environment."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from duralog import workflow
from duralog.client import (
    Client,
    RPCError,
    RPCStatusCode,
    WorkflowExecutionStatus,
    WorkflowFailureError,
)
from duralog.common import RetryPolicy
from duralog.exceptions import (
    ApplicationError,
    CancelledError,
    ChildWorkflowError,
    TerminatedError,
    TimeoutError,
    WorkflowAlreadyStartedError,
)
from duralog.testing import WorkflowEnvironment
from duralog.worker import Worker
from duralog.workflow import ChildWorkflowCancellationType, ParentClosePolicy

QUEUE = "q"
HOUR = timedelta(hours=1)


@workflow.defn
class Echo:
    @workflow.run
    async def run(self, text: str) -> str:
        info = workflow.info()
        assert info.parent is not None
        assert info.root is not None
        return f"{text} {info.parent.workflow_id} {info.root.workflow_id}"


@workflow.defn
class Grandparent:
    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_child_workflow(Parent.run, id="parent")


@workflow.defn
class Parent:
    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_child_workflow(Echo.run, "hello", id="echo")


@workflow.defn
class Fan:
    """Many children at once."""

    @workflow.run
    async def run(self, count: int) -> int:
        results = await asyncio.gather(
            *(workflow.execute_child_workflow(Echo.run, str(i)) for i in range(count))
        )
        return len(set(results))


@workflow.defn
class Ends:
    """Ends as it is told."""

    @workflow.run
    async def run(self, how: str) -> str:
        if how == "fail":
            raise ApplicationError("boom", type="Boom")
        await workflow.sleep(HOUR)
        return how


@workflow.defn
class Tells:
    """What the end of a child looks like."""

    @workflow.run
    async def run(self, how: str) -> str:
        try:
            return await workflow.execute_child_workflow(
                Ends.run, how, id="child", execution_timeout=HOUR / 2 if how == "late" else None
            )
        except ChildWorkflowError as error:
            cause = error.cause
            return f"{type(cause).__name__} {cause} {error.workflow_id} {error.workflow_type}"


@workflow.defn
class Cancels:
    """Cancels its child, which takes an hour to end."""

    @workflow.run
    async def run(self, kind: int) -> str:
        handle = await workflow.start_child_workflow(
            Lingers.run, id="child", cancellation_type=ChildWorkflowCancellationType(kind)
        )
        await workflow.sleep(1)
        begin = workflow.now()
        handle.cancel()
        try:
            await handle
        except ChildWorkflowError as error:
            cause = type(error.cause).__name__
            return f"{cause} {'late' if workflow.now() - begin >= HOUR else 'early'}"
        return "no error"


@workflow.defn
class Lingers:
    @workflow.run
    async def run(self) -> None:
        try:
            await workflow.wait_condition(lambda: False)
        finally:
            await asyncio.shield(asyncio.create_task(asyncio.sleep(3600)))


@workflow.defn
class Collects:
    """Waits for two signals."""

    def __init__(self) -> None:
        self.names: list[str] = []

    @workflow.run
    async def run(self) -> list[str]:
        try:
            await workflow.wait_condition(lambda: len(self.names) == 2)
        except asyncio.CancelledError:
            reason = workflow.cancellation_reason() or ""
            assert reason.endswith(" with reason: enough")
            raise
        return self.names

    @workflow.signal
    def add(self, name: str) -> None:
        self.names.append(name)


@workflow.defn
class Talks:
    """Signals its child and another, and cancels the other."""

    @workflow.run
    async def run(self) -> list[str]:
        child = await workflow.start_child_workflow(Collects.run, id="child")
        await child.signal(Collects.add, "first")
        await child.signal("add", "second")
        other = workflow.get_external_workflow_handle_for(Collects.run, "other")
        await other.signal(Collects.add, "from outside")
        await other.cancel(reason="enough")
        said = await child
        for verb in ("signal", "cancel"):
            nobody = workflow.get_external_workflow_handle("nobody")
            try:
                await (nobody.signal("add", "x") if verb == "signal" else nobody.cancel())
            except ApplicationError as error:
                said.append(error.message)
        return said


@workflow.defn
class Leaves:
    """Ends while its child runs."""

    @workflow.run
    async def run(self, policy: int) -> str:
        handle = await workflow.start_child_workflow(
            Ends.run, "done", id="child", parent_close_policy=ParentClosePolicy(policy)
        )
        return handle.first_execution_run_id or ""


@workflow.defn
class Twice:
    @workflow.run
    async def run(self) -> str:
        await workflow.start_child_workflow(Ends.run, "x", id="child")
        try:
            await workflow.start_child_workflow(Ends.run, "x", id="child")
        except WorkflowAlreadyStartedError as error:
            return f"{error.workflow_id} {error.workflow_type}"
        return "no error"


@workflow.defn
class Chain:
    """Continues as new, fails, and succeeds at last: one child for its parent."""

    @workflow.run
    async def run(self, left: int) -> int:
        if left:
            workflow.continue_as_new(left - 1)
        if workflow.info().attempt < 2:
            raise ApplicationError("not yet")
        return workflow.info().attempt


@workflow.defn
class ParentOfChain:
    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_child_workflow(
            Chain.run, 2, id="chain", retry_policy=RetryPolicy(initial_interval=HOUR)
        )


@workflow.defn
class WaitsForChild:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_child_workflow(Ends.run, "x", id="child")


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    programs = [Echo, Grandparent, Parent, Fan, Ends, Tells, Cancels, Lingers, Collects, Talks]
    programs += [Leaves, Twice, Chain, ParentOfChain, WaitsForChild]
    async with (
        await WorkflowEnvironment.start_time_skipping() as environment,
        Worker(environment.client, task_queue=QUEUE, workflows=programs),
    ):
        yield environment.client


async def test_a_grandchild_knows_its_parent_and_its_root(client: Client) -> None:
    result = await client.execute_workflow(Grandparent.run, id="grand", task_queue=QUEUE)
    assert result == "hello parent grand"


async def test_many_children_run_at_once(client: Client) -> None:
    assert await client.execute_workflow(Fan.run, 30, id="fan", task_queue=QUEUE) == 30


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("return", "return"),
        ("fail", f"{ApplicationError.__name__} Boom: boom child Ends"),
        ("late", f"{TimeoutError.__name__} Child Workflow execution timed out child Ends"),
    ],
)
async def test_a_parent_learns_how_its_child_ended(client: Client, how: str, said: str) -> None:
    assert await client.execute_workflow(Tells.run, how, id="p", task_queue=QUEUE) == said


async def test_a_parent_learns_that_its_child_was_terminated(client: Client) -> None:
    handle = await client.start_workflow(Tells.run, "wait", id="p", task_queue=QUEUE)
    await started(client, "child")
    await client.get_workflow_handle("child").terminate()
    assert (await handle.result()).startswith(TerminatedError.__name__)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (ChildWorkflowCancellationType.ABANDON, "CancelledError early"),
        (ChildWorkflowCancellationType.TRY_CANCEL, "CancelledError early"),
        (ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED, "CancelledError late"),
        (ChildWorkflowCancellationType.WAIT_CANCELLATION_REQUESTED, "CancelledError early"),
    ],
)
async def test_cancelling_a_child_waits_as_its_type_says(
    client: Client, kind: ChildWorkflowCancellationType, said: str
) -> None:
    assert await client.execute_workflow(Cancels.run, int(kind), id="p", task_queue=QUEUE) == said


async def test_a_workflow_talks_to_its_child_and_to_others(client: Client) -> None:
    other = await client.start_workflow(Collects.run, id="other", task_queue=QUEUE)
    said = await client.execute_workflow(Talks.run, id="p", task_queue=QUEUE)
    assert said == [
        "first",
        "second",
        "Unable to signal external workflow because it was not found",
        "Unable to cancel external workflow because it was not found",
    ]
    with pytest.raises(WorkflowFailureError) as caught:
        await other.result()
    assert isinstance(caught.value.cause, CancelledError)


@pytest.mark.parametrize(
    ("policy", "status"),
    [
        (ParentClosePolicy.TERMINATE, WorkflowExecutionStatus.TERMINATED),
        (ParentClosePolicy.ABANDON, WorkflowExecutionStatus.COMPLETED),
        (ParentClosePolicy.REQUEST_CANCEL, WorkflowExecutionStatus.CANCELED),
    ],
)
async def test_a_parents_end_means_for_a_child_what_its_policy_says(
    client: Client, policy: ParentClosePolicy, status: WorkflowExecutionStatus
) -> None:
    run_id = await client.execute_workflow(Leaves.run, int(policy), id="p", task_queue=QUEUE)
    child = client.get_workflow_handle("child", run_id=run_id)
    try:
        await child.result()
    except WorkflowFailureError:
        assert policy is not ParentClosePolicy.ABANDON
    assert (await child.describe()).status is status


async def test_a_workflow_id_in_use_is_an_error_of_the_start(client: Client) -> None:
    assert await client.execute_workflow(Twice.run, id="p", task_queue=QUEUE) == "child Ends"


async def test_a_chain_of_runs_is_one_child(client: Client) -> None:
    assert await client.execute_workflow(ParentOfChain.run, id="p", task_queue=QUEUE) == 2


async def test_cancelling_a_parent_cancels_the_child_it_waits_for(client: Client) -> None:
    handle = await client.start_workflow(WaitsForChild.run, id="p", task_queue=QUEUE)
    await started(client, "child")
    await handle.cancel()
    with pytest.raises(WorkflowFailureError) as caught:
        await handle.result()
    assert isinstance(caught.value.cause, CancelledError)
    child = await client.get_workflow_handle("child").describe()
    assert child.status is WorkflowExecutionStatus.CANCELED


async def started(client: Client, workflow_id: str) -> None:
    """Wait until the child's Workflow Task ran."""
    handle = client.get_workflow_handle(workflow_id)
    while True:
        try:
            if (await handle.describe()).history_length > 4:
                return
        except RPCError as error:
            assert error.status is RPCStatusCode.NOT_FOUND  # noqa: PT017 # else the test fails
        await asyncio.sleep(0.02)
