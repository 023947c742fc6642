"""Twice the load that the engine can do, for a minute: what is kept, refused, and how it ends.

Four parts, on one clock: a light load, for what is normal; a closed loop, for the peak; an open
loop at twice the peak, whose starts are asked for as clients do (by `requests`, with a reply); and
the light load again, which begins when the overload ends and is measured from 10 s later on.
"""

import os
import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from confluent_kafka import Consumer, Producer, TopicPartition

from bench.client import COMPLETED, FRAME, percentile
from bench.scenarios import TASK_QUEUE
from bench.usage import cpu_ms
from duralog.schemas import codec
from duralog.schemas.avro import read_string
from duralog.schemas.identifiers import partition_of
from duralog.schemas.payloads import Payload
from duralog.schemas.requests import StartWorkflowExecution
from duralog.schemas.topics import TopicNames

NORMAL_S: Final = 10.0
WARM_UP_S: Final = 10.0
PEAK_S: Final = 15.0
OVERLOAD_S: Final = 60.0
FACTOR: Final = 2.0
IN_FLIGHT: Final = 400  # As closed-k1.
LIGHT_PER_S: Final = 20.0
CALM_AFTER_S: Final = 10.0
KEPT_MIN: Final = 0.9  # Of the peak's throughput.
NORMAL_TIMES_MAX: Final = 2.0  # Median of the light load after, against before.
DRAIN_S: Final = 60.0
TICK_S: Final = 0.01
LINGER_MS: Final = 5
# One process stands for many clients, and must not take the cores from what it measures: a start
# that is sent alone costs the broker more than all of its refusal does. A closed loop sends as many
# at once as one transaction has closed, of which there are about so many a second.
GATHER_S: Final = 0.05


@dataclass(slots=True, kw_only=True)
class Seen:
    """What came back in one part. latencies_ms: of those started in it."""

    sent: int = 0
    closed: int = 0
    codes: Counter[str] = field(default_factory=Counter[str])
    latencies_ms: list[float] = field(default_factory=list[float])


class Asker:
    """Starts workflows by requests, reads replies and ends."""

    def __init__(self, servers: str) -> None:
        names = TopicNames(prefix="duralog", namespace="default")
        self._topic = names.of("requests")
        self._run = secrets.token_hex(4)
        self._number = 0
        self._producer = Producer({"bootstrap.servers": servers, "linger.ms": LINGER_MS})
        self._partitions = _count(self._producer, self._topic)
        self._history = _tail(servers, names.of("history"), committed=True)
        self._inbox = _tail(servers, names.of("inbox"), committed=False)
        self._open: dict[str, tuple[float, Seen]] = {}
        self.seen = Seen()

    @property
    def open(self) -> int:
        """Started, and neither closed nor refused."""
        return len(self._open)

    def begin(self) -> Seen:
        """A new part."""
        self.seen = Seen()
        return self.seen

    def closed_loop(self, seconds: float) -> None:
        """A new part that keeps IN_FLIGHT open."""
        self.begin()
        end_s = time.perf_counter() + seconds
        while time.perf_counter() < end_s:
            for _ in range(IN_FLIGHT - self.open):
                self._start()
            self.read(0.005)

    def paced(self, per_s: float, seconds: float) -> None:
        """Start so many a second, whatever comes back."""
        begin_s, sent, next_s = time.perf_counter(), 0, 0.0
        gather_s = GATHER_S if per_s > LIGHT_PER_S else 0.0
        while (now_s := time.perf_counter()) < begin_s + seconds:
            while now_s >= next_s and sent < (now_s - begin_s) * per_s:
                self._start()
                sent += 1
            next_s = now_s + gather_s if now_s >= next_s else next_s
            self.read(TICK_S)

    def drain(self) -> None:
        """Read until nothing is open."""
        end_s = time.perf_counter() + DRAIN_S
        while self._open and time.perf_counter() < end_s:
            self.read(0.05)

    def read(self, wait_s: float) -> None:
        """Take note of what has come."""
        self._producer.poll(0)
        first = self._history.poll(wait_s)
        for message in [first, *self._history.consume(500, 0)] if first else []:
            value = message.value()
            if value and value[:FRAME] == COMPLETED:
                self._closed(read_string(value, FRAME)[0])
        for message in self._inbox.consume(500, 0):
            if message.key() == self._run.encode():
                self._replied(codec.decode(message.value() or b""))

    def _start(self) -> None:
        self._number += 1
        workflow_id = f"over-{self._run}-{self._number}"
        request = StartWorkflowExecution(
            workflow_id=workflow_id,
            workflow_type="BenchK1",
            task_queue=TASK_QUEUE,
            input=[Payload(metadata={"encoding": b"json/plain"}, data=b'"hello"')],
            request_id=workflow_id,
            reply_partition=0,
            recipient=self._run,
            correlation_id=workflow_id,
        )
        self._producer.produce(
            self._topic,
            key=workflow_id,
            value=codec.encode(request),
            partition=partition_of(workflow_id, self._partitions),
        )
        self._open[workflow_id] = (time.perf_counter(), self.seen)
        self.seen.sent += 1

    def _closed(self, workflow_id: str) -> None:
        found = self._open.pop(workflow_id, None)
        if found is not None:
            sent_s, of = found
            self.seen.closed += 1
            of.latencies_ms.append((time.perf_counter() - sent_s) * 1000)

    def _replied(self, reply: Any) -> None:
        found = self._open.get(reply.correlation_id)
        if found is not None:
            found[1].codes[reply.code] += 1
            if reply.code != "OK":
                del self._open[reply.correlation_id]


