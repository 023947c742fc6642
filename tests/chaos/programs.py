"""Eleven kinds of workflow, each with what it stresses, and the activities they share."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from chaos.ledger import Recorded
from duralog import activity, workflow
from duralog.common import RetryPolicy
from duralog.exceptions import ActivityError, ApplicationError

RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=2)
)
START_TO_CLOSE = timedelta(seconds=15)


@activity.defn
async def step(name: str, milliseconds: int) -> str:
    """Some effect that takes a while."""
    with Recorded() as execution:
        await asyncio.sleep(milliseconds / 1000)
        return execution.done(f"{name} done")


@activity.defn
async def flaky(name: str, failures: int) -> str:
    """Fails at its first attempts."""
    with Recorded() as execution:
        if activity.info().attempt <= failures:
            raise ConnectionError(f"{name} is not to be reached")
        return execution.done(f"{name} at last")


@activity.defn
async def long(name: str, milliseconds: int) -> str:
    """Reports that it lives every quarter of a second."""
    with Recorded() as execution:
        for passed in range(0, milliseconds, 250):
            activity.heartbeat(passed)
            await asyncio.sleep(0.25)
        return execution.done(f"{name} done")


@activity.defn
async def refuse(name: str) -> str:
    """Fails for good."""
    with Recorded():
        raise ApplicationError(f"{name} is refused", type="Refused", non_retryable=True)


async def _step(name: str, milliseconds: int = 20) -> str:
    return await workflow.execute_activity(
        step, args=[name, milliseconds], start_to_close_timeout=START_TO_CLOSE, retry_policy=RETRY
    )


@workflow.defn
class Chain:
    """Three activities, one after the other."""

    @workflow.run
    async def run(self, name: str) -> str:
        """Their results."""
        return " ".join([await _step(f"{name}-{number}") for number in range(3)])


@workflow.defn
class FanOut:
    """Eight activities at once."""

    @workflow.run
    async def run(self, name: str) -> int:
        """How many were done."""
        return len(await asyncio.gather(*(_step(f"{name}-{number}") for number in range(8))))


@workflow.defn
class Timers:
    """Timers that come due together, and one behind them."""

    @workflow.run
    async def run(self, name: str) -> str:
        """The order in which they fired."""
        fired: list[str] = []

        async def wait(number: int) -> None:
            await asyncio.sleep(0.3 * number)
            fired.append(str(number))

        await asyncio.gather(*(wait(number) for number in (3, 1, 2, 4)))
        await asyncio.sleep(0.5)
        return f"{name} {''.join(fired)}"


@workflow.defn
class Signals:
    """Collects a number of signals."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    @workflow.signal
    async def add(self, text: str) -> None:
        """One more."""
        self._texts.append(text)

    @workflow.run
    async def run(self, count: int) -> list[str]:
        """All of them, in the order of their arrival."""
        await workflow.wait_condition(lambda: len(self._texts) >= count)
        return self._texts


@workflow.defn
class Register:
    """One value, read and changed by updates; see `evidence.register`."""

    def __init__(self) -> None:
        self._value = ""
        self._is_closed = False

    @workflow.update
    async def apply(self, operation: str) -> str:
        """Do one operation; its answer."""
        name, *arguments = operation.split(" ")
        before = self._value
        if name == "set":
            self._value = arguments[0]
        if name == "cas":
            if before != arguments[0]:
                return "false"
            self._value = arguments[1]
            return "true"
        return before

    @workflow.signal
    async def close(self, _text: str) -> None:
        """No more operations."""
        self._is_closed = True

    @workflow.run
    async def run(self, _name: str) -> str:
        """The value at last."""
        await workflow.wait_condition(lambda: self._is_closed and workflow.all_handlers_finished())
        return self._value


@workflow.defn
class Tree:
    """A tree of children two levels deep, each with an activity."""

    @workflow.run
    async def run(self, name: str, depth: int) -> int:
        """How many nodes it has."""
        children = [
            workflow.execute_child_workflow(
                Tree.run, args=[f"{name}-{number}", depth - 1], id=f"{name}-{number}"
            )
            for number in range(2 if depth else 0)
        ]
        await _step(name)
        return 1 + sum(await asyncio.gather(*children))


@workflow.defn
class Again:
    """Continues as new until its count is down."""

    @workflow.run
    async def run(self, name: str, left: int) -> str:
        """Its last run's name."""
        await _step(f"{name}-{left}")
        if left:
            workflow.continue_as_new(args=[name, left - 1])
        return f"{name} over"


@workflow.defn
class Retries:
    """Activities that fail three times."""

    @workflow.run
    async def run(self, name: str) -> list[str]:
        """Their results."""
        return await asyncio.gather(
            *(
                workflow.execute_activity(
                    flaky,
                    args=[f"{name}-{number}", 3],
                    start_to_close_timeout=START_TO_CLOSE,
                    retry_policy=RETRY,
                )
                for number in range(2)
            )
        )


def _long(name: str, milliseconds: int) -> workflow.ActivityHandle[str]:
    return workflow.start_activity(
        long,
        args=[name, milliseconds],
        start_to_close_timeout=timedelta(minutes=2),
        heartbeat_timeout=timedelta(seconds=5),
        retry_policy=RETRY,
        cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )


@workflow.defn
class Heartbeats:
    """A long activity that is watched by its heartbeats."""

    @workflow.run
    async def run(self, name: str) -> str:
        """Its result."""
        return await _long(name, 4_000)


@workflow.defn
class Race:
    """May be cancelled while its activity runs; tidies up then."""

    @workflow.run
    async def run(self, name: str) -> str:
        """The activity's result."""
        try:
            return await _long(name, 2_000)
        except (asyncio.CancelledError, ActivityError):
            await asyncio.shield(_step(f"{name}-tidy"))
            raise


@workflow.defn
class Saga:
    """Two steps, a third that is refused; the two are undone."""

    @workflow.run
    async def run(self, name: str) -> str:
        """Never: it fails when all is undone."""
        done = [await _step(f"{name}-{number}") for number in range(2)]
        try:
            return await workflow.execute_activity(
                refuse, name, start_to_close_timeout=START_TO_CLOSE
            )
        except ActivityError as error:
            for text in reversed(done):
                await _step(f"undo {text}")
            raise ApplicationError(f"{name} undone") from error


WORKFLOWS: list[type] = [
    *(Chain, FanOut, Timers, Signals, Register, Tree),
    *(Again, Retries, Heartbeats, Race, Saga),
]
ACTIVITIES: list[Callable[..., Any]] = [step, flaky, long, refuse]
