"""One slot serves two namespaces: the same Workflow ID in both, and nothing goes across."""

import pytest

from duralog.client import Client
from integration.programs import ACTIVITIES, Echo
from integration.stack import Stack, check_gap_free, new_id, working
from integration.test_engine_crashes import own

__all__ = ["own"]
pytestmark = pytest.mark.timeout(200)


def test_a_namespace_without_topics_is_named(own: Stack) -> None:
    config = own.directory / "duralog.toml"
    config.write_text('[engine]\nnamespaces = ["default", "orders"]\n')
    refused = own.duralog("engine", "--config", str(config), "--data-dir", str(own.directory))
    assert refused.returncode == 1
    assert f"no topic '{own.prefix}.orders." in refused.stderr


async def test_a_workflow_id_names_one_workflow_in_each_namespace(own: Stack) -> None:
    config = own.directory / "duralog.toml"
    config.write_text('[engine]\nnamespaces = ["default", "orders"]\n')
    done = own.duralog("topics", "apply", "--namespace", "orders", "--partitions", "2")
    assert done.returncode == 0, done.stderr
    workflow_id, queue = new_id(), new_id("queue")
    with own:
        own.start_engine("--config", str(config))
        for namespace in ("default", "orders"):
            client = await Client.connect(own.address, namespace=namespace, prefix=own.prefix)
            worker = working(client, workflows=[Echo], activities=ACTIVITIES, task_queue=queue)
            async with client, worker:
                text = f"in {namespace}"
                handle = await client.start_workflow(
                    Echo.run, text, id=workflow_id, task_queue=queue
                )
                assert await handle.result() == text
                names = check_gap_free(await handle.fetch_history())
                assert names.count("WorkflowExecutionStarted") == 1
