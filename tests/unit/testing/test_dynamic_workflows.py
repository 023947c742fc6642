"""A dynamic Workflow, and what any Workflow can ask about itself: against the real engine."""

from collections.abc import AsyncIterator, Sequence
from random import Random  # noqa: TID251 # what the Workflow's seed is compared with
from typing import Any

import pytest

from duralog import workflow
from duralog.client import WorkflowFailureError
from duralog.common import RawValue
from duralog.testing import WorkflowEnvironment
from duralog.worker import Replayer, Worker

QUEUE = "q"


@workflow.defn(dynamic=True)
class Anything:
    """Runs what has no class of its own."""

    @workflow.run
    async def run(self, args: Sequence[RawValue]) -> list[Any]:
        if workflow.info().workflow_type == "fails":
            raise LookupError("as configured")
        values = [workflow.payload_converter().from_payload(arg.payload) for arg in args]
        return [workflow.info().workflow_type, *values]

    @workflow.dynamic_config
    def configure(self) -> workflow.DynamicWorkflowConfig:
        return workflow.DynamicWorkflowConfig(failure_exception_types=[LookupError])


@workflow.defn
class Facts:
    """Randomness by its seed, and where it stands."""

    @workflow.run
    async def run(self) -> list[Any]:
        workflow.set_current_details("half way")
        ids = [workflow.uuid7(), workflow.uuid7()]
        assert {uuid.version for uuid in ids} == {7}
        same, other = workflow.new_random(), workflow.new_random("other")
        assert workflow.new_random("other").random() == other.random()
        assert not workflow.unsafe.is_read_only()
        await workflow.wait_condition(lambda: hasattr(self, "ended"))
        seed = workflow.random_seed()
        return [seed, same.random(), *map(str, ids), workflow.get_current_details()]

    @workflow.signal
    def end(self) -> None:
        self.ended = True

    @workflow.query
    def is_read_only(self) -> list[bool]:
        return [workflow.unsafe.is_read_only(), workflow.unsafe.is_replaying_history_events()]


@pytest.fixture
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    environment = await WorkflowEnvironment.start_time_skipping()
    async with (
        environment,
        Worker(environment.client, task_queue=QUEUE, workflows=[Anything, Facts]),
    ):
        yield environment


async def test_a_dynamic_workflow_runs_what_has_no_other(environment: WorkflowEnvironment) -> None:
    client = environment.client
    handle = await client.start_workflow("unheard of", args=[1, "b"], id="d", task_queue=QUEUE)
    assert await handle.result() == ["unheard of", 1, "b"]
    await Replayer(workflows=[Anything]).replay_workflow(await handle.fetch_history())


async def test_its_configuration_says_what_fails_it(environment: WorkflowEnvironment) -> None:
    with pytest.raises(WorkflowFailureError) as caught:
        await environment.client.execute_workflow("fails", id="d", task_queue=QUEUE)
    assert "as configured" in str(caught.value.cause)


async def test_a_workflow_knows_its_seed_and_where_it_stands(
    environment: WorkflowEnvironment,
) -> None:
    handle = await environment.client.start_workflow(Facts.run, id="f", task_queue=QUEUE)
    assert await handle.query(Facts.is_read_only) == [True, False]
    metadata: Any = await handle.query("__temporal_workflow_metadata")
    assert metadata["currentDetails"] == "half way"
    await handle.signal(Facts.end)
    seed, first, *ids, details = await handle.result()
    assert first == Random(seed).random()
    assert ids[0] != ids[1]
    assert details == "half way"
    await Replayer(workflows=[Facts]).replay_workflow(await handle.fetch_history())
