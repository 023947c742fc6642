"""What is not deterministic raises in Workflow code, with the fix named; nowhere else."""

import asyncio
import logging
import os
import pathlib
import pickle
import random  # noqa: TID251 # forbidden, which is what is tested
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from time import time as imported_by_name  # noqa: TID251 # so too
from typing import Any, ClassVar

import pytest

from duralog import workflow
from duralog.client import WorkflowFailureError
from duralog.exceptions import ApplicationError
from duralog.testing import WorkflowEnvironment
from duralog.worker import Replayer, UnsandboxedWorkflowRunner, Worker
from duralog.worker.workflow_sandbox import (
    RestrictedWorkflowAccessError,
    SandboxedWorkflowRunner,
    SandboxRestrictions,
)

with workflow.unsafe.imports_passed_through():
    from unit.workers import passed_through

UTCNOW: str = "utcnow"  # Deprecated, and still called.
FORBIDDEN: dict[str, tuple[Callable[[], Any], str]] = {
    "time.time": (lambda: time.time(), "workflow.time()"),  # noqa: TID251, PLW0108
    "time.time ": (lambda: imported_by_name(), "workflow.time()"),  # noqa: PLW0108
    "time.monotonic": (lambda: time.monotonic(), "workflow.time()"),  # noqa: PLW0108
    "time.sleep": (lambda: time.sleep(0), "asyncio.sleep()"),
    "datetime.datetime.now": (lambda: datetime.now(UTC), "workflow.now()"),  # noqa: TID251
    "datetime.datetime.utcnow": (lambda: getattr(datetime, UTCNOW)(), "workflow.now()"),  # noqa: PLW0108
    "time.time  ": (lambda: date.today(), "workflow.now()"),  # noqa: DTZ011, PLW0108
    "random.random": (lambda: random.random(), "workflow.random()"),  # noqa: PLW0108
    "random.choice": (lambda: random.choice([1]), "workflow.random()"),
    "uuid.uuid4": (lambda: uuid.uuid4(), "workflow.uuid4()"),  # noqa: PLW0108
    "os.urandom": (lambda: os.urandom(1), "workflow.random()"),
    "os.getpid": (lambda: os.getpid(), "an activity"),  # noqa: PLW0108
    "os.getenv": (lambda: os.getenv("HOME"), "an activity"),
    "open": (lambda: open("/dev/null"), "an activity"),  # noqa: SIM115, PTH123
    "pathlib.Path.read_text": (lambda: pathlib.Path("/dev/null").read_text(), "an activity"),
    "socket.socket.__init__": (lambda: socket.socket(), "an activity"),  # noqa: PLW0108
    "subprocess.run": (lambda: subprocess.run(["true"], check=True), "an activity"),
    "subprocess.Popen.__init__": (lambda: subprocess.Popen(["true"]), "an activity"),
    "tempfile.mkdtemp": (lambda: tempfile.mkdtemp(), "an activity"),  # noqa: PLW0108
    "threading.Thread.start": (lambda: threading.Thread(target=print).start(), "asyncio tasks"),
    "concurrent.futures.ThreadPoolExecutor.submit": (
        lambda: ThreadPoolExecutor(1).submit(print),
        "asyncio tasks",
    ),
}
ALLOWED: dict[str, Callable[[], Any]] = {
    "logging": lambda: logging.getLogger("allowed").warning("a time is in every line"),
    "workflow.random": lambda: workflow.random().random(),
    "a seeded random": lambda: random.Random(7).random(),
    "a given datetime": lambda: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=1),
    "a pure path": lambda: pathlib.Path("/a") / "b",
    "a passed-through module": passed_through.clock,
    "what a passed-through module calls": passed_through.calls_a_helper,
}


