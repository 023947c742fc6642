"""Workflow Tasks are run, answered and failed; a blocked thread is reported and given up."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from duralog import workflow
from duralog.connectors.channel import Channel
from duralog.connectors.clock import now_ms
from duralog.converter import DataConverter
from duralog.schemas import events
from duralog.schemas.codec import decode, encode
from duralog.schemas.commands import CompleteWorkflowExecution, ScheduleActivityTask
from duralog.schemas.requests import (
    RecordWorkflowTaskStarted,
    RespondWorkflowTaskCompleted,
    RespondWorkflowTaskFailed,
)
from duralog.schemas.tasks import WorkflowTask
from duralog.worker.checks import workflow_table
from duralog.workers import watchdog, workflow_runner
from duralog.workers.processor import WorkflowTaskProcessor
from duralog.workers.workflow_runner import WorkflowRunner
from unit.workers.desk import Desk, open_channel, wait_until

CONVERTER = DataConverter.default
UNBLOCK = threading.Event()


@workflow.defn
class Echo:
    @workflow.run
    async def run(self, text: str) -> str:
        return text


@workflow.defn
class CallOut:
    @workflow.run
    async def run(self, text: str) -> str:
        result: str = await workflow.execute_activity(
            "greet", text, start_to_close_timeout=timedelta(seconds=5)
        )
        return result


@workflow.defn
class Blocked:
    @workflow.run
    async def run(self, text: str) -> str:
        UNBLOCK.wait(30)
        return text


@workflow.defn
class Large:
    @workflow.run
    async def run(self, text: str) -> str:
        return text * 5_000_000


@workflow.defn
class BadName:
    @workflow.run
    async def run(self, text: str) -> None:
        name: Any = 7  # What no type checker sees.
        await workflow.execute_activity(
            "greet", text, activity_id=name, start_to_close_timeout=timedelta(seconds=5)
        )


@dataclass
class Bench:
    """A runner at a desk."""

    desk: Desk
    channel: Channel
    runner: WorkflowRunner
    failures: list[str] = field(default_factory=list[str])
    runs: int = 0

    def put(self, workflow_type: str, text: str = "x", **options: Any) -> str:
        """Dispatch the first task of a new run."""
        self.runs += 1
        run_id = f"run-{self.runs}"
        self.desk.put(first_task(workflow_type, run_id, text, **options))
        return run_id


def head(run_id: str, event_id: int) -> dict[str, Any]:
    return {
        "workflow_id": "w",
        "run_id": run_id,
        "event_id": event_id,
        "event_time_ms": 1_700_000_000_000 + event_id,
    }


def opening(workflow_type: str, run_id: str, text: str) -> list[bytes]:
    """Events 1 and 2."""
    started = events.WorkflowExecutionStarted(
        **head(run_id, 1),
        workflow_type=workflow_type,
        task_queue="q",
        input=CONVERTER.to_payloads([text]),
        first_execution_run_id=run_id,
    )
    scheduled = events.WorkflowTaskScheduled(**head(run_id, 2), task_queue="q")
    return [encode(started), encode(scheduled)]


def continuation(run_id: str, completion_id: str) -> list[bytes]:
    """Events 3 to 8: the first task's, one activity, and the next task scheduled."""
    return [
        encode(event)
        for event in (
            events.WorkflowTaskStarted(**head(run_id, 3), scheduled_event_id=2),
            events.WorkflowTaskCompleted(
                **head(run_id, 4),
                scheduled_event_id=2,
                started_event_id=3,
                completion_id=completion_id,
            ),
            events.ActivityTaskScheduled(
                **head(run_id, 5), activity_id="1", activity_type="greet", task_queue="q"
            ),
            events.ActivityTaskStarted(**head(run_id, 6), scheduled_event_id=5),
            events.ActivityTaskCompleted(
                **head(run_id, 7),
                scheduled_event_id=5,
                started_event_id=6,
                result=CONVERTER.to_payloads(["Hola"]),
            ),
            events.WorkflowTaskScheduled(**head(run_id, 8), task_queue="q"),
        )
    ]


def first_task(workflow_type: str, run_id: str, text: str, **options: Any) -> WorkflowTask:
    return WorkflowTask(
        workflow_id="w",
        run_id=run_id,
        workflow_type=workflow_type,
        task_queue="q",
        partition=0,
        scheduled_event_id=2,
        started_event_id=3,
        started_time_ms=now_ms(),
        attempt=1,
        dispatch_time_ms=now_ms(),
        full=True,
        events=opening(workflow_type, run_id, text),
        **options,
    )


def second_task(run_id: str, completion_id: str) -> WorkflowTask:
    """Carries the new events only."""
    return WorkflowTask(
        workflow_id="w",
        run_id=run_id,
        workflow_type="CallOut",
        task_queue="q",
        partition=0,
        scheduled_event_id=8,
        started_event_id=9,
        started_time_ms=now_ms(),
        attempt=1,
        dispatch_time_ms=now_ms(),
        previous_started_event_id=3,
        previous_completion_id=completion_id,
        events=continuation(run_id, completion_id)[1:],
    )


