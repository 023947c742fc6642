"""A producer that has failed for good is replaced, whoever sees it first, and loses no callback."""

from collections.abc import Callable
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from duralog.connectors.broker import OutRecord
from duralog.connectors.kafka.line import KafkaLine
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.connectors.transport import Delivery

RECORD = OutRecord("t", 0, b"k", b"v")


class Producer:
    """Holds what it is given until it is polled; broken, it says so once."""

    def __init__(self) -> None:
        self.is_broken = self.has_told = False
        self.held: list[Callable[[KafkaError | None, Any], None]] = []

    def produce(self, *args: Any, **_: Any) -> None:
        if self.is_broken:
            raise KafkaException(KafkaError(KafkaError._FATAL))
        self.held.append(args[4])

    def poll(self, _: float) -> None:
        if self.is_broken and not self.has_told:
            self.has_told = True
            raise KafkaException(KafkaError(KafkaError.INVALID_PRODUCER_EPOCH, fatal=True))
        held, self.held = self.held, []
        for delivered in held:
            delivered(KafkaError(KafkaError._PURGE_QUEUE) if self.is_broken else None, Message())

    def __len__(self) -> int:
        return len(self.held)


class Message:
    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return 7


@pytest.mark.parametrize("served_first", [True, False])
def test_a_broken_producer_makes_place_and_reports_what_it_held(
    served_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Producer] = []

    def new(_: KafkaLine) -> Producer:
        made.append(Producer())
        return made[-1]

    monkeypatch.setattr(KafkaLine, "_new_producer", new)
    line = KafkaLine(KafkaSettings(), client_id="c")
    told: list[Delivery] = []
    line.produce(RECORD, told.append)
    made[0].is_broken = True
    if served_first:
        line.serve(0)
    line.produce(RECORD, told.append)
    line.serve(0)
    line.serve(0)
    assert len(made) == 2
    assert sorted(delivery.error == "" for delivery in told) == [False, True]
    assert line._broken == []