def _count(client: Any, topic: str) -> int:
    return len(client.list_topics(topic).topics[topic].partitions)


def _tail(servers: str, topic: str, *, committed: bool) -> Consumer:
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": "bench",
            "enable.auto.commit": False,
            "isolation.level": "read_committed" if committed else "read_uncommitted",
            "queued.min.messages": 100_000,
        }
    )
    places = [TopicPartition(topic, p) for p in range(_count(consumer, topic))]
    # The end by number: OFFSET_END is looked up later, and would miss what is sent before.
    ends = [consumer.get_watermark_offsets(place)[1] for place in places]
    consumer.assign(
        [TopicPartition(topic, p.partition, e) for p, e in zip(places, ends, strict=True)]
    )
    return consumer


def cores_used(roles: dict[str, list[int]], work: Callable[[], None]) -> dict[str, float]:
    """Do it, and tell how many cores each role used meanwhile."""
    begun_s = time.perf_counter()
    before = {role: cpu_ms(pids) for role, pids in roles.items()}
    work()
    ms = (time.perf_counter() - begun_s) * 1000
    return {role: round((cpu_ms(pids) - before[role]) / ms, 2) for role, pids in roles.items()}


def measure(servers: str, roles: dict[str, list[int]]) -> dict[str, Any]:
    """All four parts. roles: processes, whose CPU is told."""
    asker, roles = Asker(servers), {**roles, "client": [os.getpid()]}
    asker.closed_loop(3.0)  # The first of everything is slow.
    asker.drain()
    before = asker.begin()
    asker.paced(LIGHT_PER_S, NORMAL_S)
    asker.drain()
    asker.closed_loop(WARM_UP_S)
    peak_cores = cores_used(roles, lambda: asker.closed_loop(PEAK_S))
    peak_per_s = asker.seen.closed / PEAK_S
    over = asker.begin()
    over_cores = cores_used(roles, lambda: asker.paced(FACTOR * peak_per_s, OVERLOAD_S))
    over_per_s, backlog = over.closed / OVERLOAD_S, asker.open
    asker.begin()
    asker.paced(LIGHT_PER_S, CALM_AFTER_S)
    left = asker.open
    after = asker.begin()
    asker.paced(LIGHT_PER_S, NORMAL_S)
    asker.drain()
    normal_ms, after_ms = percentile(before.latencies_ms, 0.5), percentile(after.latencies_ms, 0.5)
    kept = over_per_s / max(1.0, peak_per_s)
    return {
        "scenario": "overload",
        "peak_per_s": round(peak_per_s, 1),
        "offered_per_s": round(over.sent / OVERLOAD_S, 1),
        "done_per_s": round(over_per_s, 1),
        "kept": round(kept, 3),
        "cores": {"peak": peak_cores, "overload": over_cores},
        "refused": {code: n for code, n in over.codes.items() if code != "OK"},
        "overload_p50_ms": percentile(over.latencies_ms, 0.5),
        "overload_p99_ms": percentile(over.latencies_ms, 0.99),
        "open_at_its_end": backlog,
        "open_10_s_later": left,
        "normal_p50_ms": normal_ms,
        "after_p50_ms": after_ms,
        "after_p99_ms": percentile(after.latencies_ms, 0.99),
        "lost": asker.open,
        "ok": kept >= KEPT_MIN and after_ms <= NORMAL_TIMES_MAX * normal_ms and not asker.open,
    }
