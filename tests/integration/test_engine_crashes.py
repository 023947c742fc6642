"""The crash table on real Kafka: the slot is killed at every named point, and nothing shows it."""

import asyncio
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from duralog.client import Client, WorkflowHandle
from duralog.connectors.embedded import EmbeddedKafka
from integration.programs import Collect, Echo, Family, echo
from integration.slots import SlotProcess
from integration.stack import Stack, check_gap_free, new_id, working

pytestmark = pytest.mark.timeout(400)
QUEUE = "crash"
PATIENCE = timedelta(minutes=5)  # The engine is away for most of it.

# Named point, and the how manieth time it is reached when the process dies there.
CRASHES = (
    "before-begin:3",
    "after-produce:3",
    "after-flush:2",
    "after-send-offsets:3",
    "after-commit:2",
    "after-commit:4",
    "between-writes:3",
    "after-write:3",
    "after-reply:2",
    "recovery-before-fold:1",
    "recovery-before-fold:2",
    "recovery-before-resume:1",
)


@pytest.fixture
def own(kafka: EmbeddedKafka, topic_prefix: str, tmp_path: Path) -> Stack:
    """Topics of our own; slots are started by the test."""
    stack = Stack(address=kafka.bootstrap_servers, prefix=topic_prefix, directory=tmp_path)
    stack.create_topics(partitions=2, ingress_partitions=3)
    return stack


def slot(own: Stack, *, number: int = 0, crash_at: str = "") -> SlotProcess:
    """A slot process."""
    return SlotProcess(
        address=own.address,
        prefix=own.prefix,
        directory=own.directory / "engine",
        slot=number,
        crash_at=crash_at,
    )


def verify(own: Stack, *, number: int = 0) -> None:
    """The fold of the log is what the slot has on its disk."""
    done = own.duralog(
        "partition", "verify", "--state", str(own.directory / f"engine/slot-{number}")
    )
    assert done.returncode == 0, done.stdout + done.stderr


@asynccontextmanager
async def served(own: Stack) -> AsyncGenerator[Client]:
    """A client, and a worker in this process."""
    client = await own.client()
    async with working(
        client, workflows=[Echo, Collect, Family], activities=[echo], task_queue=QUEUE
    ):
        yield client


async def begin(client: Client) -> list[WorkflowHandle[object, object]]:
    """Some runs, begun while the engine is there or not: starts are kept in the log."""
    echoed = client.start_workflow(
        Echo.run, "x", id=new_id("echo"), task_queue=QUEUE, rpc_timeout=PATIENCE
    )
    collected = client.start_workflow(
        Collect.run, 2, id=new_id("collect"), task_queue=QUEUE, rpc_timeout=PATIENCE
    )
    family = client.start_workflow(
        Family.run, "y", id=new_id("family"), task_queue=QUEUE, rpc_timeout=PATIENCE
    )
    handles = await asyncio.gather(echoed, collected, family)
    for name in ("a", "b"):
        await handles[1].signal(Collect.add, name, rpc_timeout=PATIENCE)
    return list(handles)  # type: ignore[arg-type]


@pytest.mark.parametrize("keep_store", [True, False], ids=["store kept", "store lost"])
async def test_a_crash_at_any_point_shows_nowhere(own: Stack, keep_store: bool) -> None:
    async with served(own) as client:
        begun: list[asyncio.Task[list[WorkflowHandle[object, object]]]] = []
        for crash_at in CRASHES:
            begun.append(asyncio.create_task(begin(client)))
            with slot(own, crash_at=crash_at) as process:
                status = await asyncio.to_thread(process.wait_end)
                assert status == -9, f"{crash_at}: {process.tail()}"
            if not keep_store:
                shutil.rmtree(own.directory / "engine" / "slot-0")
        with slot(own) as process:
            await asyncio.to_thread(process.wait_ready)
            for handles in await asyncio.gather(*begun):
                results = [await h.result() for h in handles]
                assert results == ["x", ["a", "b"], ["y", "y"]], process.tail()
                for handle in handles:
                    names = check_gap_free(await handle.fetch_history())
                    assert names.count("ActivityTaskCompleted") <= 1
                    assert names.count("ChildWorkflowExecutionCompleted") in (0, 2)
                    assert names[-1] == "WorkflowExecutionCompleted"
            await asyncio.to_thread(verify, own)
            assert await asyncio.to_thread(process.stop) == 0
