"""What the topics of a failed test hold: a file with a line of JSON for each record."""

import base64
import time
from pathlib import Path
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, TopicPartition

from duralog.cli.render import bytes_as_json, line

DUMP_S = 20.0  # A failed test has told its cause already; this only helps.
RECORDS_MAX = 50_000


def dump_topics(address: str, prefix: str, path: Path) -> str:
    """Write all records below `prefix` to `path`, oldest first; returns a line for the report.

    Also those of open and aborted transactions: they may be what went wrong.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": address,
            "group.id": "dump",
            "isolation.level": "read_uncommitted",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    try:
        topics = consumer.list_topics(timeout=DUMP_S).topics
        places = [
            TopicPartition(name, partition, OFFSET_BEGINNING)
            for name in sorted(topics)
            if name.startswith(f"{prefix}.")
            for partition in topics[name].partitions
        ]
        messages = _read(consumer, places)
    except KafkaException as error:
        return f"no dump of {prefix}.*: {error}"
    finally:
        consumer.close()
    messages.sort(key=lambda message: message.timestamp()[1])
    path.write_text("".join(f"{line(_shown(m))}\n" for m in messages), encoding="utf-8")
    return f"{path}: {len(messages)} records of {len(places)} partitions"


def _read(consumer: Consumer, places: list[TopicPartition]) -> list[Message]:
    """All records, or as many as there is time and room for."""
    consumer.assign(places)
    found: list[Message] = []
    ended: set[tuple[str | None, int | None]] = set()
    deadline_s = time.monotonic() + DUMP_S
    while len(ended) < len(places) and len(found) < RECORDS_MAX:
        if time.monotonic() > deadline_s:
            break
        for message in consumer.consume(1_000, 0.2):
            if message.error() is None:
                found.append(message)
            else:
                ended.add((message.topic(), message.partition()))
    return found


def _shown(message: Message) -> dict[str, Any]:
    key: Any = message.key()
    value: Any = message.value()
    headers: Any = message.headers() or []
    return {
        "topic": message.topic(),
        "partition": message.partition(),
        "offset": message.offset(),
        "time_ms": message.timestamp()[1],
        "key": None if key is None else _text(key),
        "headers": {name: _text(data or b"") for name, data in headers},
        "value": None if value is None else _value(value),
    }


def _value(data: bytes) -> Any:  # JSON.
    return bytes_as_json(data) if data[:1] == b"\x00" else _text(data)


def _text(data: bytes) -> str:
    """Text as it is, anything else as base64."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode()
    return text if text.isprintable() else base64.b64encode(data).decode()
