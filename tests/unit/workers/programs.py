"""Workflows that the tests run; top-level, as `@workflow.run` asks for."""

import asyncio
import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from duralog import activity, workflow
from duralog.common import RawValue, RetryPolicy
from duralog.exceptions import ActivityError, ApplicationError, is_cancelled_exception

TEN = timedelta(seconds=10)
SEEN: list[str] = []
"""What evicted code did; cleared by the test that reads it."""


@activity.defn
async def greet(name: str) -> str:
    """Not run here: only its name and types count."""
    return name


@activity.defn(name="charge-card")
def charge(amount: int) -> dict[str, int]:
    """A sync Activity with a name of its own."""
    return {"amount": amount}


class Shop:
    """Activities that are methods."""

    @activity.defn
    async def ship(self, order: str, count: int) -> int:
        """A method with two parameters."""
        return count


@workflow.defn
class Greet:
    """One Activity."""

    @workflow.run
    async def run(self, name: str) -> str:
        """Greet."""
        return await workflow.execute_activity(
            greet,
            name,
            start_to_close_timeout=TEN,
            retry_policy=RetryPolicy(maximum_attempts=3),
        )


@workflow.defn(name="many")
class Many:
    """Activities at the same time, by function, by name and by method."""

    @workflow.run
    async def run(self) -> list[Any]:
        """Gather."""
        return list(
            await asyncio.gather(
                workflow.execute_activity(greet, "a", start_to_close_timeout=TEN),
                workflow.execute_activity("other", args=[1, 2], schedule_to_close_timeout=TEN),
                workflow.execute_activity_method(
                    Shop.ship, args=["order", 3], start_to_close_timeout=TEN, task_queue="shop"
                ),
                workflow.execute_activity(charge, 5, start_to_close_timeout=TEN),
            )
        )


@workflow.defn
class Sleep:
    """One timer."""

    @workflow.run
    async def run(self, seconds: float) -> str:
        """Sleep; the time before and after."""
        before = workflow.now()
        await workflow.sleep(seconds)
        return f"{(workflow.now() - before).total_seconds():g}"


