"""What is too large: histories end, tasks travel without events, replies come in parts."""

import dataclasses
from typing import Any

from duralog.orchestrator.context import Context
from duralog.orchestrator.due import due
from duralog.orchestrator.handlers import INTERNAL
from duralog.orchestrator.outbox import Outbox
from duralog.orchestrator.process import process, set_aside
from duralog.orchestrator.queues import Queues
from duralog.schemas import commands, requests
from duralog.schemas.changelog import SOURCE_REQUESTS, SOURCE_TRANSFERS, Source
from duralog.schemas.codec import decode, encode
from duralog.schemas.payloads import Failure, Payload
from duralog.schemas.states import RunState
from duralog.schemas.tasks import ActivityTask, WorkflowTask
from duralog.state.limits import (
    BLOB_BYTES_MAX,
    HELD_EVENTS_MAX,
    HISTORY_BYTES_MAX,
    PARKED_MAX,
    PART_BYTES_MAX,
    PENDING_ACTIVITIES_MAX,
    PENDING_CANCELS_MAX,
    PENDING_CHILDREN_MAX,
    PENDING_SIGNALS_MAX,
    PENDING_TIMERS_MAX,
    SIGNALS_TOTAL_MAX,
    UPDATES_SUGGESTED,
)
from duralog.state.memory import MemoryStore
from duralog.state.partition import PartitionState

SIGNAL = requests.SignalWorkflowExecution(workflow_id="w", signal_name="s")


class Engine:
    def __init__(self) -> None:
        self.state = PartitionState(MemoryStore(), "default", 0)
        known = {(kind, "q") for kind in ("activities", "workflow-tasks")}
        self.queues = Queues(partition=0, partitions=1, activity_copies=4, known=known)
        self.offset = 0
        self.started = self.do(
            requests.StartWorkflowExecution(workflow_id="w", workflow_type="T", task_queue="q")
        )

    def context(self, kind: int = SOURCE_REQUESTS) -> Context:
        self.offset += 1
        source = Source(kind, 0, self.offset)
        return Context(now_ms=1_000, source=source, out=Outbox(), queues=self.queues)

    def do(self, request: requests.Request, kind: int = SOURCE_REQUESTS) -> Outbox:
        context = self.context(kind)
        process(self.state, request, context)
        self.state.write()
        return context.out

    def answer(self, out: Outbox, *made: commands.Command) -> Outbox:
        task = decode(out.messages[-1].value)
        assert isinstance(task, WorkflowTask)
        return self.do(
            requests.RespondWorkflowTaskCompleted(
                workflow_id="w",
                run_id=task.run_id,
                scheduled_event_id=task.scheduled_event_id,
                attempt=task.attempt,
                dispatch_time_ms=task.dispatch_time_ms,
                started_event_id=task.started_event_id,
                commands=[encode(one) for one in made],
            )
        )

    def complete(self, task: ActivityTask, size: int) -> Outbox:
        return self.do(
            requests.RespondActivityTaskCompleted(
                workflow_id="w",
                run_id=task.run_id,
                scheduled_event_id=task.scheduled_event_id,
                attempt=task.attempt,
                dispatch_time_ms=task.dispatch_time_ms,
                result=[Payload(metadata={}, data=b"x" * size)],
            )
        )

    def run(self) -> RunState:
        run = self.state.run(self.state.current_run_id("w") or "")
        assert run is not None
        return run.state

    def names(self, out: Outbox) -> list[str]:
        values = [c.value for c in out.changelog if c.kind == "history" and c.value]
        return [type(decode(value)).__name__ for value in values]


def activity(name: str) -> commands.ScheduleActivityTask:
    return commands.ScheduleActivityTask(
        activity_id=name, activity_type="A", start_to_close_timeout_ms=5_000
    )


def test_a_history_past_its_limit_ends_the_run() -> None:
    engine = Engine()
    engine.answer(engine.started)
    engine.run().history_size_bytes = HISTORY_BYTES_MAX
    assert engine.names(engine.do(SIGNAL))[-1] == "WorkflowExecutionTerminated"


