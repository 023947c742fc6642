"""The client of the benchmark: a producer of start events and a tail of `history`, and no more.

    python -m bench.client --bootstrap-servers … --scenario closed-k1 --process engine=12,13

A workflow's latency is the time from handing its start event to the producer until its close event
is read back, committed. Prints one JSON object: what it saw within the window.
"""

import argparse
import json
import os
import secrets
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from confluent_kafka import Consumer, Producer, TopicPartition

from bench.scenarios import SCENARIOS, TASK_QUEUE, Scenario
from bench.usage import cpu_ms, rss_mb
from duralog.schemas import codec
from duralog.schemas.avro import read_string, write_string
from duralog.schemas.events import (
    WorkflowExecutionCanceled,
    WorkflowExecutionCompleted,
    WorkflowExecutionFailed,
    WorkflowExecutionTerminated,
    WorkflowExecutionTimedOut,
)
from duralog.schemas.identifiers import partition_of
from duralog.schemas.payloads import Payload
from duralog.schemas.requests import StartWorkflowExecution
from duralog.schemas.topics import TopicNames

FRAME: Final = 5  # Magic byte and schema id.
COMPLETED: Final = b"\x00" + WorkflowExecutionCompleted.SCHEMA_ID.to_bytes(4, "big")
OTHER_ENDS: Final = {
    b"\x00" + event.SCHEMA_ID.to_bytes(4, "big"): event.__name__
    for event in (
        WorkflowExecutionFailed,
        WorkflowExecutionTimedOut,
        WorkflowExecutionCanceled,
        WorkflowExecutionTerminated,
    )
}
SILENCE_S: Final = 30.0  # Nothing closes for so long: the benchmark has failed.


@dataclass(slots=True, kw_only=True)
class Tally:
    """What has been seen. latencies_ms: of workflows that closed within the window."""

    completed: int = 0
    latencies_ms: list[float] = field(default_factory=list[float])


class Load:
    """Keeps workflows in flight and takes note of those that close."""

    def __init__(self, *, bootstrap_servers: str, scenario: Scenario, via: str) -> None:
        names = TopicNames(prefix="duralog", namespace="default")
        self._scenario = scenario
        self._topic = names.of(via)
        self._run = secrets.token_hex(4)
        self.started = 0
        self._sent: dict[str, float] = {}
        self._due: deque[float] = deque()  # When to start the next one.
        self._producer = Producer(
            {"bootstrap.servers": bootstrap_servers, "linger.ms": 0 if scenario.pause_s else 2}
        )
        self._consumer = history_tail(bootstrap_servers, names.of("history"))
        self._partitions = len(
            self._producer.list_topics(self._topic).topics[self._topic].partitions
        )
        self._head, self._rest = template(scenario.workflow_type)
        self.tally = Tally()

    def run(self, until_s: float) -> None:
        """Keep the load up until `until_s`, by time.perf_counter; the tally counts from zero."""
        self.tally = Tally()
        heard_s = time.perf_counter()
        while time.perf_counter() < until_s:
            self._start_due()
            if self._read():
                heard_s = time.perf_counter()
            elif time.perf_counter() - heard_s > SILENCE_S:
                raise SystemExit(
                    f"nothing closed for {SILENCE_S:.0f} s; {len(self._sent)} in flight"
                )

    def drain(self) -> None:
        """Start nothing more, and read until all have closed."""
        end_s = time.perf_counter() + SILENCE_S
        while self._sent and time.perf_counter() < end_s:
            self._read()
        if self._sent:
            raise SystemExit(f"{len(self._sent)} workflows did not close in {SILENCE_S:.0f} s")
        self._consumer.close()

    def fill(self) -> None:
        """Bring the number in flight up to the scenario's."""
        now_s = time.perf_counter()
        self._due.extend([now_s] * self._scenario.in_flight)

    def _start_due(self) -> None:
        while self._due and self._due[0] <= time.perf_counter():
            self._due.popleft()
            workflow_id = f"bench-{self._run}-{self.started}"
            self._producer.produce(
                self._topic,
                key=workflow_id,
                value=self._head + write_string(workflow_id) + self._rest,
                partition=partition_of(workflow_id, self._partitions),
            )
            self._sent[workflow_id] = time.perf_counter()
            self.started += 1
        self._producer.poll(0)

    def _read(self) -> int:
        """Take note of what closed; return how many."""
        closed = 0
        for workflow_id in self._closed():
            sent_s = self._sent.pop(workflow_id, None)
            if sent_s is None:
                continue  # Of another client.
            now_s = time.perf_counter()
            closed += 1
            self.tally.completed += 1
            self.tally.latencies_ms.append((now_s - sent_s) * 1000)
            self._due.append(now_s + self._scenario.pause_s)
        return closed

    def _closed(self) -> Iterator[str]:
        """Workflow IDs of the close events that have come. Raises SystemExit on a failure."""
        # `consume(n, t)` waits out t unless n records are there: take one, then what is there.
        first = self._consumer.poll(0.005)
        messages = [first, *self._consumer.consume(500, 0)] if first is not None else []
        for message in messages:
            value = message.value()
            if value is None or message.error() is not None:
                continue
            frame = value[:FRAME]
            if frame == COMPLETED:
                yield read_string(value, FRAME)[0]
            elif frame in OTHER_ENDS:
                raise SystemExit(f"{read_string(value, FRAME)[0]}: {OTHER_ENDS[frame]}")


