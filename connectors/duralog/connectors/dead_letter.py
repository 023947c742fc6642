"""Records that could not be handled, with their cause: what `dead-letters` holds."""

from typing import Final

from duralog.connectors.broker import OutRecord, Record
from duralog.schemas.codec import encode
from duralog.schemas.identifiers import murmur2
from duralog.schemas.topics import TOPIC_SIZE_BYTES_MAX
from duralog.schemas.transitions import DeadLetter

CODE_HEADER: Final = "duralog-code"
CAUSE_HEADER: Final = "duralog-cause"
SOURCE_HEADER: Final = "duralog-source"  # topic[partition]@offset
CAUSE_LENGTH_MAX: Final = 1_000  # Characters; it travels twice.
_ROOM_BYTES: Final = 16_384  # For our own fields and headers, twice the cause in UTF-8 included.


def dead_letter(record: Record, *, code: str, cause: str, now_ms: int) -> DeadLetter:
    """`record` as a dead letter. code: a stable name; cause: what was found and what is expected.

    Of a record too large to travel with its cause, value and headers are left out: it is found at
    its source.
    """
    cause = cause[:CAUSE_LENGTH_MAX]
    headers = {name: value or b"" for name, value in record.headers or ()}
    value, key = record.value, record.key
    size = len(value or b"") + 2 * len(key or b"")
    size += sum(4 * len(name) + len(content) + 20 for name, content in headers.items())
    if size > TOPIC_SIZE_BYTES_MAX - _ROOM_BYTES:
        cause = f"{cause} (its {size} bytes are left out; it stands at its source)"
        value, headers = None, {}
        key = key if key is None or len(key) <= _ROOM_BYTES else None
    return DeadLetter(
        source_topic=record.topic,
        source_partition=record.partition,
        source_offset=record.offset,
        source_time_ms=record.timestamp_ms,
        key=key,
        value=value,
        headers=headers,
        code=code,
        cause=cause,
        time_ms=now_ms,
    )


def dead_letter_record(letter: DeadLetter, *, topic: str, partitions: int) -> OutRecord:
    """`letter` as a record of `topic`, which has `partitions`; headers tell its cause."""
    key = letter.key
    source = f"{letter.source_topic}[{letter.source_partition}]@{letter.source_offset}"
    return OutRecord(
        topic,
        (murmur2(key or b"") & 0x7FFFFFFF) % partitions,
        key,
        encode(letter),
        [
            (CODE_HEADER, letter.code.encode()),
            (CAUSE_HEADER, letter.cause.encode("utf-8", "replace")),
            (SOURCE_HEADER, source.encode()),
        ],
    )
