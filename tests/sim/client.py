"""Clients of the simulator: each drives one Workflow ID, repeats every request until it is told."""

import dataclasses
import json
import random  # noqa: TID251 every draw comes from the seed
from typing import Any

from duralog.connectors.broker import OutRecord, TopicPartition
from duralog.schemas import requests as r
from duralog.schemas.codec import decode, encode
from duralog.schemas.identifiers import partition_of
from duralog.schemas.replies import Reply
from duralog.schemas.topics import TopicNames
from sim import program
from sim.broker import Broker

REPEAT_MS = 3_000
UPDATES = (
    r.UpdateWorkflowExecution,
    r.UpdateWithStartWorkflowExecution,
    r.PollWorkflowExecutionUpdate,
)
SIGNALS = (r.SignalWorkflowExecution, r.SignalWithStartWorkflowExecution)


class Client:
    """Starts a workflow, by request or by a record on `ingress`; signals it, waits for its end."""

    def __init__(
        self,
        number: int,
        *,
        names: TopicNames,
        partitions: int,
        ingress_partitions: int,
        broker: Broker,
        chance: random.Random,
    ) -> None:
        self.names = names
        self.partitions = partitions
        self.broker = broker
        self.chance = chance
        self.workflow_id = f"w{number}"
        self.recipient = f"client-{number}"
        self.inbox = TopicPartition(names.of("inbox"), 7)
        self.inbox_at = 0
        self.steps = program.draw(chance)
        self.by_ingress = chance.random() < 0.3
        self.ingress_partition = chance.randrange(ingress_partitions)
        self.is_cancelled = chance.random() < 0.15
        self.signals = program.signals_needed(self.steps)
        self.run_ids: set[str] = set()
        self.close_events: list[Any] = []
        self.signaled: dict[str, int] = {}  # By run.
        self.stale: list[str] = []
        self.told: list[Any] = []  # Events of updates.
        self.wake_ms = broker.now_ms + chance.randint(0, 15_000)
        self.idle = False
        self._again_ms = 0
        self._plan = self._requests()

    @property
    def done(self) -> bool:
        """Everything was answered."""
        return not self._plan

    def step(self) -> None:
        """Read answers; send what comes next, or the same again."""
        self._read()
        now_ms = self.broker.now_ms
        if self._plan and now_ms >= self._again_ms:
            self._send(self._plan[0])
            self._again_ms = now_ms + REPEAT_MS
        self.wake_ms = self._again_ms if self._plan else now_ms + 600_000
        self.idle = True

    def _requests(self) -> list[Any]:
        common: dict[str, Any] = {
            "workflow_id": self.workflow_id,
            "reply_partition": 7,
            "recipient": self.recipient,
        }
        start = r.StartWorkflowExecution(
            **common,
            workflow_type="steps",
            task_queue=program.QUEUE,
            input=[program.payload(self.steps)],
            workflow_task_timeout_ms=6_000,
            retry_policy=program.policy(self.steps),
        )
        if self.by_ingress:
            start.reply_partition = -1
            self._ingress(start)
            plan: list[Any] = []
        else:
            start.request_id = f"{self.workflow_id}-start"
            plan = [start]
        signaled = 0
        if self.signals and not self.by_ingress and self.chance.random() < 0.5:
            # It may race with another: whoever comes second signals.
            both = self._with_signal(start)
            plan, signaled = ([both] if self.chance.random() < 0.5 else [start, both]), 1
        self._add_signals(plan, common, signaled)
        self._add_updates(plan, common)
        self._add_ends(plan, common)
        plan.append(r.GetWorkflowExecutionHistory(**common, wait_close=True))
        for index, request in enumerate(plan):
            request.correlation_id = str(index)
        return plan

    def _add_ends(self, plan: list[Any], common: dict[str, Any]) -> None:
        """A look at it; and what ends it before its time."""
        if self.chance.random() < 0.1:
            plan.append(r.DescribeWorkflowExecution(**common))
        if self.chance.random() < 0.05:
            plan.append(r.TerminateWorkflowExecution(**common, reason="enough"))
        if self.is_cancelled:
            request_id = f"{self.workflow_id}-cancel"
            plan.append(r.RequestCancelWorkflowExecution(**common, request_id=request_id))

    def _add_signals(self, plan: list[Any], common: dict[str, Any], signaled: int) -> None:
        """Those that are left, some with a query behind them."""
        for i in range(signaled, self.signals):
            signal = r.SignalWorkflowExecution(**common, signal_name="go")
            signal.request_id = f"{self.workflow_id}-{i}"
            plan.append(signal)
            if self.chance.random() < 0.5:
                plan.append(r.QueryWorkflow(**common, query_type="signals"))

    def _add_updates(self, plan: list[Any], common: dict[str, Any]) -> None:
        """Of all kinds, some with the start, anywhere behind it."""
        if self.chance.random() < 0.4:
            return
        for number in range(self.chance.randint(1, 2)):
            name = self.chance.choice(("now", "later", "refuse"))
            stage = self.chance.choice(("ACCEPTED", "COMPLETED"))
            update_id = f"{self.workflow_id}-u{number}"
            update = r.UpdateWorkflowExecution(
                **common, update_id=update_id, update_name=name, wait_stage=stage
            )
            at = self.chance.randint(min(1, len(plan)), len(plan))
            plan.insert(at, update)
            if stage == "ACCEPTED":
                poll = r.PollWorkflowExecutionUpdate(**common, update_id=update_id)
                plan.insert(self.chance.randint(at + 1, len(plan)), poll)
        first = plan[0]
        if isinstance(first, r.StartWorkflowExecution) and self.chance.random() < 0.5:
            fields = {f.name: getattr(first, f.name) for f in dataclasses.fields(first)}
            fields["workflow_id_conflict_policy"] = "USE_EXISTING"
            fields |= {"update_id": f"{self.workflow_id}-us", "update_name": "later"}
            plan[0] = r.UpdateWithStartWorkflowExecution(**fields)

    def _with_signal(self, start: r.StartWorkflowExecution) -> Any:
        fields = {f.name: getattr(start, f.name) for f in dataclasses.fields(start)}
        fields |= {"workflow_id_conflict_policy": "USE_EXISTING", "signal_name": "go"}
        fields["request_id"] = f"{self.workflow_id}-0"
        return r.SignalWithStartWorkflowExecution(**fields)

    def _ingress(self, start: r.StartWorkflowExecution) -> None:
        key = self.workflow_id.encode()
        topic = self.names.of("ingress")
        self.broker.append(OutRecord(topic, self.ingress_partition, key, encode(start)))

    def _send(self, request: Any) -> None:
        partition = partition_of(self.workflow_id, self.partitions)
        key = self.workflow_id.encode()
        self.broker.append(OutRecord(self.names.of("requests"), partition, key, encode(request)))

    def _read(self) -> None:
        records, self.inbox_at = self.broker.log(self.inbox).read(self.inbox_at, 1_000)
        for record in records:
            reply = decode(record.value or b"")
            if record.key != self.recipient.encode() or not isinstance(reply, Reply):
                continue
            if self._plan and reply.correlation_id == self._plan[0].correlation_id:
                self._answered(self._plan[0], reply)

    def _answered(self, request: Any, reply: Reply) -> None:
        # Of a start by ingress nobody tells us when it is there.
        waits = self.by_ingress and reply.code == "NOT_FOUND" and "was it started" in reply.text
        if waits or reply.code == "RESOURCE_EXHAUSTED":
            return  # Nothing is decided: it is asked again.
        if reply.run_id:
            self.run_ids.add(reply.run_id)
        if isinstance(request, r.GetWorkflowExecutionHistory) and reply.code == "OK":
            self.close_events = [decode(data) for data in reply.body]
            following = getattr(self.close_events[-1], "new_execution_run_id", "")
            if following:  # The chain goes on: wait for the next run.
                request.run_id = request.correlation_id = following
                self._again_ms = 0
                return
        if isinstance(request, SIGNALS) and reply.code == "OK":
            self.signaled[reply.run_id] = self.signaled.get(reply.run_id, 0) + 1
        if isinstance(request, UPDATES) and reply.code == "OK":
            self.told += [event for event in map(decode, reply.body) if hasattr(event, "event_id")]
        if isinstance(request, r.QueryWorkflow) and reply.code == "OK":
            seen = json.loads(decode(reply.body[0]).answer[0].data)
            sent = self.signaled.get(reply.run_id, 0)
            if seen < sent:
                self.stale.append(f"a query saw {seen} signals of {sent}")
        self._plan.pop(0)
        self._again_ms = 0
