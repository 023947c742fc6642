"""What a recovery may rely on when it reads: the same in memory and on a real Kafka."""

from collections.abc import Generator
from typing import Any

import pytest

from contract.slots import Harness, Loop, assigned, transaction
from duralog.connectors.broker import (
    CloseReader,
    Effect,
    OpenReader,
    ReadMore,
    ReadResult,
    TopicPartition,
)

pytestmark = pytest.mark.timeout(120)
Part = Generator[Effect, Any, dict[str, list[bytes | None]]]


def test_a_partition_that_is_held_waits_and_loses_nothing(harness: Harness) -> None:
    h = harness
    kinds = ("history", "pending")
    logs = {h.at(kind): kind for kind in kinds}

    def read(handle: int, held: frozenset[TopicPartition], counts: dict[str, int]) -> Part:
        """Read until so many of each have come; what came."""
        found: dict[str, list[bytes | None]] = {kind: [] for kind in kinds}
        while any(len(found[kind]) < count for kind, count in counts.items()):
            result: ReadResult = yield ReadMore(handle, 5, 100, held)
            for record in result.records:
                found[logs[TopicPartition(record.topic, record.partition)]].append(record.value)
        return found

    def loop() -> Loop:
        yield from assigned()
        sent = {kind: [f"{kind}-{n}".encode() for n in range(20)] for kind in kinds}
        records = [h.out(kind, value) for kind in kinds for value in sent[kind]]
        yield from transaction(records, {h.at("requests"): (0, "")})
        handle: int = yield OpenReader(dict.fromkeys(logs, 0))
        first = yield from read(handle, frozenset(), {"history": 1})
        held = yield from read(
            handle, frozenset({h.at("history")}), {"pending": 20 - len(first["pending"])}
        )
        assert held["history"] == []
        rest = yield from read(handle, frozenset(), {"history": 20 - len(first["history"])})
        yield CloseReader(handle)
        assert first["history"] + rest["history"] == sent["history"]
        assert first["pending"] + held["pending"] == sent["pending"]

    h.run(loop())