def test_a_task_that_would_not_fit_its_topic_carries_no_events_and_fits_no_cache() -> None:
    engine = Engine()
    out = engine.answer(engine.started, activity("1"), activity("2"), activity("3"))
    tasks = [decode(m.value) for m in out.messages]
    waking = engine.do(SIGNAL)
    for task in tasks:
        engine.complete(task, 1_500_000)
    last = decode(engine.answer(waking).messages[-1].value)
    assert isinstance(last, WorkflowTask)
    assert (last.events, last.full, last.previous_completion_id) == ([], False, "")


def test_a_long_history_is_read_in_parts_and_no_event_is_split() -> None:
    engine = Engine()
    out = engine.answer(engine.started, *(activity(str(n)) for n in range(4)))
    waking = engine.do(SIGNAL)
    for message in out.messages:
        engine.complete(decode(message.value), 400_000)
    engine.answer(waking)
    read = requests.GetWorkflowExecutionHistory(workflow_id="w", reply_partition=0, recipient="me")
    replies = [decode(answer.value) for answer in engine.do(read).replies]
    assert [(r.part, r.parts) for r in replies] == [(0, 2), (1, 2)]
    assert all(sum(map(len, r.body)) <= PART_BYTES_MAX for r in replies)
    ids = [decode(data).event_id for r in replies for data in r.body]
    assert ids == list(range(1, len(ids) + 1))


def test_more_pending_activities_than_allowed_fail_the_workflow_task() -> None:
    engine = Engine()
    made = [activity(str(n)) for n in range(PENDING_ACTIVITIES_MAX + 1)]
    failed = decode(engine.answer(engine.started, *made).changelog[1].value or b"")
    assert failed.cause == "PENDING_ACTIVITIES_LIMIT_EXCEEDED"


def test_more_pending_timers_than_allowed_fail_the_workflow_task() -> None:
    engine = Engine()
    made = [
        commands.StartTimer(timer_id=str(n), start_to_fire_timeout_ms=1)
        for n in range(PENDING_TIMERS_MAX + 1)
    ]
    failed = decode(engine.answer(engine.started, *made).changelog[1].value or b"")
    assert failed.cause == "BAD_START_TIMER_ATTRIBUTES"


def test_more_pending_words_to_others_than_allowed_fail_the_workflow_task() -> None:
    signal = commands.SignalExternalWorkflowExecution(workflow_id="o", signal_name="s")
    cancel = commands.RequestCancelExternalWorkflowExecution(workflow_id="o")
    child = commands.StartChildWorkflowExecution(workflow_id="o", workflow_type="T")
    made: list[tuple[commands.Command, int, str]] = [
        (signal, PENDING_SIGNALS_MAX, "PENDING_SIGNALS_LIMIT_EXCEEDED"),
        (cancel, PENDING_CANCELS_MAX, "PENDING_REQUEST_CANCEL_LIMIT_EXCEEDED"),
        (child, PENDING_CHILDREN_MAX, "PENDING_CHILD_WORKFLOWS_LIMIT_EXCEEDED"),
    ]
    for command, allowed, cause in made:
        engine = Engine()
        failed = decode(
            engine.answer(engine.started, *[command] * (allowed + 1)).changelog[1].value or b""
        )
        assert failed.cause == cause


def test_words_to_others_are_counted_until_they_are_acknowledged() -> None:
    engine = Engine()
    signal = commands.SignalExternalWorkflowExecution(workflow_id="o", signal_name="s")
    engine.answer(engine.started, signal, signal)
    run = engine.run()
    assert run.signals_pending == 2
    acknowledge = requests.AcknowledgeTransfer(
        workflow_id="w", run_id=run.run_id, transfer_id=2 * 5, code="OK"
    )
    for _ in range(2):
        engine.do(acknowledge, SOURCE_TRANSFERS)
    assert engine.run().signals_pending == 1


def test_a_run_takes_so_many_signals_and_no_more() -> None:
    engine = Engine()
    engine.answer(engine.started)
    engine.do(SIGNAL)
    assert engine.run().signals_total == 1
    engine.do(SIGNAL)  # Held back: a Workflow Task is out.
    assert engine.run().signals_total == 1
    engine.run().signals_total = SIGNALS_TOTAL_MAX
    out = engine.do(ask(dataclasses.replace(SIGNAL)))
    reply = decode(out.replies[0].value)
    assert not out.changelog
    assert reply.code == "INVALID_ARGUMENT"
    assert "continue as new" in reply.text


