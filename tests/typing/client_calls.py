"""Calls of clients and workers, as type checkers must see them: read, never run.

An `ignore` that is not needed is an error of both: what must not pass stands with one.
"""

from datetime import timedelta
from typing import Any, assert_type

from duralog import activity, workflow
from duralog.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowHandle,
    WorkflowUpdateHandle,
    WorkflowUpdateStage,
)
from duralog.common import SearchAttributeKey, TypedSearchAttributes, WorkflowIDConflictPolicy
from duralog.testing import ActivityEnvironment
from duralog.worker import Worker

ACCEPTED = WorkflowUpdateStage.ACCEPTED
CITY = SearchAttributeKey.for_keyword("city")


@activity.defn
async def greet(name: str) -> str:
    """Async, one parameter."""
    return name


@activity.defn
def count() -> int:
    """Sync, no parameter."""
    return 1


@workflow.defn
class Order:
    """With one message of each kind."""

    @workflow.run
    async def run(self, number: int) -> str:
        """One parameter."""
        return str(number)

    @workflow.signal
    def ship(self, where: str) -> None:
        """A signal."""

    @workflow.query
    def total(self) -> float:
        """A query."""
        return 1.0

    @workflow.query
    def price(self, item: str) -> float:
        """A query with a parameter."""
        return float(len(item))

    @workflow.update
    async def add(self, item: str) -> int:
        """An async update."""
        return len(item)

    @workflow.update
    def close(self) -> bool:
        """A sync update."""
        return True

    @add.validator
    def check(self, item: str) -> None:
        """Takes what the update takes."""


@workflow.defn
class Pair:
    """Two parameters."""

    @workflow.run
    async def run(self, first: int, second: str) -> bytes:
        """Both."""
        return second.encode() * first


async def must_pass(client: Client) -> None:
    """Handles and answers have the types that the Workflow says."""
    handle = await client.start_workflow(Order.run, 1, id="o", task_queue="q")
    assert_type(handle, WorkflowHandle[Order, str])
    assert_type(await handle.result(), str)
    assert_type(await client.execute_workflow(Order.run, 1, id="o", task_queue="q"), str)
    assert_type(
        await client.execute_workflow(Pair.run, args=[1, "a"], id="p", task_queue="q"), bytes
    )
    assert_type(await client.execute_workflow("any", 1, id="a", task_queue="q"), Any)
    assert_type(client.get_workflow_handle_for(Order.run, "o"), WorkflowHandle[Order, str])
    assert_type(await handle.query(Order.total), float)
    assert_type(await handle.query(Order.price, "tea"), float)
    assert_type(await handle.execute_update(Order.add, "tea"), int)
    assert_type(await handle.execute_update(Order.close), bool)
    update = await handle.start_update(Order.add, "tea", wait_for_stage=ACCEPTED)
    assert_type(update, WorkflowUpdateHandle[int])
    assert_type(await update.result(), int)
    await handle.signal(Order.ship, "there")
    await handle.signal("ship", args=["there"])
    assert_type(TypedSearchAttributes([]).get(CITY), str | None)
    assert_type(ActivityEnvironment().run(count), int)
    assert_type(await ActivityEnvironment().run(greet, "Ana"), str)


async def must_pass_with_start(client: Client) -> None:
    """An Update that brings its Workflow."""
    start = WithStartWorkflowOperation(
        Order.run,
        1,
        id="o",
        task_queue="q",
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    added = await client.execute_update_with_start_workflow(
        Order.add, "tea", start_workflow_operation=start
    )
    assert_type(added, int)
    assert_type(await start.workflow_handle(), WorkflowHandle[Order, str])


async def must_not_pass(client: Client, handle: WorkflowHandle[Order, str]) -> None:
    """Wrong arguments, messages of other kinds, options that are none."""
    await client.start_workflow(Order.run, "1", id="o", task_queue="q")  # type: ignore[misc]
    await client.execute_workflow(Order.run, id="o", task_queue="q")  # type: ignore[arg-type]
    await client.start_workflow(Order.run, 1, id="o", task_queue="q", retries=1)  # type: ignore[call-overload]
    await handle.signal(Order.ship, 1)  # type: ignore[call-overload]
    await handle.signal(Order.total)  # type: ignore[call-overload]
    await handle.query(Order.price, 1)  # type: ignore[call-overload]
    await handle.execute_update(Order.add, 1)  # type: ignore[arg-type]
    await handle.start_update(Order.add, "tea")  # type: ignore[call-overload]


def must_not_pass_to_a_worker(client: Client) -> None:
    """Options of a wrong type, and unknown ones."""
    Worker(client, task_queue="q", workflows=[Order], identity=1)  # type: ignore[arg-type]
    Worker(client, task_queue="q", workflows=[Order], speed=1)  # type: ignore[call-arg]
    Worker(client, task_queue="q", graceful_shutdown_timeout=5)  # type: ignore[arg-type]
    Worker(
        client, task_queue="q", graceful_shutdown_timeout=timedelta(seconds=5), workflows=[Order]
    )
    CITY.value_set(1)  # type: ignore[arg-type]
