"""A worker process that stands still, is given up, and wakes up to go on: a zombie of a worker."""

import asyncio
import os
import signal
from pathlib import Path

from duralog.schemas.events import ActivityTaskCompleted
from integration.programs import FATE, LEDGER, StepOptions, TwoSteps, read_ledger
from integration.stack import Stack, check_gap_free, new_id


async def test_what_a_worker_that_was_given_up_answers_is_dropped(
    stack: Stack, tmp_path: Path
) -> None:
    ledger, queue = tmp_path / "ledger", new_id("paused")
    environment = {LEDGER: str(ledger)}
    async with await stack.client() as client:
        paused = await asyncio.to_thread(
            stack.start_worker, queue, environment={**environment, FATE: "stopped in activity"}
        )
        handle = await client.start_workflow(
            TwoSteps.run, StepOptions(), id=new_id(), task_queue=queue
        )
        # Its activity has begun and nobody has heard of that.
        _, status = await asyncio.to_thread(os.waitpid, paused.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        other = await asyncio.to_thread(stack.start_worker, queue, environment=environment)
        assert await handle.result() == "ONETWO"
        os.kill(paused.pid, signal.SIGCONT)
        # It answers, is refused, and takes its part of the queue again.
        handles = [
            await client.start_workflow(TwoSteps.run, StepOptions(), id=new_id(), task_queue=queue)
            for _ in range(4)
        ]
        other.terminate()
        assert [await h.result() for h in handles] == ["ONETWO"] * 4
        paused.kill()
        history = await handle.fetch_history()
    check_gap_free(history)
    assert sum(isinstance(event, ActivityTaskCompleted) for event in history.events) == 2
    names = {paused.pid: "paused", other.pid: "other"}
    found = [(entry.step, names[entry.pid]) for entry in read_ledger(ledger, handle.id)]
    assert found == [("one", "paused"), ("one", "other"), ("two", "other")]
