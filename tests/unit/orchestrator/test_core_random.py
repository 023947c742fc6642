"""Random inputs, right, late and wrong ones, in any order: the core never breaks its own rules."""

import random  # noqa: TID251 - a test gives its seed
from typing import Any, TypeVar

import pytest

from duralog.orchestrator.context import Context
from duralog.orchestrator.due import QueueReady, due
from duralog.orchestrator.handlers import INTERNAL
from duralog.orchestrator.outbox import Change, Outbox
from duralog.orchestrator.process import process, set_aside
from duralog.orchestrator.queues import Queues
from duralog.schemas import commands as c
from duralog.schemas import requests as r
from duralog.schemas.changelog import SOURCE_REQUESTS, SOURCE_TRANSFERS, Source
from duralog.schemas.codec import decode, encode
from duralog.schemas.payloads import Failure, Payload, RetryPolicy
from duralog.schemas.replies import Reply
from duralog.schemas.tasks import ActivityTask, WorkflowTask
from duralog.state import keys, links
from duralog.state.deadlines import activity_deadline_ms, run_deadline_ms
from duralog.state.digest import digest
from duralog.state.memory import MemoryStore
from duralog.state.partition import PartitionState
from duralog.state.tally import counted
from scenario import compacted, folded

WORKFLOWS = ("a", "b", "c")
QUEUES = ("q", "other")
T = TypeVar("T")
PAYLOAD = Payload(metadata={"encoding": b"json/plain"}, data=b"1")