@workflow.defn
class Counter:
    """Waits for Signals."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.ended = False

    @workflow.signal
    def add(self, text: str) -> None:
        """A sync handler."""
        self.seen.append(text)

    @workflow.signal(name="add-slowly")
    async def add_slowly(self, text: str) -> None:
        """An async handler."""
        await asyncio.sleep(1)
        self.seen.append(text)

    @workflow.signal
    def end(self) -> None:
        """Let it end."""
        self.ended = True

    @workflow.run
    async def run(self) -> list[str]:
        """Wait for the end."""
        self.seen.append("run")
        await workflow.wait_condition(lambda: self.ended)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.seen


@workflow.defn
class Primitives:
    """Everything of asyncio that is promised to work."""

    @workflow.run
    async def run(self) -> list[Any]:
        """Use it."""
        out: list[Any] = []
        queue: asyncio.Queue[int] = asyncio.Queue()
        event, lock = asyncio.Event(), asyncio.Lock()

        async def produce() -> None:
            async with lock:
                for number in range(3):
                    await queue.put(number)
                event.set()

        async with asyncio.TaskGroup() as group:
            group.create_task(produce())
        await event.wait()
        out.extend([await queue.get() for _ in range(3)])
        try:
            async with asyncio.timeout(5):
                await asyncio.Event().wait()
        except TimeoutError:
            out.append("timeout")
        try:
            await asyncio.wait_for(asyncio.Event().wait(), 5)
        except TimeoutError:
            out.append("wait_for")
        done, pending = await workflow.wait(
            [asyncio.create_task(asyncio.sleep(s, s)) for s in (2, 1)],
            return_when=asyncio.FIRST_COMPLETED,
        )
        out.append([t.result() for t in done])
        for task in pending:
            task.cancel()
        out.extend([await f for f in workflow.as_completed([asyncio.sleep(0, "x")])])
        return out


@workflow.defn
class CancelActivity:
    """Cancels a started Activity."""

    @workflow.run
    async def run(self, kind: int) -> str:
        """Start, wait a second, cancel, and say what was raised."""
        handle = workflow.start_activity(
            greet,
            "x",
            start_to_close_timeout=TEN,
            cancellation_type=workflow.ActivityCancellationType(kind),
        )
        await asyncio.sleep(1)
        handle.cancel()
        try:
            return await handle
        except ActivityError as error:
            return f"{type(error.cause).__name__} {is_cancelled_exception(error)}"


@workflow.defn
class CancelAtOnce:
    """Cancels what it has just started."""

    @workflow.run
    async def run(self) -> str:
        """No Command of these is ever sent."""
        early = workflow.start_activity(greet, "x", start_to_close_timeout=TEN)
        early.cancel()
        timer = asyncio.create_task(asyncio.sleep(10))
        late = workflow.start_activity(greet, "y", start_to_close_timeout=TEN)
        await asyncio.sleep(0)
        timer.cancel()
        late.cancel()
        try:
            await late
        except ActivityError as error:
            return type(error.cause).__name__
        return "no error"


@workflow.defn
class Shielded:
    """Cleans up when it is cancelled."""

    @workflow.run
    async def run(self) -> None:
        """Sleep, and do one more Activity on the way out."""
        try:
            await workflow.sleep(100)
        finally:
            SEEN.append("finally")
            await workflow.execute_activity(greet, "cleanup", start_to_close_timeout=TEN)
            SEEN.append("after")


@workflow.defn(failure_exception_types=[ValueError])
class Raises:
    """Raises what it is told to."""

    @workflow.run
    async def run(self, what: str) -> None:
        """Raise."""
        if what == "application":
            raise ApplicationError("no", 1, type="Refused", non_retryable=True)
        if what == "value":
            raise ValueError("bad")
        if what == "timeout":
            await workflow.wait_condition(lambda: False, timeout=1)
        raise RuntimeError("a bug")


@workflow.defn
class Facts:
    """What a Workflow can know."""

    @workflow.init
    def __init__(self, first: int) -> None:
        self.first = first

    @workflow.run
    async def run(self, first: int) -> dict[str, Any]:
        """Tell."""
        info = workflow.info()
        ids = [str(workflow.uuid4()), workflow.random().random()]
        await asyncio.sleep(1)
        ids += [str(workflow.uuid4()), workflow.random().random()]
        return {
            "first": self.first,
            "type": info.workflow_type,
            "id": info.workflow_id,
            "length": info.get_current_history_length(),
            "suggested": info.is_continue_as_new_suggested(),
            "time": workflow.time(),
            "instance": workflow.instance() is self,
            "ids": ids,
            "replaying": workflow.unsafe.is_replaying(),
        }


@workflow.defn
class Abandons:
    """Goes on after it cancelled an Activity."""

    @workflow.run
    async def run(self, kind: int) -> None:
        """Start, cancel, and wait for something else."""
        handle = workflow.start_activity(
            greet,
            "x",
            start_to_close_timeout=TEN,
            cancellation_type=workflow.ActivityCancellationType(kind),
        )
        await asyncio.sleep(1)
        handle.cancel()
        await asyncio.sleep(1)


@workflow.defn
class Stubborn:
    """Does all that it must not while it is evicted."""

    @workflow.run
    async def run(self) -> None:
        """Start things out of `finally` blocks."""

        async def hold_on() -> None:
            try:
                await workflow.sleep(100)
            finally:
                await workflow.sleep(1)

        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(hold_on())
                await workflow.wait_condition(lambda: False, timeout=5)
        finally:
            try:
                await workflow.execute_activity("cleanup", start_to_close_timeout=TEN)
            finally:
                await asyncio.gather(hold_on())


BLOCKED = threading.Event()
GO_ON = threading.Event()


@workflow.defn
class Blocks:
    """Blocks its thread, as a Workflow must not."""

    @workflow.run
    async def run(self) -> None:
        """Wait for the test."""
        BLOCKED.set()
        GO_ON.wait(10)
        await workflow.sleep(1)


@workflow.defn
class CutsOff:
    """Ends while a handler runs."""

    @workflow.signal
    async def slow(self) -> None:
        """Never ends in time."""
        await workflow.sleep(10)

    @workflow.run
    async def run(self) -> None:
        """End at once."""


@workflow.defn
class Races:
    """Cancels a timer and an Activity when it is signalled, whatever they have done by then."""

    def __init__(self) -> None:
        self.stopped = False

    @workflow.signal
    def stop(self) -> None:
        """Stop."""
        self.stopped = True

    @workflow.run
    async def run(self) -> str:
        """Start both, wait for the Signal, cancel both."""
        handle = workflow.start_activity(greet, "x", start_to_close_timeout=TEN)
        sleeping = asyncio.create_task(asyncio.sleep(10))
        await workflow.wait_condition(lambda: self.stopped)
        sleeping.cancel()
        handle.cancel()
        try:
            return await handle
        except ActivityError as error:
            return type(error.cause).__name__


@workflow.defn
class Dynamic:
    """Sets its handlers while it runs."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    @workflow.signal(dynamic=True)
    def anything(self, name: str, args: Sequence[RawValue]) -> None:
        """Take every Signal that has no other handler."""
        values = [workflow.payload_converter().from_payload(raw.payload) for raw in args]
        self.seen.append([name, *values])

    @workflow.run
    async def run(self) -> list[Any]:
        """Set one, and take the dynamic one away."""
        await workflow.wait_condition(lambda: len(self.seen) == 1)
        workflow.set_dynamic_signal_handler(None)
        await workflow.sleep(1)

        def late(text: str) -> None:
            self.seen.append(text)

        workflow.set_signal_handler("late", late)
        assert workflow.get_signal_handler("late") is late
        assert workflow.get_dynamic_signal_handler() is None
        await workflow.wait_condition(lambda: len(self.seen) == 2)
        return self.seen


@workflow.defn
class Logs:
    """Says what it does."""

    @workflow.run
    async def run(self) -> None:
        """Log before and after a sleep."""
        workflow.logger.info("before")
        await workflow.sleep(1)
        workflow.logger.info("after")
