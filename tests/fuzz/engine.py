"""Bad input into an engine in memory: an effect or a letter for each, and all partitions go on."""

import random  # noqa: TID251 every draw comes from the seed
from typing import Any

from duralog.connectors.broker import OutRecord, Record, TopicPartition
from duralog.connectors.ingress import IngressError
from duralog.orchestrator.reading import read_request
from duralog.schemas import requests as r
from duralog.schemas.codec import DecodeError, decode
from duralog.schemas.identifiers import partition_of
from duralog.schemas.transitions import DeadLetter, Quarantine
from fuzz.doors import JSON
from fuzz.inputs import WORKFLOWS, Known, headers, json_body, key, request
from sim.bench import NAMES, PARTITIONS, Bench

INGRESS_PARTITIONS = 3
OURS = {
    p: next(f"s{i}" for i in range(99) if partition_of(f"s{i}", PARTITIONS) == p) for p in (0, 1)
}


class Target:
    """An engine that takes batches of bad input. `problems` of the batch that was given last."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.known = Known()
        self.problems: list[str] = []
        self._read_to = dict[TopicPartition, int]()
        self.bench.run()
        for workflow_id in (*WORKFLOWS, *OURS.values()):
            self._start(workflow_id)
        self._learn()

    def give(self, chance: random.Random, count: int) -> list[str]:
        """`count` records, some at a time; what is wrong then, in words."""
        self.problems = []
        while count > 0 and not self.problems:
            some = min(count, chance.choice((1, 3, 10, 30)))
            count -= some
            self._give(chance, some)
        for workflow_id in OURS.values():
            reply = self.bench.ask(r.DescribeWorkflowExecution(workflow_id=workflow_id))
            if reply.code != "OK":
                self.problems.append(f"{workflow_id} is {reply.code}: {reply.text}")
        return self.problems

    def _give(self, chance: random.Random, count: int) -> None:
        given: dict[tuple[str, int, int], Record] = {}
        for _ in range(count):
            record = self._append(chance)
            given[record.topic, record.partition, record.offset] = record
        try:
            self.bench.run()
        except Exception as error:  # noqa: BLE001 whatever it is, it is the finding.
            self.problems.append(f"the slot: {type(error).__name__}: {error}")
            return
        if self.bench.slot.counts.seen.get("fatal exits"):
            self.problems.append("the slot died")
        self._check_letters(given)
        self._check_quarantine()
        self._learn()

    def _start(self, workflow_id: str) -> None:
        start = r.StartWorkflowExecution(
            workflow_id=workflow_id, workflow_type="T", task_queue="q", request_id=workflow_id
        )
        assert self.bench.ask(start).code == "OK"

    def _append(self, chance: random.Random) -> Record:
        kind = chance.choice(("requests", "requests", "ingress", "ingress", "transfers"))
        said = headers(chance)
        if kind == "ingress" and chance.random() < 0.5:
            value, said = json_body(chance), [*(JSON or []), *(said or [])]
        else:
            value = request(chance, self.known)
        if kind == "transfers":  # Only engines write there, and operators, whose desk sees to it.
            said = [h for h in said or () if h[0] != "origin"]
        partitions = INGRESS_PARTITIONS if kind == "ingress" else PARTITIONS
        tp = TopicPartition(NAMES.of(kind), chance.randrange(partitions))
        written: Any = said
        out = OutRecord(*tp, key(chance), value, written)
        offset = self.bench.broker.append(out)
        return Record(*tp, offset, 0, out.key, out.value, said)

    def _check_letters(self, given: dict[tuple[str, int, int], Record]) -> None:
        """Every record that cannot be read has its letter, with its bytes; no other has FAILED."""
        found: dict[tuple[str, int, int], DeadLetter] = {}
        for letter in self._new("dead-letters"):
            place = (letter.source_topic, letter.source_partition, letter.source_offset)
            if place in found:
                self.problems.append(f"two letters of {place}")
            found[place] = letter
            if not (letter.code and letter.cause):
                self.problems.append(f"a letter of {place} without a cause")
            if letter.code == "FAILED":
                self.problems.append(f"a handler failed: {letter.cause}")
            record = given.get(place)
            if record is not None and not _same(letter, record):
                self.problems.append(f"a letter of {place} with other bytes")
        for place, record in given.items():
            if not _readable(record) and place not in found:
                self.problems.append(f"no letter of {place}")

    def _new(self, kind: str, queue: str = "") -> list[Any]:
        """Records of a kind that were written since this was asked last, decoded."""
        topic = NAMES.of(kind, queue)
        found: list[Any] = []
        for tp, log in self.bench.broker.logs.items():
            if tp.topic == topic:
                records, self._read_to[tp] = log.read(self._read_to.get(tp, 0), 1 << 30)
                found += [decode(record.value) for record in records if record.value]
        return found

    def _check_quarantine(self) -> None:
        """A run is set aside for a bug only."""
        causes = [one.cause for one in self._new("pending") if isinstance(one, Quarantine)]
        self.problems += [f"quarantined: {cause}" for cause in causes]

    def _learn(self) -> None:
        for kind in ("workflow-tasks", "activities"):
            for task in self._new(kind, "q"):
                self.known.note(task)


def _readable(record: Record) -> bool:
    kind = record.topic.rsplit(".", 1)[1]
    try:
        read_request(record, kind)
    except (DecodeError, IngressError):
        return False
    return True


def _same(letter: DeadLetter, record: Record) -> bool:
    listed = [(h.name, h.value) for h in letter.header_list]
    same_headers = listed == [*(record.headers or [])]
    return (letter.key, letter.value) == (record.key, record.value) and same_headers