class World:
    """One partition that anything may happen to."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now_ms = 1_000_000
        self.offset = 0
        self.store = MemoryStore()
        self.known = {(kind, "q") for kind in ("activities", "workflow-tasks")}
        self.retention_ms = self.random.choice((0, 0, 100_000))
        self.log: list[Change] = []
        self.workflow_tasks: list[WorkflowTask] = []
        self.activity_tasks: list[ActivityTask] = []
        self.transfers: list[object] = []
        self.started: dict[tuple[str, int], tuple[str, int]] = {}
        self.open()

    def open(self) -> None:
        self.state = PartitionState(
            self.store,
            "default",
            0,
            retention_ms=self.retention_ms,
            cached_runs_max=self.random.choice((1, 100)),
        )
        self.queues = Queues(partition=0, partitions=2, activity_copies=4, known=self.known)

    def turn(self) -> None:
        """One transaction; some are aborted and done again."""
        if self.random.random() < 0.05:
            self.open()
        self.now_ms += self.random.choice((0, 1, 10, 500, 3_000, 11_000, 70_000))
        out = Outbox()
        for _ in range(self.random.randint(1, 4)):
            for request in self.inputs():
                self.handle(out, request)
        if self.random.random() < 0.1:
            self.state.rollback()
            return
        for message in out.messages:
            task = decode(message.value)
            if message.kind == "transfers":
                self.transfers.append(task)
                continue
            if isinstance(task, WorkflowTask):
                self.workflow_tasks.append(task)
            else:
                self.activity_tasks.append(task)
        for answer in out.replies:
            self.reply(decode(answer.value))
        self.log += out.changelog
        self.state.write()

    def handle(self, out: Outbox, request: object) -> None:
        self.offset += 1
        transferred = isinstance(request, r.DeliverTransfer | r.AcknowledgeTransfer)
        kind = SOURCE_TRANSFERS if transferred else SOURCE_REQUESTS
        source = Source(kind, 0, self.offset)
        context = Context(now_ms=self.now_ms, source=source, out=out, queues=self.queues)
        mark = out.mark()
        process(self.state, request, context)  # type: ignore[arg-type]
        run = self.state.run(getattr(request, "run_id", ""))
        is_due = type(request) in INTERNAL  # One of a closed run is lost when the engine breaks.
        is_kept = run.open if run is not None else not is_due
        if self.random.random() < 0.01 and is_kept:
            set_aside(self.state, request, context, mark=mark, cause="chance")  # type: ignore[arg-type]

    def reply(self, reply: object) -> None:
        if isinstance(reply, Reply) and reply.code == "OK" and reply.delivery_id:
            self.started[reply.delivery_id, 0] = (reply.run_id, reply.started_event_id)

    def inputs(self) -> list[object]:
        choice = self.random.random()
        if choice < 0.15:
            return [*due(self.state, self.now_ms - self.random.choice((0, 2_000)), 50)]
        if choice < 0.2:
            queue = (self.random.choice(("activities", "workflow-tasks")), "other")
            self.known ^= {queue}
            return [QueueReady(*queue)]
        if choice < 0.3 and self.transfers:
            return [self.pick(self.transfers)]  # Some twice, some late, some never.
        if choice < 0.5 and self.workflow_tasks:
            return [self.workflow_answer(self.pick(self.workflow_tasks))]
        if choice < 0.75 and self.activity_tasks:
            return [self.activity_answer(self.pick(self.activity_tasks))]
        return [self.client()]

    def pick(self, tasks: list[T]) -> T:
        return tasks[-1 - min(int(self.random.expovariate(1.0)), len(tasks) - 1)]

    def client(self) -> object:
        rnd = self.random
        name = rnd.choice(WORKFLOWS)
        request_id = rnd.choice(("", "", "x", "y"))
        verb = rnd.randrange(9)
        if verb < 3:
            return r.StartWorkflowExecution(
                workflow_id=name,
                workflow_type="T",
                task_queue=rnd.choice(QUEUES),
                request_id=request_id,
                workflow_run_timeout_ms=rnd.choice((0, 0, 60_000)),
                start_delay_ms=rnd.choice((0, 0, 5_000)),
                retry_policy=rnd.choice((None, RetryPolicy(maximum_attempts=2))),
                workflow_id_conflict_policy=rnd.choice(
                    ("FAIL", "USE_EXISTING", "TERMINATE_EXISTING")
                ),
            )
        head: dict[str, Any] = {"workflow_id": name, "request_id": request_id, "reply_partition": 0}
        if verb < 6:
            return r.SignalWorkflowExecution(**head, signal_name="s")
        if verb == 6:
            return r.RequestCancelWorkflowExecution(**head)
        if verb == 7 and rnd.random() < 0.3:
            return r.TerminateWorkflowExecution(**head)
        last = rnd.choice((r.ResumeWorkflowExecution, r.DescribeWorkflowExecution))
        return last(workflow_id=name, reply_partition=0, recipient="me")

    def workflow_answer(self, task: WorkflowTask) -> object:
        rnd = self.random
        delivery_id = rnd.choice(("", "d1", "d2"))
        token: dict[str, Any] = {
            "workflow_id": task.workflow_id,
            "run_id": task.run_id,
            "scheduled_event_id": task.scheduled_event_id,
            "attempt": task.attempt,
            "dispatch_time_ms": task.dispatch_time_ms,
            "delivery_id": delivery_id,
            "reply_partition": 0,
        }
        _, started = self.started.get((delivery_id, 0), ("", task.started_event_id))
        verb = rnd.random()
        if verb < 0.3:
            return r.RecordWorkflowTaskStarted(
                **token,
                started_event_id=task.started_event_id,
                claim=rnd.random() < 0.7,
                reset_sticky=rnd.random() < 0.3,
            )
        if verb < 0.35:
            return r.ReleaseWorkflowTask(**token)
        started = rnd.choice((started, task.started_event_id))
        if verb < 0.45:
            return r.RespondWorkflowTaskFailed(**token, started_event_id=started, cause="X")
        return r.RespondWorkflowTaskCompleted(
            **token,
            started_event_id=started,
            completion_id=str(rnd.random()),
            commands=[encode(x) for x in self.commands(task)],
        )

    def commands(self, task: WorkflowTask) -> list[object]:
        rnd = self.random
        names = [str(rnd.randrange(4)) for _ in range(rnd.randrange(4))]
        made: list[object] = []
        for name in names:
            verb = rnd.randrange(7)
            if verb < 3:
                made.append(self.activity(name))
            elif verb < 5:
                made.append(
                    c.StartTimer(timer_id=name, start_to_fire_timeout_ms=rnd.choice((0, 900)))
                )
            elif verb == 5:
                made.append(c.CancelTimer(timer_id=name))
            else:
                event_id = rnd.randrange(1, task.scheduled_event_id + 1)
                made.append(c.RequestCancelActivityTask(scheduled_event_id=event_id))
        if rnd.random() < 0.3:
            made.append(self.link(rnd.choice(WORKFLOWS)))
        if rnd.random() < 0.2:
            ends = (
                c.CompleteWorkflowExecution,
                c.FailWorkflowExecution,
                c.ContinueAsNewWorkflowExecution,
            )
            made.append(rnd.choice(ends)())
        return made

    def link(self, name: str) -> object:
        """A Command that concerns another Workflow, or this one."""
        verb, only = self.random.randrange(4), self.random.random() < 0.5
        if verb < 2:
            policy = self.random.choice(("TERMINATE", "ABANDON", "REQUEST_CANCEL"))
            return c.StartChildWorkflowExecution(
                workflow_id=name, workflow_type="T", parent_close_policy=policy
            )
        if verb == 2:
            return c.SignalExternalWorkflowExecution(
                workflow_id=name, signal_name="s", child_workflow_only=only
            )
        return c.RequestCancelExternalWorkflowExecution(workflow_id=name, child_workflow_only=only)

    def activity(self, name: str) -> object:
        rnd = self.random
        return c.ScheduleActivityTask(
            activity_id=name,
            activity_type="A",
            task_queue=rnd.choice(("", "q", "other")),
            input=[PAYLOAD] * rnd.choice((1, 1, 400)),
            start_to_close_timeout_ms=rnd.choice((1_000, 20_000)),
            schedule_to_close_timeout_ms=rnd.choice((0, 30_000)),
            schedule_to_start_timeout_ms=rnd.choice((0, 0, 5_000)),
            heartbeat_timeout_ms=rnd.choice((0, 2_000)),
            retry_policy=RetryPolicy(maximum_attempts=rnd.choice((0, 1, 3))),
        )

    def activity_answer(self, task: ActivityTask) -> object:
        rnd = self.random
        token: dict[str, Any] = {
            "workflow_id": task.workflow_id,
            "run_id": task.run_id,
            "scheduled_event_id": task.scheduled_event_id,
            "attempt": task.attempt,
            "dispatch_time_ms": task.dispatch_time_ms,
            "delivery_id": rnd.choice(("", "d1", "d2")),
            "reply_partition": 0,
        }
        when = rnd.choice((0, self.now_ms, self.now_ms + 9_999))
        verb = rnd.randrange(9)
        if verb < 3:
            return r.RecordActivityTaskStarted(**token, claim=verb < 2, started_time_ms=when)
        if verb == 3:
            return r.RecordActivityTaskHeartbeat(**token, details=[PAYLOAD], started_time_ms=when)
        if verb == 4:
            return r.ReleaseActivityTask(**token)
        if verb == 5:
            return r.RespondActivityTaskCanceled(**token, started_time_ms=when)
        if verb == 6:
            failure = Failure(type="E", non_retryable=rnd.random() < 0.2)
            return r.RespondActivityTaskFailed(**token, failure=failure, started_time_ms=when)
        return r.RespondActivityTaskCompleted(**token, result=[PAYLOAD], started_time_ms=when)

    def check(self) -> None:
        """The log folds to the state, ids have no gaps, and nothing waits without a deadline."""
        expected = digest(self.state)
        for log in (self.log, *compacted(self.log)):
            assert folded(log) == expected, "the log does not fold to the state"
        assert self.state.tally.counts == counted(self.store), "runs are counted wrongly"
        fresh = PartitionState(self.store, "default", 0, retention_ms=self.retention_ms)
        entries = {keys.parse_deadline(key) for key, _ in self.store.scan(b"x", b"y")}
        due_ms = {
            (kind, run_id, event_id): ms for ms, kind, run_id, event_id in sorted(entries)[::-1]
        }
        for key, _ in self.store.scan(b"r", b"s"):
            self.check_run(fresh, key[1:].decode(), due_ms)
        assert min((ms for ms in due_ms.values()), default=None) == fresh.next_due_ms()

    def check_run(
        self, fresh: PartitionState, run_id: str, due_ms: dict[tuple[bytes, str, int], int]
    ) -> None:
        run = fresh.run(run_id)
        assert run is not None
        state = run.state
        ids = [decode(e).event_id for e in fresh.events(run, 1)]
        assert ids == list(range(1, state.next_event_id)), "event ids"
        activities = fresh.activities(run)
        assert len(activities) == state.activities_count
        assert len(fresh.timers(run)) == state.timers_count
        assert len(fresh.held(run)) == state.held_count
        assert len(links.children(fresh, run)) == state.children_count
        prefix = keys.of_run(b"l", run_id)
        transfers = [decode(v) for _, v in self.store.scan(prefix, keys.end_of(prefix))]
        assert len(transfers) == state.transfers_count
        for one in transfers:
            assert (keys.DUE_TRANSFER, run_id, one.transfer_id) in due_ms, "never sent again"
        if not run.open:
            left = (activities, state.timers_count, state.held_count, run.task_pending)
            assert not state.children_count
            assert not any(left), left
            assert not state.task_recorded
        needed = run_deadline_ms(run, self.now_ms, self.retention_ms)
        assert not needed or due_ms[keys.DUE_RUN, run_id, 0] <= needed, "a run without a deadline"
        if state.quarantine_cause:
            return
        for activity in activities:
            needed = activity_deadline_ms(activity, self.now_ms)
            event_id = activity.entry.scheduled_event_id
            assert not needed or due_ms[keys.DUE_ACTIVITY, run_id, event_id] <= needed
        for _, timer in fresh.timers(run):
            assert due_ms[keys.DUE_TIMER, run_id, timer.event_id] == timer.due_time_ms
        links_count = state.children_count + state.transfers_count
        quiet = not activities and not state.timers_count and not links_count
        stuck = run.open and not run.task_pending and quiet
        events = [type(decode(e)).__name__ for e in fresh.events(run, 1)]
        woken = events[-1] in ("WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskFailed")
        assert not (stuck and woken), "nobody will ever continue the run"


@pytest.mark.parametrize("seed", range(12))
def test_anything_may_happen(seed: int) -> None:
    world = World(seed)
    for turn in range(100):
        world.turn()
        if turn % 10 == 9:
            world.check()
    assert len(world.log) > 50
