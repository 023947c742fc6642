"""pytest finds our fixtures by itself, and a user's test needs no more than these."""

import subprocess
import sys
from pathlib import Path

import pytest

TEST = """
from datetime import timedelta

import pytest

from duralog import activity, workflow
from duralog.worker import Worker


@activity.defn
def greet(name):
    return f"Hello, {name}"


@workflow.defn
class Remind:
    @workflow.run
    async def run(self) -> str:
        await workflow.sleep(timedelta(days=30))
        return "now"


def test_alone(activity_environment):
    assert activity_environment.run(greet, "Ana") == "Hello, Ana"


async def test_whole(workflow_environment):
    client = workflow_environment.client
    async with Worker(client, task_queue="q", workflows=[Remind]):
        assert await client.execute_workflow(Remind.run, id="r", task_queue="q") == "now"
"""


@pytest.mark.slow  # A pytest in a pytest.
def test_the_fixtures_are_there(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(TEST, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "--asyncio-mode=auto"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "test_mine.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr
