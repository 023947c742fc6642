"""A worker process of the simulator: custody as the product's, user code as `program` says.

Virtual time: a task takes as long as the seed draws. The process may be killed between any two of
its steps; what it had not committed is delivered again.
"""

import random  # noqa: TID251 every draw comes from the seed
from dataclasses import dataclass, field
from typing import Any

from duralog.connectors.broker import OutRecord, Record, TopicPartition
from duralog.connectors.custody import Custody, Entry, may_run_unasked
from duralog.schemas import commands as c
from duralog.schemas import requests as r
from duralog.schemas.codec import decode, encode
from duralog.schemas.payloads import Failure
from duralog.schemas.replies import Reply
from duralog.schemas.tasks import ActivityTask, QueryTask, WorkflowTask
from duralog.schemas.topics import TopicNames
from sim import errands, program
from sim.broker import Broker
from sim.faults import Counts, Faults
from sim.groups import Tasks

Task = WorkflowTask | ActivityTask
REPORT_AFTER_MS = 200


@dataclass(slots=True)
class Job:
    """One task record in hand."""

    task: Task
    entry: Entry
    delivery_id: str
    claiming: bool = False
    reset_sticky: bool = False
    claim_again_ms: int = 0
    report_ms: int = -1  # Of a fresh run that has not reported its start.
    done_ms: int = -1  # When the answer is ready; -1: not begun.
    begun_ms: int = 0
    beat_ms: int = -1  # When it tells next that it is alive.
    is_cancelled: bool = False
    started_event_id: int = 0
    parts: dict[int, Reply] = field(default_factory=dict[int, Reply])
    events: dict[int, Any] = field(default_factory=dict[int, Any])


class Worker:
    """One worker, over all its processes."""

    def __init__(
        self,
        number: int,
        *,
        tasks: Tasks,
        names: TopicNames,
        broker: Broker,
        chance: random.Random,
        faults: Faults,
        counts: Counts,
    ) -> None:
        self.number = number
        self.tasks = tasks
        self.names = names
        self.broker = broker
        self.chance = chance
        self.faults = faults
        self.counts = counts
        self.wake_ms = broker.now_ms
        self.alive = False
        self.idle = False
        self._fetched = False
        self.executions: dict[tuple[str, int, int], int] = {}
        self._numbers = 0

    def start(self) -> None:
        """A new process."""
        self.alive = True
        self._positions: dict[TopicPartition, int] = {}
        self._custody = Custody()
        self._jobs: list[Job] = []
        self._cache: dict[str, tuple[dict[int, Any], str]] = {}
        self._late = errands.Late()
        self._asked: dict[str, tuple[QueryTask, Entry]] = {}
        self._inbox = TopicPartition(self.names.of("inbox"), self.number)
        self._inbox_at = len(self.broker.log(self._inbox).entries)
        self._recipient = f"worker-{self.number}-{self._next()}"
        if self.number not in self.tasks.members:
            self.tasks.members.append(self.number)

    def step(self) -> None:
        """One round: membership, replies, records, jobs, commits. Death in between."""
        self.idle = False
        if not self.alive:
            self.start()
            self.broker.version += 1
        self.tasks.expire()
        self.tasks.asleep.pop(self.number, None)
        if self._pauses():
            return
        before = self.broker.version
        for part in (self._assign, self._read_replies, self._fetch, self._work, self._commit):
            part()
            if self.chance.random() < self.faults.kill / 3:
                self.die()
                return
        now_ms = self.broker.now_ms
        times = [now_ms + 60_000, *self._late.next_ms()]
        times += (t for j in self._jobs for t in self._times(j) if t >= 0)
        self.idle = self.broker.version == before and not self._fetched
        soon_ms = now_ms + self.chance.randint(1, 10)
        self.wake_ms = max(min(times), soon_ms) if self.idle else soon_ms

    @staticmethod
    def _times(job: Job) -> tuple[int, ...]:
        if job.claiming:
            return (job.claim_again_ms,)
        return job.report_ms, job.done_ms, job.beat_ms

    def die(self) -> None:
        """Kill -9; its partitions are read by others after the session."""
        self.counts.add("worker deaths")
        self.alive = self.idle = False
        self.broker.version += 1
        self.tasks.leave(self.number)
        self.wake_ms = self.broker.now_ms + self.chance.choice((500, 6_000))
        if not self.tasks.members:
            self.wake_ms = self.broker.now_ms + 500

    def _pauses(self) -> bool:
        """SIGSTOP, best while something runs that nobody knows of."""
        unknown = any(job.report_ms >= 0 for job in self._jobs)
        if self.chance.random() >= self.faults.pause * (3 if unknown else 0.3):
            return False
        self.counts.add("worker pauses")
        self.tasks.sleep(self.number)
        self.wake_ms = self.broker.now_ms + self.chance.randint(100, 15_000)
        return True

    def _assign(self) -> None:
        if lost := self.number not in self.tasks.members:
            self.tasks.members.append(self.number)
        wanted = self.tasks.wanted(self.number)
        gone = set(self._positions) if lost else self._positions.keys() - wanted
        if gone:
            for job in self._jobs:  # In flight at revocation: report what runs unasked.
                if job.report_ms >= 0:
                    self._report(job)
            if not lost:  # Nothing is committed under a generation of the past.
                self._commit()
            self._custody.revoke(gone)
            self.tasks.disown(self.number, gone)
            for tp in gone:
                del self._positions[tp]
            self.broker.version += 1
            self._jobs = [j for j in self._jobs if j.entry.is_ours or j.claiming or j.done_ms >= 0]
        for tp in sorted(wanted - self._positions.keys()):
            if tp not in self.tasks.owners:
                self._fetched = True
                self.tasks.owners[tp] = self.number
                self._positions[tp] = self.tasks.committed.get(tp, 0)
                self._custody.assign(tp, len(self.broker.log(tp).entries))

    def _fetch(self) -> None:
        self._fetched = False
        for tp in sorted(self._positions):
            if len(self._jobs) >= 20:
                return
            records, self._positions[tp] = self.broker.log(tp).read(self._positions[tp], 5)
            for record in records:
                self._fetched = True
                self._take(tp, record)

    def _take(self, tp: TopicPartition, record: Record) -> None:
        entry = self._custody.take(tp, record.offset)
        assert entry is not None
        task: Task | QueryTask = decode(record.value or b"")
        if isinstance(task, QueryTask):
            self._take_query(task, entry)
            return
        job = Job(task, entry, f"{self._recipient}-{self._next()}")
        self._jobs.append(job)
        if isinstance(task, WorkflowTask):
            job.started_event_id = task.started_event_id
            if not self._gather(job, task):
                job.reset_sticky = True
        if job.reset_sticky or not may_run_unasked(task, entry, self.broker.now_ms):
            job.claiming = True
            self.counts.add("claims")
        else:
            self._begin(job)
            job.report_ms = self.broker.now_ms + REPORT_AFTER_MS

    def _take_query(self, task: QueryTask, entry: Entry) -> None:
        """Answer from the task or the cache, or ask for the history first."""
        cached, completion_id = self._cache.get(task.run_id, ({}, ""))
        if task.full:
            self._answer_query(task, entry, list(map(decode, task.events)))
        elif completion_id and completion_id == task.previous_completion_id:
            self._answer_query(task, entry, list(cached.values()), ran=True)
        else:
            self.counts.add("queries that needed the history")
            number = f"{self._recipient}-{self._next()}"
            self._asked[number] = (task, entry)
            request = r.GetWorkflowExecutionHistory(
                workflow_id=task.workflow_id,
                run_id=task.run_id,
                reply_partition=self.number,
                recipient=self._recipient,
                correlation_id=number,
            )
            self._send(task, request)

    def _answer_query(
        self, task: QueryTask, entry: Entry, history: list[Any], *, ran: bool = False
    ) -> None:
        self.counts.add("queries answered alone")
        self._send(task, program.answer(decode(task.query), history, ran=ran))
        entry.is_done = True

    def _gather(self, job: Job, task: WorkflowTask) -> bool:
        """The run's events from the task, or from the cache and the task; False: neither does."""
        new = {event.event_id: event for event in map(decode, task.events)}
        if not task.full:
            cached, completion_id = self._cache.get(task.run_id, ({}, ""))
            if not completion_id or completion_id != task.previous_completion_id:
                return False
            new = {**cached, **new}
        job.events = new
        return set(new) >= set(range(1, max(new) + 1))

    def _begin(self, job: Job) -> None:
        duration_ms = self.chance.choice((0, 5, 50, 150, 400, 3_000))
        if self.faults.kill and self.chance.random() < 0.03:
            duration_ms = 12_000  # Longer than its timeouts.
        job.begun_ms = self.broker.now_ms
        job.done_ms = job.begun_ms + duration_ms + errands.duration_ms(job.task)
        job.beat_ms = errands.beat_ms(job.task, job.begun_ms)

    def _work(self) -> None:
        now_ms = self.broker.now_ms
        for job in list(self._jobs):
            if job.claiming:
                if now_ms >= job.claim_again_ms:
                    job.claim_again_ms = now_ms + 1_000
                    self._start_request(job, claim=True)
                continue
            if 0 <= job.report_ms <= now_ms and job.done_ms > now_ms:
                self._report(job)
            if 0 <= job.beat_ms <= now_ms < job.done_ms:
                self._beat(job)
            if 0 <= job.done_ms <= now_ms:
                self._answer(job)
                self._jobs.remove(job)
        for task, answer in self._late.due(now_ms):
            self.counts.add("answers by id")
            self._send(task, answer)

    def _beat(self, job: Job) -> None:
        """Alive; it says the same as a report of the start."""
        assert isinstance(job.task, ActivityTask)
        now_ms = self.broker.now_ms
        job.report_ms, job.beat_ms = -1, errands.beat_ms(job.task, now_ms)
        job.entry.is_done = True
        self.counts.add("heartbeats")
        address = (self.number, self._recipient)
        times = {"begun_ms": job.begun_ms, "now_ms": now_ms}
        self._send(job.task, errands.heartbeat(job.task, job.delivery_id, **times, address=address))

    def _report(self, job: Job) -> None:
        job.report_ms = -1
        self._start_request(job, claim=False)
        job.entry.is_done = True

    def _answer(self, job: Job) -> None:
        task = job.task
        if isinstance(task, WorkflowTask):
            answer = self._workflow_answer(job, task)
        elif task.activity_type == "late":
            if job.report_ms >= 0:
                self._report(job)
            self._late.add(task, self.broker.now_ms + self.chance.choice((1, 2_000)))
            return
        else:
            answer = self._activity_answer(job, task)
        self._send(task, answer)
        if self.faults.kill and self.chance.random() < 0.05:
            self.counts.add("doubled answers")
            self._send(task, answer)
        job.entry.is_done = True

    def _workflow_answer(self, job: Job, task: WorkflowTask) -> Any:
        history = [job.events[i] for i in sorted(job.events)]
        completion_id = f"c-{self._recipient}-{self._next()}"
        answers = [encode(program.answer(decode(q), history, ran=True)) for q in task.queries]
        if answers:
            self.counts.add("queries answered with a task")
        commands = program.decide(history, task.updates)
        if self.faults.kill and self.chance.random() < 0.03:
            self._cache.pop(task.run_id, None)
            self.counts.add("failed Workflow Tasks")
            return errands.failed(task, job.delivery_id, job.started_event_id)
        self._cache[task.run_id] = (job.events, completion_id)
        is_local = any(isinstance(command, c.RecordMarker) for command in commands)
        is_at_it = is_local and not task.updates and self.chance.random() < 0.3
        if is_at_it:  # A local activity takes long: the task goes on as another.
            self.counts.add("Workflow Task heartbeats")
            commands = []
        return r.RespondWorkflowTaskCompleted(
            **errands.token(task, job.delivery_id),
            started_event_id=job.started_event_id,
            commands=[encode(command) for command in commands],
            force_create_new_workflow_task=is_at_it,
            completion_id=completion_id,
            query_results=answers,
        )

    def _activity_answer(self, job: Job, task: ActivityTask) -> Any:
        key = (task.run_id, task.scheduled_event_id, task.attempt)
        self.executions[key] = self.executions.get(key, 0) + 1
        common = errands.token(task, job.delivery_id)
        if job.is_cancelled:
            self.counts.add("cancelled activities")
            return r.RespondActivityTaskCanceled(**common)
        if task.attempt <= int(task.input[0].data):
            failure = Failure(message="as planned", type="Planned")
            return r.RespondActivityTaskFailed(**common, failure=failure)
        who = (task.attempt, job.delivery_id)  # For the check that it is who is recorded.
        return r.RespondActivityTaskCompleted(**common, result=[program.payload(v) for v in who])

    def _start_request(self, job: Job, *, claim: bool) -> None:
        request = errands.start_report(
            job.task,
            job.delivery_id,
            claimed_by=(self.number, self._recipient) if claim else None,
            now_ms=self.broker.now_ms,
            reset_sticky=job.reset_sticky,
        )
        self._send(job.task, request)

    def _read_replies(self) -> None:
        records, self._inbox_at = self.broker.log(self._inbox).read(self._inbox_at, 100)
        for record in records:
            reply = decode(record.value or b"")
            if record.key != self._recipient.encode():
                continue
            for job in self._jobs:
                if job.done_ms >= 0 and errands.is_cancelled(job.task, job.delivery_id, reply):
                    job.is_cancelled, job.done_ms = True, self.broker.now_ms
            if isinstance(reply, Reply):
                if reply.correlation_id in self._asked and reply.part == reply.parts - 1:
                    asked = self._asked.pop(reply.correlation_id)
                    self._answer_query(*asked, list(map(decode, reply.body)))
                for job in self._jobs:
                    if job.claiming and job.delivery_id == reply.correlation_id:
                        self._claimed(job, reply)
                        break

    def _claimed(self, job: Job, reply: Reply) -> None:
        job.parts[reply.part] = reply
        if reply.code == "OK" and len(job.parts) < reply.parts:
            return
        job.claiming = False
        job.entry.is_done = True
        if reply.code != "OK":
            self.counts.add("refused claims")
            self._jobs.remove(job)
            return
        if isinstance(job.task, WorkflowTask):
            if job.reset_sticky:
                job.events = {}
            for part in sorted(job.parts):
                for event in map(decode, job.parts[part].body):
                    job.events[event.event_id] = event
            job.started_event_id = reply.started_event_id
        self._begin(job)

    def _commit(self) -> None:
        self.tasks.committed.update(self._custody.commits())

    def _send(self, task: Task | QueryTask, request: Any) -> None:
        topic = self.names.of("requests")
        key = task.workflow_id.encode()
        self.broker.append(OutRecord(topic, task.partition, key, encode(request)))

    def _next(self) -> int:
        self._numbers += 1
        return self._numbers
