"""A slot that commits one transaction per request, for tests that kill it: servers, prefix."""

import sys
from collections.abc import Generator
from typing import Any

from duralog.connectors.broker import (
    Begin,
    Checkpoint,
    Commit,
    Effect,
    Flush,
    OutRecord,
    Poll,
    Polled,
    Produce,
    ReadAnchor,
    Resume,
    SendOffsets,
    TopicPartition,
)
from duralog.connectors.kafka.driver import KafkaDriver
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.schemas.topics import TopicNames


def copy_requests(names: TopicNames) -> Generator[Effect, Any, None]:
    """Each request of partition 0 becomes a record of `history`, exactly once."""
    anchor = TopicPartition(names.of("requests"), 0)
    while True:
        polled: Polled = yield Poll(1_000, 1, 1_000_000)
        if anchor in polled.assigned:
            offset, _ = yield ReadAnchor(anchor)
            yield Resume({anchor: max(0, offset)})
        for record in polled.records:
            yield Begin()
            out = OutRecord(names.of("history"), 0, record.key, record.value)
            yield Produce([out])
            yield Flush()
            yield Checkpoint("after-flush")
            yield SendOffsets({anchor: (record.offset + 1, "")})
            yield Checkpoint("after-send-offsets")
            yield Commit()
            yield Checkpoint("after-commit")


if __name__ == "__main__":
    servers, prefix = sys.argv[1:]
    found = TopicNames(prefix=prefix, namespace="default")
    settings = KafkaSettings({"bootstrap.servers": servers})
    KafkaDriver(settings, names=[found], slot="0").run(copy_requests(found))