def test_a_run_with_many_updates_is_told_to_continue_as_new() -> None:
    engine = Engine()
    engine.run().updates_total = UPDATES_SUGGESTED
    started = decode(engine.answer(engine.started).changelog[0].value or b"")
    assert started.suggest_continue_as_new


def test_too_many_held_events_make_a_task_cold() -> None:
    engine = Engine()
    for _ in range(HELD_EVENTS_MAX - 1):
        assert engine.names(engine.do(SIGNAL)) == []
    out = engine.do(SIGNAL)
    assert engine.names(out) == ["WorkflowExecutionSignaled"] * HELD_EVENTS_MAX
    states = [decode(c.value) for c in out.changelog if c.kind == "pending" and c.value]
    assert [s.cold for s in states if type(s).__name__ == "WorkflowTaskState"] == [True]


def test_a_started_task_gives_way_to_too_many_held_events() -> None:
    engine = Engine()
    task = decode(engine.started.messages[-1].value)
    assert isinstance(task, WorkflowTask)
    engine.do(
        requests.RecordWorkflowTaskStarted(
            workflow_id="w",
            run_id=task.run_id,
            scheduled_event_id=task.scheduled_event_id,
            attempt=task.attempt,
            dispatch_time_ms=task.dispatch_time_ms,
            started_event_id=task.started_event_id,
            claim=True,
            delivery_id="d",
        )
    )
    for _ in range(HELD_EVENTS_MAX - 1):
        engine.do(SIGNAL)
    assert engine.names(engine.do(SIGNAL)) == [
        "WorkflowTaskStarted",
        "WorkflowTaskFailed",
        *["WorkflowExecutionSignaled"] * HELD_EVENTS_MAX,
        "WorkflowTaskScheduled",
    ]


def test_parking_is_bounded() -> None:
    engine = Engine()
    context = engine.context()
    assert set_aside(engine.state, SIGNAL, context, mark=context.out.mark(), cause="test")
    for _ in range(PARKED_MAX - 1):
        engine.do(SIGNAL)
    ask = requests.SignalWorkflowExecution(
        workflow_id="w", signal_name="s", reply_partition=0, recipient="me"
    )
    out = engine.do(ask)
    assert not out.changelog
    assert decode(out.replies[0].value).code == "RESOURCE_EXHAUSTED"


def test_a_due_entry_that_breaks_the_engine_is_not_due_again() -> None:
    engine = Engine()
    terminate = requests.TerminateWorkflowExecution(workflow_id="w")
    engine.do(terminate)
    engine.state.put_deadline(5, b"1", engine.state.current_run_id("w") or "", 0)
    engine.state.write()
    (one,) = due(engine.state, 10, 10)
    context = engine.context()
    assert not set_aside(engine.state, one, context, mark=context.out.mark(), cause="test")
    assert due(engine.state, 10, 10) == []
    assert type(one) in INTERNAL


def too_large() -> Payload:
    return Payload(metadata={}, data=b"x" * (BLOB_BYTES_MAX + 1))


def ask(request: requests.Request) -> requests.Request:
    request.reply_partition, request.recipient = 0, "me"
    return request


def test_a_start_with_too_much_is_refused_and_opens_nothing() -> None:
    big = too_large()
    many = {f"k{n}": Payload(metadata={}, data=b"x") for n in range(101)}
    long = {"k": Payload(metadata={}, data=b"x" * 2049)}
    whats: list[dict[str, Any]] = [
        {"input": [big]},
        {"memo": {"k": big}},
        {"search_attributes": many},
        {"search_attributes": long},
    ]
    for what in whats:
        engine = Engine()
        start = requests.StartWorkflowExecution(
            workflow_id="v", workflow_type="T", task_queue="q", **what
        )
        out = engine.do(ask(start))
        assert not out.changelog
        assert decode(out.replies[0].value).code == "INVALID_ARGUMENT"


def test_a_signal_that_is_too_large_is_refused() -> None:
    signal = requests.SignalWorkflowExecution(workflow_id="w", signal_name="s", input=[too_large()])
    out = Engine().do(ask(signal))
    assert not out.changelog
    reply = decode(out.replies[0].value)
    assert reply.code == "INVALID_ARGUMENT"
    assert "keep large values elsewhere" in reply.text


