"""`WorkflowEnvironment.start_local`: a user's test on a real Kafka that it starts by itself."""

from datetime import timedelta
from pathlib import Path

from duralog import activity, workflow
from duralog.connectors.embedded import EmbeddedKafka
from duralog.testing import WorkflowEnvironment
from duralog.worker import Worker


@activity.defn
async def greet(name: str) -> str:
    return f"Hello, {name}"


@workflow.defn
class Greet:
    @workflow.run
    async def run(self, name: str) -> str:
        await workflow.sleep(0.1)
        return await workflow.execute_activity(
            greet, name, start_to_close_timeout=timedelta(seconds=30)
        )


async def test_a_user_starts_kafka_and_an_engine_for_a_test(
    tmp_path: Path, kafka: EmbeddedKafka
) -> None:
    del kafka  # Its jars are here, whichever test is the first.
    for name in ("Ana", "Luis"):  # The second finds what the first left.
        environment = await WorkflowEnvironment.start_local(namespace="mine", data_dir=tmp_path)
        async with (
            environment,
            Worker(environment.client, task_queue="q", workflows=[Greet], activities=[greet]),
        ):
            assert not environment.supports_time_skipping
            assert environment.client.namespace == "mine"
            result = await environment.client.execute_workflow(
                Greet.run, name, id=f"greet-{name}", task_queue="q"
            )
            assert result == f"Hello, {name}"
            first = environment.client.get_workflow_handle("greet-Ana", result_type=str)
            assert await first.result() == "Hello, Ana"
