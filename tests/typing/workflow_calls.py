"""Calls in Workflows, as type checkers must see them: read by mypy and pyright, never run.

An `ignore` that is not needed is an error of mypy and pyright: what must not pass stands with one.
"""

import asyncio
from datetime import timedelta
from typing import Any, assert_type

from duralog import activity, workflow

TEN = timedelta(seconds=10)


@activity.defn
async def greet(name: str) -> str:
    """Async, one parameter."""
    return name


@activity.defn
def count() -> int:
    """Sync, no parameter."""
    return 1


@activity.defn
async def add(first: int, second: int) -> float:
    """Async, two parameters."""
    return first + second


class Shop:
    """Methods."""

    @activity.defn
    async def open(self) -> bool:
        """Async, no parameter."""
        return True

    @activity.defn
    def charge(self, amount: int) -> str:
        """Sync, one parameter."""
        return str(amount)


class Ship:
    """A class that is an Activity."""

    @activity.defn(name="ship")
    async def __call__(self, order: str) -> bytes:
        """Ship."""
        return order.encode()


@workflow.defn
class Order:
    """A Workflow."""

    @workflow.run
    async def run(self, number: int) -> str:
        """One parameter."""
        return str(number)

    @workflow.signal
    def ship(self, where: str) -> None:
        """A signal."""


async def must_start() -> None:
    """A child's handle and result have the type that it returns."""
    handle = await workflow.start_child_workflow(Order.run, 1)
    assert_type(handle, workflow.ChildWorkflowHandle[Order, str])
    assert_type(await handle, str)
    assert_type(await workflow.execute_child_workflow(Order.run, 1, id="order"), str)
    assert_type(await workflow.execute_child_workflow("order", 1), Any)
    await handle.signal(Order.ship, "there")
    other = workflow.get_external_workflow_handle_for(Order.run, "order")
    assert_type(other, workflow.ExternalWorkflowHandle[Order])
    await other.signal(Order.ship, "there")


async def must_not_start() -> None:
    """Wrong arguments and options that are none."""
    await workflow.execute_child_workflow(Order.run, "1")  # type: ignore[misc]
    await workflow.execute_child_workflow(Order.run, 1, ids="order")  # type: ignore[call-overload]
    other = workflow.get_external_workflow_handle_for(Order.run, "order")
    await other.signal(Order.ship, 1)  # type: ignore[call-overload]


def must_continue() -> None:
    """`continue_as_new` takes what the other Workflow takes."""
    workflow.continue_as_new(1, workflow=Order.run)


def must_not_continue() -> None:
    """Wrong argument."""
    workflow.continue_as_new("1", workflow=Order.run)  # type: ignore[misc]


async def must_pass() -> None:
    """What comes back has the type that the Activity returns."""
    assert_type(await workflow.execute_activity(greet, "a", start_to_close_timeout=TEN), str)
    assert_type(await workflow.execute_activity(count, start_to_close_timeout=TEN), int)
    assert_type(
        await workflow.execute_activity(add, args=[1, 2], start_to_close_timeout=TEN), float
    )
    assert_type(await workflow.execute_activity("x", 1, schedule_to_close_timeout=TEN), Any)
    handle = workflow.start_activity(greet, "a", start_to_close_timeout=TEN)
    assert_type(handle, workflow.ActivityHandle[str])
    assert_type(await handle, str)
    assert_type(await workflow.execute_activity_method(Shop.open, start_to_close_timeout=TEN), bool)
    assert_type(
        await workflow.execute_activity_method(Shop.charge, 5, start_to_close_timeout=TEN), str
    )
    assert_type(
        await workflow.execute_activity_class(Ship, "order", start_to_close_timeout=TEN), bytes
    )
    local = workflow.start_local_activity(greet, "a", start_to_close_timeout=TEN)
    assert_type(local, workflow.ActivityHandle[str])
    assert_type(await workflow.execute_local_activity(count, start_to_close_timeout=TEN), int)
    assert_type(
        await workflow.execute_local_activity_method(Shop.charge, 5, start_to_close_timeout=TEN),
        str,
    )
    assert_type(
        await workflow.execute_local_activity_class(Ship, "order", start_to_close_timeout=TEN),
        bytes,
    )
    done, _ = await workflow.wait([handle])
    assert_type(done, list[asyncio.Future[str]])


async def must_not_pass() -> None:
    """Wrong arguments and options that are none."""
    await workflow.execute_activity(greet, 1, start_to_close_timeout=TEN)  # type: ignore[misc]
    await workflow.execute_activity(greet, start_to_close_timeout=TEN)  # type: ignore[arg-type]
    await workflow.execute_activity(count, 1, start_to_close_timeout=TEN)  # type: ignore[arg-type]
    await workflow.execute_activity(greet, "a", start_to_close=TEN)  # type: ignore[call-overload]
    await workflow.execute_activity(greet, "a", heartbeat_timeout=5)  # type: ignore[call-overload]
    await workflow.execute_activity_method(Shop.charge, "5", start_to_close_timeout=TEN)  # type: ignore[arg-type]
    await workflow.execute_local_activity(greet, 1, start_to_close_timeout=TEN)  # type: ignore[misc]
    await workflow.execute_local_activity(greet, "a", task_queue="q")  # type: ignore[call-overload]
