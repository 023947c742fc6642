"""The greeting example as its README tells it: published by a stranger, greeted, tailed."""

import asyncio
import importlib
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web

from duralog.client import Client, RPCError
from duralog.worker import Worker
from integration.stack import Stack

EXAMPLE = Path(__file__).parents[2] / "examples" / "greeting"
NAMES = ("Ana", "Luis", "Carmen")
FAIL_RATE = 0.3  # With this seed some of the first calls fail.
SEED = 3


Load = Callable[[str], Any]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Imports a module of the example, as its scripts do: from its own folder."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    return importlib.import_module


@pytest.fixture
async def service_url(load: Load) -> AsyncIterator[str]:
    runner = web.AppRunner(load("service").make_app(FAIL_RATE, SEED))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def run_script(name: str, *options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(EXAMPLE / name), *options], stdout=subprocess.PIPE, text=True
    )


async def published(stack: Stack) -> list[str]:
    """Run publish.py; the Workflow IDs it tells."""
    script = run_script(
        "publish.py", *NAMES, "--kafka", stack.address, "--topic", stack.topic("ingress")
    )
    output, _ = await asyncio.to_thread(script.communicate, timeout=30)
    assert script.returncode == 0
    return [line.removeprefix("published ") for line in output.splitlines()]


async def result_of(client: Client, workflow_id: str) -> Any:
    """The result of a run that may not have begun yet."""
    until = time.monotonic() + 30
    while True:
        try:
            return await client.get_workflow_handle(workflow_id).result()
        except RPCError:
            if time.monotonic() > until:
                raise


async def test_a_published_event_becomes_a_greeting_and_a_history(
    stack: Stack, service_url: str, load: Load
) -> None:
    workflow_ids = await published(stack)
    client = await Client.connect(stack.address, prefix=stack.prefix)
    async with client, ClientSession() as session:
        activities = load("activities").GreetingActivities(session, service_url)
        worker = Worker(
            client,
            task_queue=load("worker").TASK_QUEUE,
            workflows=[load("workflow").GreetSomeone],
            activities=[activities.greet_in_spanish],
        )
        async with worker:
            results = [await result_of(client, workflow_id) for workflow_id in workflow_ids]
    assert results == [f"¡Hola, {name}!" for name in NAMES]
    assert await asyncio.to_thread(tailed, stack, set(workflow_ids)) == 11


def tailed(stack: Stack, workflow_ids: set[str]) -> int:
    """How many events each of the workflows has in the topic, as tail.py sees them."""
    script = run_script("tail.py", "--kafka", stack.address, "--topic", stack.topic("history"))
    counts: Counter[str] = Counter()
    closed = 0
    assert script.stdout is not None
    try:
        for line in script.stdout:
            workflow_id, _, name = line.rsplit(maxsplit=2)
            if workflow_id in workflow_ids:
                counts[workflow_id] += 1
                closed += name == "WorkflowExecutionCompleted"
            if closed == len(workflow_ids):
                break
    finally:
        script.kill()
        script.wait()
        script.stdout.close()
    (events,) = set(counts.values())
    return events