@pytest.fixture
def bench() -> Iterator[Bench]:
    UNBLOCK.clear()
    desk = Desk()
    channel = open_channel(desk)
    failures: list[str] = []
    runner = WorkflowRunner(
        channel,
        WorkflowTaskProcessor(definitions=workflow_table([Echo, CallOut, Blocked, Large, BadName])),
        task_queue="q",
        tasks_max=10,
        failed=failures.append,
    )
    runner.start()
    yield Bench(desk, channel, runner, failures)
    UNBLOCK.set()
    runner.stop(0)
    channel.close()


def answers(desk: Desk, count: int = 1) -> list[RespondWorkflowTaskCompleted]:
    return desk.wait_for(RespondWorkflowTaskCompleted, count)


def test_a_task_is_answered_with_commands_token_and_completion_id(bench: Bench) -> None:
    run_id = bench.put("Echo", "Ana")
    answer = answers(bench.desk)[0]
    (command,) = [decode(data) for data in answer.commands]
    assert isinstance(command, CompleteWorkflowExecution)
    assert CONVERTER.from_payloads(command.result) == ["Ana"]
    assert (answer.run_id, answer.scheduled_event_id, answer.started_event_id) == (run_id, 2, 3)
    assert answer.completion_id


def test_a_cached_run_goes_on_with_the_new_events(bench: Bench) -> None:
    run_id = bench.put("CallOut")
    first = answers(bench.desk)[0]
    assert [type(decode(data)) for data in first.commands] == [ScheduleActivityTask]
    bench.desk.put(second_task(run_id, first.completion_id))
    second = answers(bench.desk, 2)[1]
    assert [type(decode(data)) for data in second.commands] == [CompleteWorkflowExecution]
    assert second.completion_id != first.completion_id
    claims = [r for r in bench.desk.requests if isinstance(r, RecordWorkflowTaskStarted)]
    assert not any(claim.reset_sticky for claim in claims)


def test_a_run_that_is_not_cached_asks_for_the_whole_history(bench: Bench) -> None:
    bench.desk.history = [*opening("CallOut", "r", "x"), *continuation("r", "other")]
    bench.desk.put(second_task("r", "other"))
    answer = answers(bench.desk)[0]
    assert [type(decode(data)) for data in answer.commands] == [CompleteWorkflowExecution]
    claims = bench.desk.wait_for(RecordWorkflowTaskStarted)
    assert claims[-1].claim
    assert claims[-1].reset_sticky


def test_an_unknown_workflow_type_fails_the_task(bench: Bench) -> None:
    bench.put("Nothing")
    (answer,) = bench.desk.wait_for(RespondWorkflowTaskFailed)
    assert answer.cause == "WORKFLOW_WORKER_UNHANDLED_FAILURE"
    assert answer.failure is not None
    assert "Workflow class Nothing is not registered" in answer.failure.message


def test_commands_that_are_too_large_fail_the_task(bench: Bench) -> None:
    bench.put("Large")
    (answer,) = bench.desk.wait_for(RespondWorkflowTaskFailed)
    assert answer.cause == "PAYLOADS_TOO_LARGE"
    bench.put("Echo")
    assert answers(bench.desk)


def test_a_blocked_thread_is_reported_with_its_stack(
    bench: Bench, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "BLOCKED_REPORT_MS", 10)
    with caplog.at_level(logging.WARNING, logger="duralog.worker"):
        bench.put("Blocked")
        wait_until(lambda: "blocks its thread" in caplog.text)
        assert "UNBLOCK.wait" in caplog.text
    UNBLOCK.set()
    assert answers(bench.desk)


def test_a_thread_blocked_for_too_long_is_given_up_and_others_go_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "BLOCKED_ABANDON_MS", 10)
    run_id = bench.put("Blocked")
    (answer,) = bench.desk.wait_for(RespondWorkflowTaskFailed)
    assert answer.run_id == run_id
    assert answer.failure is not None
    assert "Potential deadlock" in answer.failure.message
    monkeypatch.setattr(watchdog, "BLOCKED_ABANDON_MS", 10_000)
    bench.put("Echo")
    assert [a.run_id for a in answers(bench.desk)] == ["run-2"]
    UNBLOCK.set()
    bench.put("Echo")
    assert [a.run_id for a in answers(bench.desk, 2)] == ["run-2", "run-3"]


@pytest.mark.slow
def test_when_too_many_threads_are_blocked_the_worker_gives_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "BLOCKED_ABANDON_MS", 10)
    for _ in range(workflow_runner.ABANDONED_MAX + 1):
        bench.put("Blocked")
    wait_until(lambda: bool(bench.failures))
    assert bench.failures == ["5 workflow threads are blocked for ever"]


def test_a_command_that_cannot_be_sent_fails_the_task(bench: Bench) -> None:
    bench.put("BadName")
    (answer,) = bench.desk.wait_for(RespondWorkflowTaskFailed)
    assert answer.cause == "WORKFLOW_WORKER_UNHANDLED_FAILURE"
    bench.put("Echo")
    assert answers(bench.desk)


def test_a_bug_in_one_step_does_not_end_the_thread_of_all(bench: Bench) -> None:
    bench.runner._jobs.put(lambda: 1 // 0)  # type: ignore[arg-type]
    bench.desk.put(first_task("Echo", "run-1", "Ana"))
    assert [a.run_id for a in answers(bench.desk)] == ["run-1"]
