"""The same Workflow Type in several versions of its code."""

import asyncio
from datetime import timedelta

from duralog import workflow

TEN = timedelta(seconds=10)


@workflow.defn(name="Order")
class Nothing:
    """Ends at once."""

    @workflow.run
    async def run(self) -> None:
        """End."""


@workflow.defn(name="Order")
class Activity:
    """One Activity."""

    @workflow.run
    async def run(self) -> None:
        """Pay, and sleep."""
        await workflow.execute_activity("pay", start_to_close_timeout=TEN)
        await asyncio.sleep(1)


@workflow.defn(name="Order")
class RenamedActivity:
    """Another Activity."""

    @workflow.run
    async def run(self) -> None:
        """Charge."""
        await workflow.execute_activity("charge", start_to_close_timeout=TEN)


@workflow.defn(name="Order")
class Timer:
    """One timer."""

    @workflow.run
    async def run(self) -> None:
        """Sleep."""
        await asyncio.sleep(1)


@workflow.defn(name="Order")
class LongerTimer:
    """One timer, but longer."""

    @workflow.run
    async def run(self) -> None:
        """Sleep."""
        await asyncio.sleep(1000)


@workflow.defn(name="Order")
class ActivityThenTimer:
    """Both, the Activity first."""

    @workflow.run
    async def run(self) -> None:
        """Start both."""
        handle = workflow.start_activity("pay", start_to_close_timeout=TEN)
        await asyncio.sleep(1)
        await handle


@workflow.defn(name="Order")
class TimerThenActivity:
    """Both, the timer first."""

    @workflow.run
    async def run(self) -> None:
        """Start both."""
        sleeping = asyncio.create_task(asyncio.sleep(1))
        await asyncio.sleep(0)
        await workflow.execute_activity("pay", start_to_close_timeout=TEN)
        await sleeping
