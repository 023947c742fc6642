"""`make bench SCENARIO=guard`: what the determinism guard costs. Needs no broker.

An activation is a run's first Workflow Task: decode its events, make the Workflow, run it to its
first Activity, and take its Command. It is timed in the CPU of this process, first before the guard
is there, then with it in its place; the least of many rounds, which is what other processes
on the machine disturb least. A call is `time.time()`, which the guard replaces: made by an
Activity, or anything else in a worker's process, it is looked at and passed on.
"""

import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from duralog import activity, workflow
from duralog.workers.guard import install
from duralog.workers.outcomes import Completed
from duralog.workers.processor import WorkflowTaskProcessor
from duralog.workflow.sandbox import SandboxRestrictions
from unit.workers.histories import HistoryBuilder

ROUNDS: Final = 40
ACTIVATIONS: Final = 200  # A round of each: about 40 ms.
CALLS: Final = 100_000


@activity.defn
async def greet(name: str) -> str:
    """Is only scheduled."""
    return name


@workflow.defn
class Greet:
    """One Activity."""

    @workflow.run
    async def run(self, name: str) -> str:
        """Schedule it."""
        return await workflow.execute_activity(
            greet, name, start_to_close_timeout=timedelta(seconds=10)
        )


def measure() -> list[dict[str, Any]]:
    """One object with microseconds of CPU."""
    task = HistoryBuilder(workflow_type="Greet").start("Ana").task()
    definition = workflow.WorkflowDefinition.must_find(Greet)

    def activations(restrictions: SandboxRestrictions | None) -> Callable[[], None]:
        def run() -> None:
            processor = WorkflowTaskProcessor(
                definitions={"Greet": definition}, restrictions=restrictions, cache_size=0
            )
            for _ in range(ACTIVATIONS):
                assert isinstance(processor.process(task), Completed)

        return run

    def calls() -> None:
        for _ in range(CALLS):
            time.time()  # noqa: TID251 # the call that is timed

    without = least(activations(None), ACTIVATIONS)
    call = least(calls, CALLS)
    install()
    guarded = least(activations(SandboxRestrictions.default), ACTIVATIONS)
    return [
        {
            "scenario": "guard",
            "activation_us": round(guarded, 1),
            "activation_without_guard_us": round(without, 1),
            "guard_per_activation_us": round(guarded - without, 1),
            "call_us": round(least(calls, CALLS), 3),
            "call_without_guard_us": round(call, 3),
            "python": sys.version.split()[0],
        }
    ]


def least(run: Callable[[], None], count: int) -> float:
    """Microseconds of one of `count`, in the best round."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time_ns()
        run()
        best = min(best, time.process_time_ns() - began)
    return best / count / 1000
