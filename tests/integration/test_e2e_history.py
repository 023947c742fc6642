"""What a data team gets by its own means: every event of every run once, without gaps."""

import asyncio
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from integration.programs import Echo, echo
from integration.stack import END_S, Stack, new_id, working

TAIL = Path(__file__).parents[2] / "examples" / "greeting" / "tail.py"
LINE = re.compile(r"(.+?) +(\d+) (\w+)")
RUNS = 10


def tail(stack: Stack, ids: set[str]) -> dict[str, list[tuple[int, str]]]:
    """Let the example read the topic from its start, until all of `ids` have closed."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    command = [sys.executable, str(TAIL), "--kafka", stack.address]
    with subprocess.Popen(
        [*command, "--topic", stack.topic("history")], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        waiting = set(ids)
        while waiting:
            match = LINE.fullmatch(process.stdout.readline().strip())
            assert match is not None
            workflow_id, event_id, name = match.groups()
            found[workflow_id].append((int(event_id), name))
            if name == "WorkflowExecutionCompleted":
                waiting.discard(workflow_id)
        process.terminate()
        process.wait(END_S)
    return found


async def test_a_data_team_reads_every_event_once_and_in_order(stack: Stack) -> None:
    ids = [new_id("tail") for _ in range(RUNS)]
    async with (
        await stack.client() as client,
        working(client, workflows=[Echo], activities=[echo]) as worker,
    ):
        starts = (
            client.execute_workflow(Echo.run, i, id=i, task_queue=worker.task_queue) for i in ids
        )
        assert await asyncio.gather(*starts) == ids
    found = await asyncio.to_thread(tail, stack, set(ids))
    for workflow_id in ids:
        numbers = [number for number, _ in found[workflow_id]]
        names = [name for _, name in found[workflow_id]]
        assert numbers == list(range(1, len(numbers) + 1))
        assert (names[0], names[-1]) == ("WorkflowExecutionStarted", "WorkflowExecutionCompleted")
        assert names.count("ActivityTaskCompleted") == 1


async def test_the_fold_of_the_topics_is_the_state(stack: Stack) -> None:
    async with (
        await stack.client() as client,
        working(client, workflows=[Echo], activities=[echo]) as worker,
    ):
        handle = await client.start_workflow(
            Echo.run, "x", id=new_id(), task_queue=worker.task_queue
        )
        await client.start_workflow(Echo.run, "x", id=new_id(), task_queue=new_id("nobody"))
        await handle.result()
    state = stack.directory / "slot-0" / "slot-0"
    done = await asyncio.to_thread(stack.duralog, "partition", "verify", "--state", str(state))
    assert done.returncode == 0, done.stdout + done.stderr
