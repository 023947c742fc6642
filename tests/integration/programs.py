"""Workflows and activities of the end-to-end tests; worker processes run them too.

What an activity does is written to a ledger, a file to which every execution appends a line: the
effect on the outside world, by which a repeated execution is seen. `DURALOG_TEST_LEDGER` names it.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from duralog import activity, workflow

LEDGER = "DURALOG_TEST_LEDGER"
FATE = "DURALOG_TEST_FATE"  # What happens to the process in the middle of users' code.
SHORT = timedelta(seconds=20)


@dataclass
class Entry:
    """One execution of an activity, begun or whole."""

    workflow_id: str
    step: str
    attempt: int
    pid: int


def write_entry(step: str) -> None:
    """Append this execution to the ledger; one write, so that lines of processes do not mix."""
    info = activity.info()
    line = f"{info.workflow_id} {step} {info.attempt} {os.getpid()}\n"
    with Path(os.environ[LEDGER]).open("ab", buffering=0) as file:
        file.write(line.encode())


def read_ledger(path: Path, workflow_id: str) -> list[Entry]:
    """The executions for one workflow, in order."""
    if not path.exists():
        return []
    lines = (line.split() for line in path.read_text().splitlines())
    return [Entry(w, s, int(a), int(p)) for w, s, a, p in lines if w == workflow_id]


@dataclass
class StepOptions:
    """Of `TwoSteps`. claimed: the worker asks the engine before it runs a step."""

    start_to_close_ms: int = 20_000
    claimed: bool = False


@activity.defn
async def effect(step: str) -> str:
    """Changes the world outside: `step` must be seen once, unless a kill explains the repeat."""
    write_entry(step)
    fate = os.environ.get(FATE, "")
    if fate == "killed in activity":
        os.kill(os.getpid(), signal.SIGKILL)
    if fate == "stopped in activity":
        os.environ[FATE] = ""  # Once.
        os.kill(os.getpid(), signal.SIGSTOP)  # All threads; it goes on here when it is continued.
    if fate == "hangs in activity":
        await asyncio.Event().wait()
    return step.upper()


@workflow.defn
class TwoSteps:
    """Two effects, one after the other."""

    @workflow.run
    async def run(self, options: StepOptions) -> str:
        """Both results."""
        first = await self._step("one", options)
        with workflow.unsafe.sandbox_unrestricted():
            if os.environ.get(FATE) == "killed in workflow":
                os.kill(os.getpid(), signal.SIGKILL)
        return first + await self._step("two", options)

    async def _step(self, step: str, options: StepOptions) -> str:
        return await workflow.execute_activity(
            effect,
            step,
            start_to_close_timeout=timedelta(milliseconds=options.start_to_close_ms),
            schedule_to_start_timeout=SHORT if options.claimed else None,
        )


@activity.defn
async def echo(text: str) -> str:
    """`text`."""
    return text


@activity.defn
async def make(size: int) -> str:
    """A text of that many characters."""
    return "x" * size


@workflow.defn
class Echo:
    """Its argument, by way of an activity."""

    @workflow.run
    async def run(self, text: str) -> str:
        """`text`."""
        return await workflow.execute_activity(echo, text, start_to_close_timeout=SHORT)


@workflow.defn
class Make:
    """The length of what an activity made."""

    @workflow.run
    async def run(self, size: int) -> int:
        """`size`."""
        text = await workflow.execute_activity(make, size, start_to_close_timeout=SHORT)
        return len(text)


@workflow.defn
class Oversized:
    """A result made by the workflow itself."""

    @workflow.run
    async def run(self, size: int) -> str:
        """That many characters."""
        return "x" * size


@workflow.defn
class Collect:
    """Waits for signals."""

    def __init__(self) -> None:
        self.names: list[str] = []

    @workflow.signal
    async def add(self, name: str) -> None:
        """One more name."""
        self.names.append(name)

    @workflow.run
    async def run(self, count: int) -> list[str]:
        """The first `count` names."""
        await workflow.wait_condition(lambda: len(self.names) >= count)
        return self.names


@workflow.defn
class Family:
    """Two children, on whichever partitions; one waits for a signal."""

    @workflow.run
    async def run(self, text: str) -> list[str]:
        """What both say."""
        echoed = await workflow.start_child_workflow(Echo.run, text)
        collected = await workflow.start_child_workflow(Collect.run, 1)
        await collected.signal(Collect.add, text)
        return [await echoed, *await collected]


WORKFLOWS: list[type] = [TwoSteps, Echo, Make, Oversized, Collect, Family]
ACTIVITIES: list[Callable[..., Any]] = [effect, echo, make]
