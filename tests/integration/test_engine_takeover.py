"""Slots come and go: several of one command, killed, stopped, and what they served goes on."""

import asyncio
import os
import signal
from typing import Any

import pytest

from duralog.connectors.kafka.reader import GroupReader
from duralog.connectors.kafka.settings import KafkaSettings
from integration.programs import Echo
from integration.stack import Child, Stack, new_id
from integration.test_engine_crashes import QUEUE, own, served, slot
from integration.test_engine_owners import ready
from integration.test_engine_supervised import wait_gone

__all__ = ["own"]
pytestmark = pytest.mark.timeout(200)


def wait_told(engine: Child, event: str, number: int) -> dict[str, Any]:
    """The next event of that name and slot; the other one may have something to tell, too."""
    while True:
        told = engine.wait_for(event)
        if told["slot"] == number:
            return told


def wait_slots(engine: Child, partitions: int) -> dict[int, int]:
    """Wait until the slots of one command serve that many partitions; their process ids."""
    serves: dict[int, dict[str, object]] = {}
    while sum(str(told["text"]).count("default[") for told in serves.values()) != partitions:
        told = engine.wait_for("engine_ready")
        serves[told["slot"]] = told
    return {number: int(str(told["pid"])) for number, told in serves.items()}


async def test_one_command_runs_slots_that_come_back_and_stop_together(own: Stack) -> None:
    engine = own.start_engine("--slots", "2", ready=False)
    try:
        pids: dict[int, int] = {}
        while len(pids) < 2:
            pids |= await asyncio.to_thread(wait_slots, engine, 2)
        os.kill(pids[1], signal.SIGKILL)
        ended = await asyncio.to_thread(wait_told, engine, "engine_ended", 1)
        assert "SIGKILL" in ended["text"]
        again = await asyncio.to_thread(wait_told, engine, "engine_ready", 1)
        assert again["pid"] not in pids.values()
        async with served(own) as client:
            echoed = [
                client.execute_workflow(Echo.run, "x", id=new_id("echo"), task_queue=QUEUE)
                for _ in range(8)
            ]
            assert await asyncio.gather(*echoed) == ["x"] * 8
        engine.terminate()
        assert await asyncio.to_thread(engine.wait) == 0, engine.tail()
        for pid in (pids[0], again["pid"]):
            wait_gone(pid)
    finally:
        own.end()


async def test_a_slot_told_to_stop_hands_over_at_once(own: Stack) -> None:
    reader = GroupReader(
        KafkaSettings({"bootstrap.servers": own.address}), group=f"{own.prefix}.engine"
    )
    try:
        with slot(own) as first, slot(own, number=1) as second:
            await asyncio.gather(ready(first, 1), ready(second, 1))
            assert reader.is_live(f"{own.prefix}.engine.0")
            assert await asyncio.to_thread(first.stop) == 0, first.tail()
            # Its session would keep its partitions from others for seconds after its end.
            assert not reader.is_live(f"{own.prefix}.engine.0")
            await ready(second)
    finally:
        reader.close()
