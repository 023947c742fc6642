"""The least an engine does for a channel and a task source: it answers, and dispatches tasks."""

import threading
from collections.abc import Callable, Generator
from queue import SimpleQueue
from typing import Any

from duralog.connectors.broker import (
    Abort,
    AbortableError,
    Begin,
    Commit,
    Effect,
    Flush,
    OutRecord,
    Poll,
    Polled,
    Produce,
    Resume,
    Send,
    SendOffsets,
    TopicPartition,
)
from duralog.connectors.kafka.clients import open_admin
from duralog.connectors.kafka.driver import KafkaDriver
from duralog.connectors.kafka.ensure import create_topic
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.connectors.topic_plan import TopicSizes, plan_topics
from duralog.schemas.codec import decode, encode
from duralog.schemas.replies import Reply
from duralog.schemas.topics import TopicNames

PARTITIONS = 2
SIZES = TopicSizes(partitions=PARTITIONS, inbox_partitions=4, replication=1)


def create_topics(settings: KafkaSettings, names: TopicNames) -> None:
    """The topics of one namespace."""
    admin = open_admin(settings)
    for plan in plan_topics(names, SIZES):
        create_topic(admin, plan)


class ToyEngine:
    """Runs in a thread of this process. `answer` makes the replies to one request.

    seen: every request, as it came. dispatch: makes a task from the engine's time.
    """

    def __init__(
        self, settings: KafkaSettings, names: TopicNames, answer: Callable[[Any], list[Reply]]
    ) -> None:
        self.names = names
        self.seen: SimpleQueue[Any] = SimpleQueue()
        self._answer = answer
        self._tasks: SimpleQueue[tuple[str, int, Callable[[int], Any]]] = SimpleQueue()
        self._driver = KafkaDriver(settings, names=[names], slot="0")
        self._thread = threading.Thread(target=lambda: self._driver.run(self._loop()))

    def __enter__(self) -> "ToyEngine":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._driver.stop()
        self._thread.join()

    def dispatch(self, topic: str, partition: int, make: Callable[[int], Any]) -> None:
        """Write a task; `make` gets the engine's time."""
        self._tasks.put((topic, partition, make))

    def _loop(self) -> Generator[Effect, Any, None]:
        anchors = [TopicPartition(self.names.of("requests"), p) for p in range(PARTITIONS)]
        places = dict.fromkeys(anchors, 0)
        while True:
            polled: Polled = yield Poll(20, 100, 1_000_000)
            if polled.assigned:
                yield Resume({anchor: places[anchor] for anchor in polled.assigned})
            for record in polled.records:
                places[TopicPartition(record.topic, record.partition)] = record.offset + 1
            replies: list[OutRecord] = []
            for record in polled.records:
                request = decode(record.value or b"")
                self.seen.put(request)
                if request.correlation_id:
                    replies += [self._reply(request, r, polled) for r in self._answer(request)]
            tasks: list[OutRecord] = []
            while not self._tasks.empty():
                topic, partition, make = self._tasks.get()
                tasks.append(OutRecord(topic, partition, None, encode(make(polled.now_ms))))
            if tasks:
                yield from self._write(tasks, anchors[0])
            if replies:
                yield Send(replies)

    def _write(
        self, tasks: list[OutRecord], anchor: TopicPartition
    ) -> Generator[Effect, Any, None]:
        """Until it is committed."""
        while True:
            try:
                yield Begin()
                yield Produce(tasks)
                yield Flush()
                yield SendOffsets({anchor: (0, "")})
                yield Commit()
            except AbortableError:
                yield Abort()
            else:
                return

    def _reply(self, request: Any, reply: Reply, polled: Polled) -> OutRecord:
        reply.recipient = request.recipient
        reply.correlation_id = request.correlation_id
        reply.engine_time_ms = polled.now_ms
        reply.started_time_ms = polled.now_ms
        key = request.recipient.encode()
        return OutRecord(self.names.of("inbox"), request.reply_partition, key, encode(reply))
