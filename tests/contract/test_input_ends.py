"""Where an input ends, on the broker in memory and on a real Kafka."""

import pytest

from contract.slots import Harness, Loop, assigned, values
from duralog.connectors.broker import (
    Begin,
    Commit,
    Flush,
    Poll,
    Polled,
    Produce,
    Record,
    Resume,
    SendOffsets,
    TopicPartition,
)

pytestmark = pytest.mark.timeout(120)


def test_the_end_of_an_input_lies_behind_a_transactions_marker(harness: Harness) -> None:
    h = harness
    h.publish("ingress", b"1")

    def loop() -> Loop:
        yield from assigned()
        yield Begin()
        yield Produce([h.out("transfers", b"2")])
        yield Flush()
        yield SendOffsets({h.at("requests"): (0, "")})
        yield Commit()
        yield Resume({h.at(kind): 0 for kind in ("requests", "transfers", "ingress")})
        seen, ends = list[Record](), dict[TopicPartition, int]()
        # One record each; the transaction's marker follows the second.
        while ends != {h.at("ingress"): 1, h.at("transfers"): 2}:
            polled: Polled = yield Poll(200, 10, 1_000_000)
            seen += polled.records
            ends |= polled.ends
        assert sorted(values(seen), key=str) == [b"1", b"2"]

    h.run(loop())
