"""`flat-cost`: whether an event costs more in an execution that is large.

Each case does the same work twice, in many small executions and in one large one, and compares the
CPU that engine and worker spend on an event. Prints one JSON object a case, `ratio_per_event` first
of its figures: large against small.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from bench.scenarios import TASK_QUEUE
from bench.usage import cpu_ms
from bench.worker import FanOut, ManyTimers
from duralog.client import Client, WorkflowHandle

DEADLINE: Final = timedelta(minutes=15)


@dataclass(slots=True, frozen=True, kw_only=True)
class Case:
    """`run(client, n)` makes one execution of size n; returns its number of events.

    at_once: small ones that run together, to load the engine as the large one does.
    """

    name: str
    large: int
    small: int
    at_once: int
    run: Callable[[Client, int], Awaitable[int]]


async def fan_out(client: Client, size: int) -> int:
    """Activities that are all pending at once."""
    handle = await client.start_workflow(
        FanOut.run, size, id=_new_id(), task_queue=TASK_QUEUE, task_timeout=timedelta(seconds=60)
    )
    assert await handle.result(rpc_timeout=DEADLINE) == size
    return await _events(handle)


async def many_events(client: Client, size: int) -> int:
    """Two events a timer, and Workflow Tasks between them."""
    handle = await client.start_workflow(ManyTimers.run, size, id=_new_id(), task_queue=TASK_QUEUE)
    assert await handle.result(rpc_timeout=DEADLINE) == size
    return await _events(handle)


CASES: Final = (
    Case(name="10,000 pending activities", large=10_000, small=100, at_once=20, run=fan_out),
    Case(name="50,000 events", large=23_500, small=250, at_once=1, run=many_events),
)


async def measure(bootstrap_servers: str, pids: list[int]) -> list[dict[str, Any]]:
    """Every case. pids: of engine and worker."""
    results: list[dict[str, Any]] = []
    async with await Client.connect(bootstrap_servers) as client:
        for case in CASES:
            await case.run(client, case.small)  # Topics and caches are there then.
            small = await _cost(client, case, pids, size=case.small)
            large = await _cost(client, case, pids, size=case.large)
            results.append(
                {
                    "scenario": "flat-cost",
                    "case": case.name,
                    "ratio_per_event": round(large[1] / small[1], 2),
                    "events": {"small": small[0], "large": large[0]},
                    "cpu_ms_per_event": {"small": round(small[1], 3), "large": round(large[1], 3)},
                }
            )
    return results


async def _cost(client: Client, case: Case, pids: list[int], *, size: int) -> tuple[int, float]:
    """Events, and CPU ms of each, of as much work as the large execution does."""
    before_ms, events, left = cpu_ms(pids), 0, case.large // size
    while left:
        batch = min(left, case.at_once)
        events += sum(await asyncio.gather(*(case.run(client, size) for _ in range(batch))))
        left -= batch
    return events, (cpu_ms(pids) - before_ms) / events


async def _events(handle: WorkflowHandle[Any, Any]) -> int:
    return (await handle.describe()).history_length


def _new_id() -> str:
    return f"flat-{secrets.token_hex(6)}"
