"""Dispatch behind a full window: tasks wait in order, and free places serve the oldest."""

from duralog.orchestrator.context import Context
from duralog.orchestrator.due import QueueReady, waiting_queues
from duralog.orchestrator.outbox import Outbox
from duralog.orchestrator.process import process
from duralog.orchestrator.queues import Queues
from duralog.schemas import requests
from duralog.schemas.changelog import SOURCE_REQUESTS, Source
from duralog.schemas.codec import decode
from duralog.schemas.tasks import WorkflowTask
from duralog.state.limits import WINDOW_FIRST
from duralog.state.memory import MemoryStore
from duralog.state.partition import PartitionState

KIND = "workflow-tasks"


class Engine:
    def __init__(self) -> None:
        self.state = PartitionState(MemoryStore(), "default", 0)
        self.offset = 0
        self.open()

    def open(self) -> None:
        self.queues = Queues(partition=0, partitions=1, activity_copies=4, known={(KIND, "q")})

    def do(self, request: object, *, abort: bool = False) -> list[WorkflowTask]:
        self.offset += 1
        source = Source(SOURCE_REQUESTS, 0, self.offset)
        context = Context(
            now_ms=1_000 + self.offset, source=source, out=Outbox(), queues=self.queues
        )
        process(self.state, request, context)  # type: ignore[arg-type]
        if abort:
            self.state.rollback()
        else:
            self.state.write()
        return [decode(message.value) for message in context.out.messages]

    def start(self, number: int) -> list[WorkflowTask]:
        return self.do(
            requests.StartWorkflowExecution(
                workflow_id=f"w{number}", workflow_type="T", task_queue="q"
            )
        )

    def answer(self, task: WorkflowTask, *, abort: bool = False) -> list[WorkflowTask]:
        return self.do(
            requests.RespondWorkflowTaskCompleted(
                workflow_id=task.workflow_id,
                run_id=task.run_id,
                scheduled_event_id=task.scheduled_event_id,
                attempt=task.attempt,
                dispatch_time_ms=task.dispatch_time_ms,
                started_event_id=task.started_event_id,
            ),
            abort=abort,
        )


def full() -> tuple[Engine, list[WorkflowTask]]:
    engine = Engine()
    out = [task for number in range(WINDOW_FIRST + 3) for task in engine.start(number)]
    assert len(out) == WINDOW_FIRST
    return engine, out


def test_a_free_place_serves_the_oldest_that_waits() -> None:
    engine, out = full()
    served = [[t.workflow_id for t in engine.answer(task)] for task in out[:4]]
    assert served == [[f"w{WINDOW_FIRST + i}"] for i in range(3)] + [[]]


def test_a_new_task_joins_the_tail_while_others_wait() -> None:
    engine, out = full()
    assert engine.start(1_000) == []
    served = [t.workflow_id for task in out for t in engine.answer(task)]
    assert served == [f"w{WINDOW_FIRST + i}" for i in range(3)] + ["w1000"]
    assert len(engine.start(1_001)) == 1, "nobody waits any more"


def test_after_a_restart_the_waiting_ones_are_found_and_served() -> None:
    engine, _ = full()
    engine.open()
    assert waiting_queues(engine.state) == [(KIND, "q")]
    served = engine.do(QueueReady(KIND, "q"))
    assert [t.workflow_id for t in served] == [f"w{WINDOW_FIRST + i}" for i in range(3)]
    assert waiting_queues(engine.state) == []


def test_after_a_restart_a_new_task_still_joins_the_tail() -> None:
    engine, _ = full()
    engine.open()
    assert engine.start(1_000) == []


def test_what_was_served_in_an_aborted_transaction_is_served_again() -> None:
    engine, out = full()
    for task in out[:3]:
        assert engine.answer(task, abort=True)
    served = [t.workflow_id for task in out[:3] for t in engine.answer(task)]
    assert served == [f"w{WINDOW_FIRST + i}" for i in range(3)]
    assert engine.start(1_000), "a task forgotten by the window takes no place"
    assert waiting_queues(engine.state) == []