@workflow.defn
class Do:
    """Calls what the test says."""

    @workflow.run
    async def run(self, name: str) -> str:
        assert workflow.unsafe.in_sandbox()
        assert not workflow.unsafe.is_sandbox_unrestricted()
        if name in ALLOWED:
            ALLOWED[name]()
            return "allowed"
        call, _ = FORBIDDEN[name]
        with workflow.unsafe.sandbox_unrestricted():
            assert workflow.unsafe.is_sandbox_unrestricted()
            time.monotonic()
        try:
            call()
        except RestrictedWorkflowAccessError as error:
            raise ApplicationError(str(error), error.qualified_name) from None
        return "allowed"


@workflow.defn
class Careless:
    @workflow.run
    async def run(self) -> float:
        return time.time()  # noqa: TID251 # what is tested


@workflow.defn(sandboxed=False)
class Free:
    @workflow.run
    async def run(self) -> float:
        assert not workflow.unsafe.in_sandbox()
        return time.time()  # noqa: TID251 # what is tested


WORKFLOWS = [Do, Careless, Free]


async def test_what_is_forbidden_raises_and_names_the_fix_and_the_rest_is_allowed() -> None:
    async with (
        await WorkflowEnvironment.start_time_skipping() as environment,
        Worker(environment.client, task_queue="q", workflows=WORKFLOWS),
    ):
        client = environment.client
        for name, (_, fix) in FORBIDDEN.items():
            with pytest.raises(WorkflowFailureError) as caught:
                await client.execute_workflow(Do.run, name, id=name, task_queue="q")
            cause = caught.value.cause
            assert isinstance(cause, ApplicationError)
            assert cause.details[0] == name.strip()
            assert f"Cannot access {name.strip()} from inside a workflow: " in cause.message
            assert fix in cause.message
        for name in ALLOWED:
            result = await client.execute_workflow(Do.run, name, id=name, task_queue="q")
            assert result == "allowed", name
        assert await client.execute_workflow(Free.run, id="free", task_queue="q") > 0


@pytest.mark.parametrize(
    "runner",
    [
        UnsandboxedWorkflowRunner(),
        SandboxedWorkflowRunner(
            restrictions=SandboxRestrictions.default.with_passthrough_modules(
                __name__.partition(".")[0]
            )
        ),
        SandboxedWorkflowRunner(
            restrictions=SandboxRestrictions.default.with_passthrough_all_modules()
        ),
    ],
)
async def test_a_worker_may_be_exempt(runner: Any) -> None:
    async with (
        await WorkflowEnvironment.start_time_skipping() as environment,
        Worker(environment.client, task_queue="q", workflows=WORKFLOWS, workflow_runner=runner),
    ):
        client = environment.client
        assert await client.execute_workflow(Careless.run, id="c", task_queue="q") > 0
        history = await client.get_workflow_handle("c").fetch_history()
        await Replayer(workflows=WORKFLOWS, workflow_runner=runner).replay_workflow(history)
        with pytest.raises(RestrictedWorkflowAccessError):
            await Replayer(workflows=WORKFLOWS).replay_workflow(history)


async def test_outside_of_workflows_all_is_as_it_was() -> None:
    Replayer(workflows=WORKFLOWS)  # The first worker or replayer installs the guard.
    assert abs(time.time() - datetime.now(UTC).timestamp()) < 60  # noqa: TID251
    assert isinstance(datetime.now(), datetime)  # noqa: DTZ005, TID251
    assert await asyncio.to_thread(lambda: random.randint(7, 7)) == 7

    class Clock:
        now: ClassVar[Any] = time.monotonic

    assert Clock().now() > 0, "a guarded function does not become a method"
    assert pickle.loads(pickle.dumps(time.time)) is time.time  # noqa: TID251
    assert os.stat in os.supports_follow_symlinks
    assert shutil.which(sys.executable)


class Later(datetime):
    """A subclass."""


def test_now_of_a_subclass_is_of_the_subclass() -> None:
    Replayer(workflows=WORKFLOWS)
    assert type(Later.now(UTC)) is Later
