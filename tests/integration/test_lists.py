"""Lists and counts on a real Kafka: from the command line and the client, without the engine."""

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from duralog.connectors.embedded import EmbeddedKafka
from integration.programs import Echo, echo
from integration.stack import Stack, eventually, new_id, working

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's cache of this test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def listed(stack: Stack, query: str, *words: str) -> list[dict[str, Any]]:
    """What `duralog workflow list` says."""
    done = stack.duralog("workflow", "list", "--query", query, "-o", "json", *words)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def must(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


def index_files(cache: Path) -> list[Path]:
    return list(cache.glob("duralog/index/*/*.sqlite3"))


async def test_clients_and_the_command_line_list_what_ran(
    stack: Stack, cache: Path, tmp_path: Path
) -> None:
    ids = [new_id() for _ in range(5)]
    async with (
        await stack.client() as client,
        working(client, workflows=[Echo], activities=[echo]) as worker,
    ):
        queue = worker.task_queue
        await asyncio.gather(
            *(client.execute_workflow(Echo.run, i, id=i, task_queue=queue) for i in ids)
        )
        query = f"TaskQueue = '{queue}' AND ExecutionStatus = 'Completed'"
        assert {w.id async for w in client.list_workflows(query, page_size=2)} == set(ids)
        assert (await client.count_workflows(query)).count == 5
    # Two at once share the file that the client made.
    found = await asyncio.gather(*(asyncio.to_thread(listed, stack, query) for _ in range(2)))
    assert [{row["workflow_id"] for row in rows} for rows in found] == [set(ids)] * 2
    assert len(index_files(cache)) == 1
    own = tmp_path / "own.sqlite3"
    assert len(listed(stack, query, "--limit", "3", "--index", str(own))) == 3
    assert own.exists()
    counted = must(stack.duralog("workflow", "count", "-q", f"{query} GROUP BY ExecutionStatus"))
    assert counted.splitlines() == ["Total: 5", "Group total: 5, status: COMPLETED"]
    wrong = stack.duralog("workflow", "list", "--query", "WorkflowTyp = 'A'")
    assert wrong.returncode == 1
    assert "character 1: no column WorkflowTyp; is it WorkflowType?" in wrong.stderr


async def test_a_run_leaves_the_list_when_its_retention_is_over(
    kafka: EmbeddedKafka, topic_prefix: str, tmp_path: Path
) -> None:
    settings = tmp_path / "engine.toml"
    settings.write_text("[engine]\nretention_ms = 1000\n", encoding="utf-8")
    place = Stack(address=kafka.bootstrap_servers, prefix=topic_prefix, directory=tmp_path)
    with place as stack:
        stack.create_topics()
        stack.start_engine("--config", str(settings))
        start = ("workflow", "start", "--type", "A", "--task-queue", "nobody", "--workflow-id")
        for workflow_id in ("kept", "ended"):
            must(stack.duralog(*start, workflow_id, "--search-attribute", 'City="Rome"'))
        query = "City = 'Rome' AND WorkflowId IN ('kept', 'ended')"
        assert {row["workflow_id"] for row in listed(stack, query)} == {"kept", "ended"}
        must(stack.duralog("workflow", "terminate", "-w", "ended", "--reason", "over"))

        async def is_gone() -> bool:
            rows = await asyncio.to_thread(listed, stack, query)
            return [row["workflow_id"] for row in rows] == ["kept"]

        await eventually(is_gone)
