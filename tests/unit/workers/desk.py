"""A broker at a desk: the test plays the engine, by hand.

It implements `duralog.connectors.transport`, so Channel and TaskSource are the real ones. Pings are
answered with this machine's clock; claims are accepted, or refused when the test says so.
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from duralog.connectors.broker import OutRecord, Record, TopicPartition
from duralog.connectors.channel import Channel
from duralog.connectors.clock import now_ms
from duralog.connectors.transport import (
    BeforeRevoke,
    Bystander,
    Delivery,
    Fed,
    OnDelivery,
    TransportError,
)
from duralog.schemas.codec import decode, encode
from duralog.schemas.replies import Reply
from duralog.schemas.requests import (
    Ping,
    RecordActivityTaskHeartbeat,
    RecordActivityTaskStarted,
    RecordWorkflowTaskStarted,
)
from duralog.schemas.tasks import ActivityTask, WorkflowTask
from duralog.schemas.topics import TopicNames

NAMES = TopicNames(prefix="duralog", namespace="default")
WAIT_SECONDS = 10.0
Answer = TypeVar("Answer")


class Desk:
    """Topics in memory, of one partition each.

    refuse_claims: the next claims are refused. history: what a claim with reset_sticky is given.
    cancel: heartbeats are told that a cancellation was requested.
    """

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.refuse_claims = False
        self.cancel = False
        self.history: list[bytes] = []
        self.record_size_max: int | None = None
        self.changed = threading.Condition()
        self._topics: dict[str, list[bytes]] = {}
        self._inbox: list[Record] = []
        self._deliveries: list[tuple[OnDelivery, Delivery]] = []

    def put(self, task: WorkflowTask | ActivityTask) -> None:
        """Dispatch a task."""
        kind = "workflow-tasks" if isinstance(task, WorkflowTask) else "activities"
        with self.changed:
            self._topics.setdefault(NAMES.of(kind, task.task_queue), []).append(encode(task))
            self.changed.notify_all()

    def wait_for(self, kind: type[Answer], count: int = 1) -> list[Answer]:
        """Requests of this kind, once there are as many."""

        def found() -> list[Answer]:
            return [request for request in self.requests if isinstance(request, kind)]

        with self.changed:
            there = self.changed.wait_for(lambda: len(found()) >= count, WAIT_SECONDS)
            names = [type(request).__name__ for request in self.requests]
            assert there, f"no {count} x {kind.__name__} among {names}"
            return found()

    def say(self, message: object) -> None:
        """Put a message into the inbox of whoever asks."""
        key = self._recipient()
        with self.changed:
            topic, offset = NAMES.of("inbox"), len(self._inbox)
            self._inbox.append(Record(topic, 0, offset, now_ms(), key, encode(message), None))
            self.changed.notify_all()

    # The transport.

    def connect(self) -> None: ...

    def partitions(self, topic: str) -> int:
        del topic
        return 1

    def produce(self, record: OutRecord, on_delivery: OnDelivery) -> None:
        assert record.value is not None
        request = decode(record.value)
        with self.changed:
            self._deliveries.append((on_delivery, Delivery(0, len(self.requests), "", False)))
            self.requests.append(request)
            self.changed.notify_all()
        reply = self._reply(request)
        if reply is not None:
            self.say(reply)

    def serve(self, wait_ms: int) -> None:
        with self.changed:
            self.changed.wait_for(lambda: self._deliveries, wait_ms / 1000)
            deliveries, self._deliveries = self._deliveries, []
        for on_delivery, delivery in deliveries:
            on_delivery(delivery)

    def flush(self, wait_ms: int) -> None:
        self.serve(min(wait_ms, 10))

    def listen(self, partition: TopicPartition) -> None:
        del partition

    def receive(self, wait_ms: int) -> list[Record]:
        with self.changed:
            self.changed.wait_for(lambda: self._inbox, wait_ms / 1000)
            records, self._inbox = self._inbox, []
            return records

    def ensure_topic(self, topic: str, kind: str, anchor: str) -> None:
        del kind, anchor
        self._topics.setdefault(topic, [])

    def feed(self, topic: str, group: str, before_revoke: BeforeRevoke) -> "DeskFeed":
        del group
        return DeskFeed(self, topic, self._topics[topic], before_revoke)

    def bystander(self) -> Bystander:
        raise TransportError("there is nothing to see at this desk")

    def close(self) -> None: ...

    def _recipient(self) -> bytes:
        for request in self.requests:
            if request.recipient:
                return str(request.recipient).encode()
        raise AssertionError("nobody has asked yet")

    def _reply(self, request: Any) -> Reply | None:
        if not request.correlation_id:
            return None
        reply = Reply(
            recipient=request.recipient,
            correlation_id=request.correlation_id,
            code="OK",
            engine_time_ms=now_ms(),
        )
        if isinstance(request, RecordActivityTaskStarted | RecordWorkflowTaskStarted):
            reply.code = "REFUSED" if self.refuse_claims else "OK"
            reply.delivery_id = request.delivery_id
            reply.started_time_ms = now_ms()
            if isinstance(request, RecordWorkflowTaskStarted):
                reply.started_event_id = request.started_event_id
                reply.body = self.history if request.reset_sticky else []
        elif isinstance(request, RecordActivityTaskHeartbeat):
            reply.cancel_requested = self.cancel
        elif not isinstance(request, Ping):
            return None
        return reply


class DeskFeed:
    """The group's only member."""

    def __init__(
        self, desk: Desk, topic: str, records: list[bytes], before_revoke: BeforeRevoke
    ) -> None:
        self._desk = desk
        self._partition = TopicPartition(topic, 0)
        self._records = records
        self._before_revoke = before_revoke
        self._position = 0
        self._assigned = False
        self._paused = False

    def poll(self, *, wait_ms: int, records_max: int) -> Fed:
        fed = Fed()
        with self._desk.changed:
            if not self._assigned:
                self._assigned = True
                fed.assigned[self._partition] = len(self._records)
            self._desk.changed.wait_for(self._has_more, wait_ms / 1000)
            while self._has_more() and len(fed.records) < records_max:
                topic, position = self._partition.topic, self._position
                value = self._records[position]
                fed.records.append(Record(topic, 0, position, now_ms(), None, value, None))
                self._position += 1
        return fed

    def _has_more(self) -> bool:
        return not self._paused and self._position < len(self._records)

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False

    def commit(self, offsets: dict[TopicPartition, int], *, wait: bool) -> None: ...

    def close(self) -> None:
        self._before_revoke([self._partition])


def open_channel(desk: Desk) -> Channel:
    """A real channel over the desk, started."""
    channel = Channel(desk, names=NAMES, identity="worker-1")
    channel.start()
    return channel


def wait_until(condition: Callable[[], bool]) -> None:
    """Let other threads run until it is so."""
    done = threading.Event()
    for _ in range(1000):
        if condition():
            return
        done.wait(0.01)
    raise AssertionError("it never became so")
