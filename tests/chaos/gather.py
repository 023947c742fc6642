"""Reads what is left when all is quiet, as a stranger: topics, disks, lists, logs, the ledger."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, TopicPartition

from chaos.nemesis import Nemesis
from chaos.system import System
from duralog.connectors.broker import Record
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.connectors.tail import Start, tail
from duralog.schemas.changelog import TX_HEADER
from duralog.schemas.codec import DecodeError, decode
from duralog.schemas.requests import RespondActivityTaskCompleted
from duralog.schemas.topics import CHANGELOGS
from duralog.schemas.transitions import DeadLetter
from evidence.histories import is_closed
from evidence.model import Evidence, Histories, Report, Same, Write
from evidence.payloads import digest_of
from evidence.transactions import write_of

STATUS: Final = {
    "WorkflowExecutionCompleted": "COMPLETED",
    "WorkflowExecutionFailed": "FAILED",
    "WorkflowExecutionCanceled": "CANCELED",
    "WorkflowExecutionTerminated": "TERMINATED",
    "WorkflowExecutionTimedOut": "TIMED_OUT",
    "WorkflowExecutionContinuedAsNew": "CONTINUED_AS_NEW",
}
# Of slots, and of workers.
ERROR: Final = re.compile(r'"level": "(error|critical)"|^(ERROR|CRITICAL) ')
# Errors whose line names what happened: an exit on purpose, for recovery to decide, or because a
# call of the client library hangs; what a fenced producer committed late; a worker that could not
# reach the brokers in time.
NAMED: Final = (
    "slot exits",
    "a transactional call hangs",
    "a transaction behind its successors is skipped",
    "not begun",
    "no answer could be sent",
)


class Topics:
    """All committed records of a namespace, read once."""

    def __init__(self, system: System) -> None:
        self._settings = KafkaSettings({"bootstrap.servers": system.stack.address})
        self._system = system
        self.changelogs = {kind: list(self.records(kind)) for kind in CHANGELOGS}

    def records(self, kind: str) -> Iterable[Record]:
        """Of one topic."""
        topic = self._system.stack.topic(kind)
        return tail(self._settings, topic, start=Start.earliest(), follow=False)

    def histories(self) -> Histories:
        """Run id -> events."""
        found: Histories = defaultdict(list)
        for record in self.changelogs["history"]:
            if record.value is not None:
                event = decode(record.value)
                if event.event_id:  # What stalls a run stands beside its history.
                    found[event.run_id].append(event)
        return dict(found)

    def written(self) -> dict[tuple[str, int], int]:
        """When each event's record was produced."""
        found: dict[tuple[str, int], int] = {}
        for record in self.changelogs["history"]:
            run_id, _, number = (record.key or b"").decode().partition("/")
            if record.value is not None and number.isdecimal():
                found[run_id, int(number)] = record.timestamp_ms
        return found

    def writes(self) -> list[Write]:
        """All marks."""
        return [
            write_of(kind, record)
            for kind, records in self.changelogs.items()
            for record in records
            if any(name == TX_HEADER for name, _ in record.headers or ())
        ]

    def progress(self) -> dict[int, list[int]]:
        """When each engine partition wrote something, in order."""
        found: dict[int, list[int]] = defaultdict(list)
        for records in self.changelogs.values():
            for record in records:
                found[record.partition].append(record.timestamp_ms)
        return {partition: sorted(times) for partition, times in found.items()}

    def reports(self) -> list[Report]:
        """Answers of activity workers that were acknowledged by the broker."""
        found: list[Report] = []
        for record in self.records("requests"):
            try:
                request = decode(record.value or b"")
            except DecodeError:
                continue
            if isinstance(request, RespondActivityTaskCompleted):
                found.append(
                    Report(
                        run_id=request.run_id,
                        scheduled_event_id=request.scheduled_event_id,
                        attempt=request.attempt,
                        time_ms=record.timestamp_ms,
                        digest=digest_of(request.result),
                    )
                )
        return found

    def letters(self) -> list[str]:
        """The content of each dead letter; of one that is no poison, with its cause."""
        letters: list[Any] = [
            decode(record.value or b"") for record in self.records("dead-letters")
        ]
        return [_letter(letter) for letter in letters]


def _letter(letter: DeadLetter) -> str:
    text = (letter.value or b"").decode(errors="replace")
    return text if letter.code == "UNDECODABLE" else f"{letter.code}: {letter.cause}: {text}"


def aborted_records(system: System, committed: int) -> int:
    """How many records of the changelogs were never committed: all that are there, less those."""
    consumer = Consumer(
        {
            "bootstrap.servers": system.stack.address,
            "group.id": "chaos-uncommitted",
            "isolation.level": "read_uncommitted",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    places: list[TopicPartition] = []
    for kind in CHANGELOGS:
        topic = system.stack.topic(kind)
        numbers = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        places += [TopicPartition(topic, number, 0) for number in numbers]
    consumer.assign(places)
    seen, left = 0, len(places)
    while left:
        for message in consumer.consume(1_000, 0.2):
            error = message.error()
            seen += error is None
            left -= error is not None and error.code() == KafkaError._PARTITION_EOF
    consumer.close()
    return seen - committed


def compare(system: System, nemesis: Nemesis, histories: Histories, count: int) -> list[Same]:
    """I11: each fold against the disk of the slot that serves it, and the list against histories.

    A disk with a flipped byte that nobody has read yet proves nothing; its fold is checked alone.
    """
    found: list[Same] = []
    for partition in range(count):
        owner = next((s for s in system.slots if partition in s.served), None)
        is_sound = owner is not None and owner.number not in nemesis.flipped
        state = ["--state", str(system.directory(owner.number))] if owner and is_sound else []
        arguments = ["partition", "verify", "--partition", str(partition), "-o", "json", *state]
        done = system.stack.duralog(*arguments, timeout_s=120)
        verdict = json.loads(done.stdout.splitlines()[0]) if done.stdout else {}
        faults = verdict.get("faults", [done.stderr.strip()[-400:]])
        found.append(Same(what=f"fold of partition {partition}", expected="[]", found=str(faults)))
    index = str(system.stack.directory / "index.sqlite")
    arguments = ["workflow", "list", "-o", "json", "--index", index]
    listed = system.stack.duralog(*arguments, timeout_s=120)
    rows = [json.loads(line) for line in listed.stdout.splitlines() if line.startswith("{")]
    shown = {row["run_id"]: row["status"] for row in rows}
    for run_id, events in histories.items():
        close = type(events[-1]).__name__ if is_closed(events) else ""
        expected = STATUS.get(close, "RUNNING")
        if shown.get(run_id) != expected:
            what = f"status of {run_id} in the list"
            found.append(Same(what=what, expected=expected, found=str(shown.get(run_id))))
    return found


def errors(system: System) -> list[str]:
    """Lines of logs at level error or critical, of causes without a name.

    A partition that is refused is one: no log is lost here, whatever a slot was told.
    """
    return [
        f"{child.log.name}: {line[:600]}"
        for child in system.stack.children
        for line in child.log.read_text(errors="replace").splitlines()
        if ERROR.search(line) and not any(name in line for name in NAMED)
    ]


def evidence_of(system: System, nemesis: Nemesis, topics: Topics) -> Evidence:
    """What topics, disks and logs say. Ledger and journals are the caller's."""
    histories = topics.histories()
    partitions = len({record.partition for record in topics.changelogs["history"]})
    return Evidence(
        histories=histories,
        written=topics.written(),
        faults=nemesis.faults,
        writes=topics.writes(),
        reports=topics.reports(),
        letters=topics.letters(),
        same=compare(system, nemesis, histories, partitions),
        usage=system.bounds(),
        errors=errors(system),
    )
