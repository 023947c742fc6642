"""Any program, any history: a replay of every prefix gives the Commands that were given then."""

import asyncio
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duralog import workflow
from duralog.exceptions import ActivityError
from duralog.schemas import commands
from duralog.workers.machines.complete import CloseCommand
from duralog.workers.outcomes import Completed
from duralog.workers.processor import WorkflowTaskProcessor
from unit.workers.driver import application_failure, processor_of
from unit.workers.histories import RUN_ID, HistoryBuilder

TEN = timedelta(seconds=10)
Program = list[Any]


@workflow.defn
class Interpreter:
    """Runs a program: nested lists of [verb, …]."""

    def __init__(self) -> None:
        self.signals: list[int] = []
        self.log: list[str] = []

    @workflow.signal(unfinished_policy=workflow.HandlerUnfinishedPolicy.ABANDON)
    async def poke(self, number: int) -> None:
        """Every second one schedules an Activity of its own."""
        self.signals.append(number)
        if number % 2:
            await self.activity(number)

    @workflow.run
    async def run(self, program: Program) -> list[str]:
        """Run it, and tell what happened in which order."""
        await self.block(program)
        return self.log

    async def block(self, program: Program) -> None:
        """Statements in turn."""
        for verb, argument in program:
            await getattr(self, verb)(argument)

    async def activity(self, number: int) -> None:
        """One Activity, which may fail."""
        try:
            result = await workflow.execute_activity("work", number, start_to_close_timeout=TEN)
            self.log.append(f"activity {number} {result} {workflow.time():.0f}")
        except ActivityError as error:
            self.log.append(f"activity {number} {type(error.cause).__name__}")

    async def sleep(self, seconds: int) -> None:
        """One timer."""
        await asyncio.sleep(seconds)
        self.log.append(f"slept {seconds} {workflow.uuid4()}")

    async def together(self, program: Program) -> None:
        """Statements at the same time."""
        await asyncio.gather(*(self.block([statement]) for statement in program))

    async def limited(self, program: Program) -> None:
        """Statements in turn, within two seconds."""
        try:
            async with asyncio.timeout(2):
                await self.block(program)
        except TimeoutError:
            self.log.append("timed out")

    async def first(self, program: Program) -> None:
        """Statements at the same time; when one is done the others are cancelled."""
        tasks = [asyncio.create_task(self.block([statement])) for statement in program]
        if not tasks:
            return
        _, pending = await workflow.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    async def signalled(self, count: int) -> None:
        """So many Signals."""
        try:
            await workflow.wait_condition(lambda: len(self.signals) >= count, timeout=3)
        except TimeoutError:
            self.log.append("no signals")

    async def cancelled(self, kind: int) -> None:
        """An Activity that is cancelled after a moment."""
        handle = workflow.start_activity(
            "slow",
            start_to_close_timeout=TEN,
            cancellation_type=workflow.ActivityCancellationType(kind),
        )
        if kind < 2:
            await asyncio.sleep(1)
        handle.cancel()
        try:
            self.log.append(f"not cancelled {await handle}")
        except ActivityError as error:
            self.log.append(type(error.cause).__name__)


LEAF = st.one_of(
    st.tuples(st.just("activity"), st.integers(0, 3)),
    st.tuples(st.just("sleep"), st.integers(0, 3)),
    st.tuples(st.just("signalled"), st.integers(0, 2)),
    st.tuples(st.just("cancelled"), st.integers(0, 2)),
)
PROGRAMS = st.lists(
    st.recursive(
        LEAF,
        lambda inner: st.tuples(
            st.sampled_from(["block", "together", "limited", "first"]), st.lists(inner, max_size=4)
        ),
        max_leaves=8,
    ),
    max_size=4,
)


class World:
    """What the engine and its workers may do next to a run."""

    def __init__(self, history: HistoryBuilder) -> None:
        self.history = history
        self.activities: dict[int, bool] = {}
        self.timers: list[str] = []
        self.signals = 0

    def recorded(self, made: list[commands.Command], ids: list[int]) -> None:
        """Take the Commands of a task."""
        for command, event_id in zip(made, ids, strict=True):
            if isinstance(command, commands.ScheduleActivityTask):
                self.activities[event_id] = False
            elif isinstance(command, commands.RequestCancelActivityTask):
                self.activities[command.scheduled_event_id] = True
            elif isinstance(command, commands.StartTimer):
                self.timers.append(command.timer_id)
            elif isinstance(command, commands.CancelTimer):
                self.timers.remove(command.timer_id)

    def happen(self, draw: st.DataObject) -> None:
        """Add one to three Events."""
        for _ in range(draw.draw(st.integers(1, 3), "how many")):
            choices = ["signal"] * (self.signals < 3)
            choices += ["activity"] * bool(self.activities) + ["timer"] * bool(self.timers)
            if choices:
                getattr(self, draw.draw(st.sampled_from(choices), "what"))(draw)

    def signal(self, draw: st.DataObject) -> None:
        self.signals += 1
        self.history.signal("poke", self.signals)

    def activity(self, draw: st.DataObject) -> None:
        scheduled = draw.draw(st.sampled_from(sorted(self.activities)), "which")
        if draw.draw(st.booleans(), "fails"):
            self.history.fail_activity(scheduled, application_failure())
        else:
            self.history.complete_activity(scheduled, "done")
        del self.activities[scheduled]

    def timer(self, draw: st.DataObject) -> None:
        timer_id = draw.draw(st.sampled_from(self.timers), "which")
        self.timers.remove(timer_id)
        self.history.fire_timer(timer_id)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(program=PROGRAMS, draw=st.data())
def test_a_replay_gives_the_same_commands_as_the_run_that_was_there(
    program: Program, draw: st.DataObject
) -> None:
    cached, replayer = processor_of(Interpreter), processor_of(Interpreter, cache_size=0)
    history = HistoryBuilder(workflow_type="Interpreter").start(program)
    world = World(history)
    for number in range(12):
        expected = commands_of(cached, history, full=number == 0)
        assert commands_of(replayer, history, full=True) == expected
        assert cached.counters.cache_hits == number
        cached.accepted(RUN_ID, str(number))
        world.recorded(expected, history.complete_task(expected, str(number)))
        if any(isinstance(c, CloseCommand) for c in expected):
            break
        world.happen(draw)
        history.schedule_task()
    cached.close()


def commands_of(
    processor: WorkflowTaskProcessor, history: HistoryBuilder, *, full: bool
) -> list[commands.Command]:
    outcome = processor.process(history.task(full=full))
    assert isinstance(outcome, Completed), outcome
    return outcome.commands
