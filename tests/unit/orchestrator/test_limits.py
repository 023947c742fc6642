"""What is too large: histories end, tasks travel without events, replies come in parts."""

from duralog.orchestrator.context import Context
from duralog.orchestrator.due import due
from duralog.orchestrator.handlers import INTERNAL
from duralog.orchestrator.outbox import Outbox
from duralog.orchestrator.process import process, set_aside
from duralog.orchestrator.queues import Queues
from duralog.schemas import commands, requests
from duralog.schemas.changelog import SOURCE_REQUESTS, Source
from duralog.schemas.codec import decode, encode
from duralog.schemas.payloads import Payload
from duralog.schemas.tasks import ActivityTask, WorkflowTask
from duralog.state.limits import (
    HISTORY_BYTES_MAX,
    PARKED_MAX,
    PART_BYTES_MAX,
    PENDING_ACTIVITIES_MAX,
    PENDING_TIMERS_MAX,
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

    def context(self) -> Context:
        self.offset += 1
        source = Source(SOURCE_REQUESTS, 0, self.offset)
        return Context(now_ms=1_000, source=source, out=Outbox(), queues=self.queues)

    def do(self, request: requests.Request) -> Outbox:
        context = self.context()
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
    run = engine.state.run(engine.state.current_run_id("w") or "")
    assert run is not None
    run.state.history_size_bytes = HISTORY_BYTES_MAX
    assert engine.names(engine.do(SIGNAL))[-1] == "WorkflowExecutionTerminated"


def test_a_task_that_would_not_fit_its_topic_carries_no_events_and_fits_no_cache() -> None:
    engine = Engine()
    out = engine.answer(engine.started, activity("1"), activity("2"))
    tasks = [decode(m.value) for m in out.messages]
    waking = engine.do(SIGNAL)
    for task in tasks:
        engine.complete(task, 2_500_000)
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