def template(workflow_type: str) -> tuple[bytes, bytes]:
    """The bytes before and behind the Workflow ID of a start event: all the others are the same."""
    payload = Payload(metadata={"encoding": b"json/plain"}, data=b'"hello"')
    record = StartWorkflowExecution(
        workflow_id="", workflow_type=workflow_type, task_queue=TASK_QUEUE, input=[payload]
    )
    data = codec.encode(record)
    return data[:FRAME], data[FRAME + len(write_string("")) :]


def history_tail(bootstrap_servers: str, topic: str) -> Consumer:
    """A consumer of committed events, from now on."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": "bench",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "fetch.wait.max.ms": 500,  # An upper bound: what is there returns at once.
            "queued.min.messages": 100_000,
        }
    )
    partitions = consumer.list_topics(topic).topics[topic].partitions
    # The end by number: OFFSET_END is looked up later, and would miss what is sent before.
    ends = [(p, consumer.get_watermark_offsets(TopicPartition(topic, p))) for p in partitions]
    consumer.assign([TopicPartition(topic, p, end[1]) for p, end in ends])
    return consumer


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of the values do not exceed; 0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)


def measure(load: Load, scenario: Scenario, roles: dict[str, list[int]]) -> dict[str, object]:
    """Warm up, then count for the scenario's window."""
    load.fill()
    load.run(time.perf_counter() + scenario.warm_up_s)
    before = {role: cpu_ms(pids) for role, pids in roles.items()}
    begin_s, begin_ms = time.perf_counter(), time.time_ns() // 1_000_000
    load.run(begin_s + scenario.window_s)
    seconds, end_ms = time.perf_counter() - begin_s, time.time_ns() // 1_000_000
    used = {role: cpu_ms(pids) - before[role] for role, pids in roles.items()}
    tally = load.tally
    memory = {role: rss_mb(pids) for role, pids in roles.items()}
    load.drain()
    count = max(1, tally.completed)
    return {
        "scenario": scenario.name,
        "workflows": tally.completed,
        "workflows_per_s": round(tally.completed / seconds, 1),
        "p50_ms": percentile(tally.latencies_ms, 0.50),
        "p90_ms": percentile(tally.latencies_ms, 0.90),
        "p99_ms": percentile(tally.latencies_ms, 0.99),
        "cpu_ms_per_workflow": {role: round(ms / count, 3) for role, ms in used.items()},
        "rss_mb": memory,
        "started": load.started,
        "window_s": round(seconds, 2),
        "window_ms": [begin_ms, end_ms],
    }


def main() -> None:
    """Run one scenario."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap-servers", required=True)
    parser.add_argument("--scenario", required=True, choices=sorted(SCENARIOS))
    parser.add_argument("--via", choices=["ingress", "requests"], default="ingress")
    parser.add_argument("--process", action="append", default=[], metavar="ROLE=PID,PID")
    arguments = parser.parse_args()
    roles = {"client": [os.getpid()]}
    for entry in arguments.process:
        role, _, pids = entry.partition("=")
        roles[role] = [int(pid) for pid in pids.split(",")]
    scenario = SCENARIOS[arguments.scenario]
    load = Load(bootstrap_servers=arguments.bootstrap_servers, scenario=scenario, via=arguments.via)
    print(json.dumps(measure(load, scenario, roles)), flush=True)


if __name__ == "__main__":
    main()