def test_a_command_that_is_too_large_fails_its_workflow_task_only() -> None:
    big = too_large()
    made: list[tuple[commands.Command, str]] = [
        (commands.CompleteWorkflowExecution(result=[big]), "PAYLOADS_TOO_LARGE"),
        (commands.FailWorkflowExecution(failure=Failure(details=[big])), "PAYLOADS_TOO_LARGE"),
        (commands.CancelWorkflowExecution(details=[big]), "PAYLOADS_TOO_LARGE"),
        (commands.ContinueAsNewWorkflowExecution(input=[big]), "PAYLOADS_TOO_LARGE"),
        (
            commands.ContinueAsNewWorkflowExecution(memo={"k": big}),
            "BAD_CONTINUE_AS_NEW_ATTRIBUTES",
        ),
        (commands.RecordMarker(marker_name="m" * 1_001), "BAD_RECORD_MARKER_ATTRIBUTES"),
        (commands.RecordMarker(marker_name="m", details={"d": big}), "PAYLOADS_TOO_LARGE"),
        (dataclasses.replace(activity("1"), input=[big]), "PAYLOADS_TOO_LARGE"),
        (
            commands.ModifyWorkflowProperties(upserted_memo={"k": big}),
            "BAD_MODIFY_WORKFLOW_PROPERTIES_ATTRIBUTES",
        ),
        (
            commands.UpsertWorkflowSearchAttributes(search_attributes={"k": big}),
            "BAD_SEARCH_ATTRIBUTES",
        ),
    ]
    for command, cause in made:
        engine = Engine()
        failed = decode(engine.answer(engine.started, command).changelog[1].value or b"")
        assert failed.cause == cause


def test_a_failure_of_a_workflow_task_that_is_too_large_is_cut() -> None:
    engine = Engine()
    failed = requests.RespondWorkflowTaskFailed(
        workflow_id="w",
        run_id=engine.run().run_id,
        scheduled_event_id=2,
        attempt=1,
        dispatch_time_ms=1_000,
        started_event_id=3,
        failure=Failure(message="x" * (BLOB_BYTES_MAX + 1), type="Bug"),
    )
    event = decode(engine.do(failed).changelog[1].value or b"")
    assert event.failure.type == "Bug"
    assert event.failure.message.startswith("the failure has 2097153 bytes")


def test_search_attributes_of_all_commands_count_together() -> None:
    engine = Engine()
    value = Payload(metadata={}, data=b"x" * 2000)
    made = [
        commands.UpsertWorkflowSearchAttributes(search_attributes={f"k{n}": value})
        for n in range(21)
    ]
    failed = decode(engine.answer(engine.started, *made).changelog[1].value or b"")
    assert failed.cause == "BAD_SEARCH_ATTRIBUTES"


def test_an_activity_result_that_is_too_large_fails_the_activity() -> None:
    engine = Engine()
    out = engine.answer(engine.started, activity("1"))
    closed = engine.complete(decode(out.messages[0].value), BLOB_BYTES_MAX + 1)
    assert "ActivityTaskFailed" in engine.names(closed)


def test_a_failure_that_is_too_large_is_cut_and_retried() -> None:
    engine = Engine()
    task = decode(engine.answer(engine.started, activity("1")).messages[0].value)
    out = engine.do(
        requests.RespondActivityTaskFailed(
            workflow_id="w",
            run_id=task.run_id,
            scheduled_event_id=task.scheduled_event_id,
            attempt=task.attempt,
            dispatch_time_ms=task.dispatch_time_ms,
            failure=Failure(message="boom", type="Boom", details=[too_large()]),
        )
    )
    retry = decode(out.changelog[0].value or b"")
    assert (type(retry).__name__, retry.last_failure.type) == ("ActivityRetry", "Boom")


def test_heartbeat_details_that_are_too_large_fail_the_activity() -> None:
    engine = Engine()
    task = decode(engine.answer(engine.started, activity("1")).messages[0].value)
    beat = requests.RecordActivityTaskHeartbeat(
        workflow_id="w",
        run_id=task.run_id,
        scheduled_event_id=task.scheduled_event_id,
        attempt=task.attempt,
        dispatch_time_ms=task.dispatch_time_ms,
        details=[too_large()],
    )
    out = engine.do(ask(beat))
    assert "ActivityTaskFailed" in engine.names(out)
    assert decode(out.replies[0].value).code == "NOT_FOUND"
