"""Two slots: partitions change hands, owners are paused, killed, left with open transactions."""

import asyncio

import pytest

from duralog import workflow
from duralog.client import WorkflowHandle
from duralog.schemas.events import TimerStarted
from integration.slots import SlotProcess
from integration.stack import Stack, check_gap_free, event_of, new_id, working
from integration.test_engine_crashes import PATIENCE, begin, own, served, slot, verify

__all__ = ["own"]
pytestmark = pytest.mark.timeout(300)


@workflow.defn
class Nap:
    """Sleeps."""

    @workflow.run
    async def run(self, ms: int) -> int:
        """`ms`, later."""
        await asyncio.sleep(ms / 1000)
        return ms


async def ready(process: SlotProcess, count: int = 2) -> None:
    """Wait until a slot serves that many partitions."""
    await asyncio.to_thread(process.wait_ready, count)


async def check(handles: list[WorkflowHandle[object, object]]) -> None:
    """They come to their ends, and once."""
    assert [await h.result() for h in handles] == ["x", ["a", "b"], ["y", "y"]]
    for handle in handles:
        assert check_gap_free(await handle.fetch_history())[-1] == "WorkflowExecutionCompleted"


async def test_partitions_change_hands_and_nothing_is_lost(own: Stack) -> None:
    async with served(own) as client:
        with slot(own) as first:
            await ready(first)
            begun = [asyncio.create_task(begin(client)) for _ in range(5)]
            with slot(own, number=1) as second:
                await asyncio.gather(ready(first, 1), ready(second, 1))
                begun += [asyncio.create_task(begin(client)) for _ in range(5)]
                first.kill()
                await ready(second)
                begun += [asyncio.create_task(begin(client)) for _ in range(5)]
                for handles in await asyncio.gather(*begun):
                    await check(handles)
                await asyncio.to_thread(verify, own, number=1)


async def test_a_paused_owner_wakes_and_fires_nothing(own: Stack) -> None:
    client = await own.client()
    async with working(client, workflows=[Nap], task_queue="nap"):
        with slot(own) as first, slot(own, number=1) as second:
            await asyncio.gather(ready(first, 1), ready(second, 1))
            handles = [
                await client.start_workflow(
                    Nap.run, 3_000, id=new_id("nap"), task_queue="nap", rpc_timeout=PATIENCE
                )
                for _ in range(8)
            ]
            await timers_started(handles)
            first.pause()
            await ready(second)
            assert [await h.result(rpc_timeout=PATIENCE) for h in handles] == [3_000] * 8
            first.wake()
            # It leaves or comes back; either way it serves again only what it was given anew.
            again = [
                await client.execute_workflow(
                    Nap.run, 10, id=new_id("nap"), task_queue="nap", rpc_timeout=PATIENCE
                )
                for _ in range(4)
            ]
            assert again == [10] * 4
            for handle in handles:
                names = check_gap_free(await handle.fetch_history())
                assert names.count("TimerFired") == 1


async def timers_started(handles: list[WorkflowHandle[Nap, int]]) -> None:
    """All have set their timers."""
    for handle in handles:
        await event_of(handle, TimerStarted)


async def test_what_a_dead_owner_left_open_is_aborted(own: Stack) -> None:
    async with served(own) as client:
        begun = asyncio.create_task(begin(client))
        with slot(own, crash_at="after-send-offsets:3") as first:
            assert await asyncio.to_thread(first.wait_end) == -9
        with slot(own, number=1) as second:
            await ready(second)
            await check(await begun)
            await asyncio.to_thread(verify, own, number=1)


async def test_a_slot_started_twice_fences_the_first(own: Stack) -> None:
    async with served(own) as client:
        with slot(own) as first:
            await ready(first)
            other = own.directory / "other"
            with SlotProcess(address=own.address, prefix=own.prefix, directory=other) as second:
                assert await asyncio.to_thread(first.wait_end) == 75, first.tail()
                await ready(second)
                await check(await begin(client))
