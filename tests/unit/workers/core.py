"""Core: the real engine core on a memory store, for one run; the test is its Kafka and workers."""

from typing import Any

from duralog.converter import DataConverter
from duralog.orchestrator.context import Context
from duralog.orchestrator.due import due
from duralog.orchestrator.outbox import Outbox
from duralog.orchestrator.process import process
from duralog.orchestrator.queues import Queues
from duralog.schemas import requests
from duralog.schemas.changelog import SOURCE_REQUESTS, Source
from duralog.schemas.codec import decode
from duralog.schemas.payloads import Failure
from duralog.schemas.tasks import ActivityTask, WorkflowTask
from duralog.state.memory import MemoryStore
from duralog.state.partition import PartitionState
from duralog.workers.answers import activity_canceled, activity_completed, activity_failed

WORKFLOW_ID = "order-7"


class Core:
    """One partition with one run.

    workflow_tasks: Not answered yet, oldest first.
    activity_tasks: Not answered yet, by scheduled Event ID.
    """

    def __init__(self, workflow_type: str, *arguments: Any) -> None:
        self.now_ms = 1_700_000_000_000
        self.sequence = 0
        self.workflow_tasks: list[WorkflowTask] = []
        self.activity_tasks: dict[int, ActivityTask] = {}
        self.partition = PartitionState(MemoryStore(), "default", 0)
        known = {("activities", "main"), ("workflow-tasks", "main")}
        self.queues = Queues(partition=0, partitions=1, activity_copies=4, known=known)
        self.send(
            requests.StartWorkflowExecution(
                workflow_id=WORKFLOW_ID,
                workflow_type=workflow_type,
                task_queue="main",
                input=DataConverter.default.to_payloads(arguments),
            )
        )

    @property
    def run_id(self) -> str:
        """The run's id."""
        run_id = self.partition.current_run_id(WORKFLOW_ID)
        assert run_id is not None
        return run_id

    def send(self, request: Any) -> None:
        """One transaction for one Request."""
        out = Outbox()
        self.sequence += 1
        source = Source(SOURCE_REQUESTS, 0, self.sequence)
        context = Context(now_ms=self.now_ms, source=source, out=out, queues=self.queues)
        process(self.partition, request, context)
        self.partition.write()
        for message in out.messages:
            task = decode(message.value)
            if isinstance(task, WorkflowTask):
                self.workflow_tasks.append(task)
            else:
                self.activity_tasks[task.scheduled_event_id] = task

    def sleep(self, ms: int) -> None:
        """Let time pass, and what is due happen."""
        self.now_ms += ms
        while found := due(self.partition, self.now_ms, 100):
            for one in found:
                self.send(one)

    def history(self) -> list[bytes]:
        """All framed Events."""
        execution = self.partition.run(self.run_id)
        assert execution is not None
        return self.partition.load_events(execution, 1)

    def signal(self, name: str, *arguments: Any) -> None:
        """SignalWorkflowExecution."""
        self.send(
            requests.SignalWorkflowExecution(
                workflow_id=WORKFLOW_ID,
                signal_name=name,
                input=DataConverter.default.to_payloads(arguments),
            )
        )

    def cancel(self) -> None:
        """RequestCancelWorkflowExecution."""
        self.send(requests.RequestCancelWorkflowExecution(workflow_id=WORKFLOW_ID))

    def complete_activity(self, scheduled_event_id: int, result: Any = "done") -> None:
        """A worker answers."""
        task = self.activity_tasks.pop(scheduled_event_id)
        self.send(activity_completed(task, DataConverter.default.to_payloads([result])))

    def fail_activity(self, scheduled_event_id: int) -> None:
        """A worker answers that it is no use."""
        task = self.activity_tasks.pop(scheduled_event_id)
        failure = Failure(message="boom", type="Boom", non_retryable=True)
        self.send(activity_failed(task, failure, []))

    def activity_cancelled(self, scheduled_event_id: int) -> None:
        """A worker obeys a cancellation; the engine ignores it when there was none."""
        self.send(activity_canceled(self.activity_tasks[scheduled_event_id], []))
