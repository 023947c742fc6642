"""The story of a seed, step by step: a hash of all of it, and its end to be read."""

import zlib
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from duralog.connectors.broker import TopicPartition
from duralog.schemas.codec import decode

if TYPE_CHECKING:
    from sim.broker import Broker

SHOWN = 200  # Steps at the end of a story.


class Trace:
    """What happened, in order. Takes no part in it: a traced seed is the same seed."""

    def __init__(self, broker: "Broker") -> None:
        self.broker = broker
        self.began_ms = broker.now_ms
        self.hash = 0
        self.lines: deque[str] = deque(maxlen=SHOWN)
        self._ends: dict[TopicPartition, int] = {}

    def step(self, name: str, did: str) -> None:
        """An actor made a step; what it left in the logs is told with it."""
        said = " ".join(self._news())
        line = f"{self.broker.now_ms - self.began_ms:8} {name:9} {did} {said}".rstrip()
        self.hash = zlib.crc32(line.encode(), self.hash)
        self.lines.append(line)

    def _news(self) -> Iterator[str]:
        for tp, log in sorted(self.broker.logs.items()):
            end = len(log.entries)
            for offset in range(self._ends.get(tp, 0), end):
                record = log.entries[offset].record
                what = "control" if record is None else _name(record.value)
                yield f"{tp.topic.split('.', 2)[-1]}[{tp.partition}]@{offset}={what}"
            self._ends[tp] = end


def _name(value: bytes | None) -> str:
    if value is None:
        return "tombstone"
    try:
        return type(decode(value)).__name__
    except ValueError:
        return "?"
