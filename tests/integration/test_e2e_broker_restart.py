"""The broker is killed and comes back: engine, worker and client go on by themselves."""

import asyncio
from pathlib import Path

from duralog.connectors.embedded import EmbeddedKafka
from duralog.schemas.events import ActivityTaskCompleted
from integration.programs import LEDGER, StepOptions, TwoSteps, read_ledger
from integration.stack import Stack, check_gap_free, new_id

RUNS = 10


async def test_a_killed_broker_costs_time_and_nothing_else(tmp_path: Path) -> None:
    ledger, queue = tmp_path / "ledger", new_id("restart")
    with (
        EmbeddedKafka(data_dir=tmp_path / "kafka") as kafka,
        Stack(address=kafka.bootstrap_servers, prefix="restart", directory=tmp_path) as stack,
    ):
        stack.create_topics()
        stack.start_engine()
        stack.start_worker(queue, environment={LEDGER: str(ledger)})
        async with await stack.client() as client:
            handles = [
                await client.start_workflow(
                    TwoSteps.run, StepOptions(), id=new_id(), task_queue=queue
                )
                for _ in range(RUNS)
            ]
            await handles[0].result()  # In the middle of the rest.
            await asyncio.to_thread(kafka.kill)
            await asyncio.to_thread(kafka.start)
            assert [await handle.result() for handle in handles] == ["ONETWO"] * RUNS
            after = await client.start_workflow(
                TwoSteps.run, StepOptions(), id=new_id(), task_queue=queue
            )
            assert await after.result() == "ONETWO"
            for handle in [*handles, after]:
                history = await handle.fetch_history()
                check_gap_free(history)
                completed = [e for e in history.events if isinstance(e, ActivityTaskCompleted)]
                assert len(completed) == 2
                assert [e.step for e in read_ledger(ledger, handle.id)] == ["one", "two"]
