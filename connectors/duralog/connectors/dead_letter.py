"""Records that could not be handled, with their cause: what `dead-letters` holds.

Beside a letter, in the same partition, stands what became of it: a DeadLetterDecision.
"""

from typing import Final

from duralog.connectors.broker import OutRecord, Record
from duralog.schemas.codec import encode
from duralog.schemas.identifiers import murmur2
from duralog.schemas.payloads import RecordHeader
from duralog.schemas.topics import TOPIC_SIZE_BYTES_MAX
from duralog.schemas.transitions import DeadLetter, DeadLetterDecision

CODE_HEADER: Final = "duralog-code"
CAUSE_HEADER: Final = "duralog-cause"
SOURCE_HEADER: Final = "duralog-source"  # topic[partition]@offset
DECISION_HEADER: Final = "duralog-decision"  # REPLAYED or DISCARDED.
LETTER_HEADER: Final = "duralog-letter"  # partition-offset of the letter that was decided about.
REPLAY_HEADER: Final = "duralog-replay-of"  # Of a replayed record: where it stood first.
ORIGIN_HEADER: Final = "origin"  # Of a forwarded record: kind/partition/offset where it stood.
CAUSE_LENGTH_MAX: Final = 1_000  # Characters; it travels twice.
_ROOM_BYTES: Final = 16_384  # For our own fields and headers, twice the cause in UTF-8 included.


def dead_letter(record: Record, *, code: str, cause: str, now_ms: int) -> DeadLetter:
    """`record` as a dead letter. code: a stable name; cause: what was found and what is expected.

    Of a record too large to travel with its cause, value and headers are left out: it is found at
    its source.
    """
    # A cause may quote a stranger's text, and half a surrogate pair cannot be written.
    cause = cause[:CAUSE_LENGTH_MAX].encode("utf-8", "replace").decode()
    listed = [RecordHeader(name=name, value=value) for name, value in record.headers or ()]
    headers = {header.name: header.value or b"" for header in listed}
    value, key, left_out = record.value, record.key, 0
    size = len(value or b"") + 2 * len(key or b"")
    size += sum(2 * (4 * len(h.name) + len(h.value or b"") + 20) for h in listed)
    if size > TOPIC_SIZE_BYTES_MAX - _ROOM_BYTES:
        left_out = size
        cause = f"{cause} (its {size} bytes are left out; it stands at its source)"
        value, headers, listed = None, {}, []
        key = key if key is None or len(key) <= _ROOM_BYTES else None
    return DeadLetter(
        source_topic=record.topic,
        source_partition=record.partition,
        source_offset=record.offset,
        source_time_ms=record.timestamp_ms,
        key=key,
        value=value,
        headers=headers,
        header_list=listed,
        left_out_bytes=left_out,
        code=code,
        cause=cause,
        time_ms=now_ms,
    )


def dead_letter_record(letter: DeadLetter, *, topic: str, partitions: int) -> OutRecord:
    """`letter` as a record of `topic`, which has `partitions`; headers tell its cause."""
    key = letter.key
    return OutRecord(
        topic,
        (murmur2(key or b"") & 0x7FFFFFFF) % partitions,
        key,
        encode(letter),
        [
            (CODE_HEADER, letter.code.encode()),
            (CAUSE_HEADER, letter.cause.encode()),
            (SOURCE_HEADER, source_of(letter).encode()),
        ],
    )


def source_of(letter: DeadLetter) -> str:
    """Where its record stood: topic[partition]@offset."""
    return f"{letter.source_topic}[{letter.source_partition}]@{letter.source_offset}"


def decision_record(decision: DeadLetterDecision, *, topic: str, key: bytes | None) -> OutRecord:
    """`decision` as a record beside its letter, under the letter's key."""
    letter = f"{decision.letter_partition}-{decision.letter_offset}"
    headers = [(DECISION_HEADER, decision.decision.encode()), (LETTER_HEADER, letter.encode())]
    return OutRecord(topic, decision.letter_partition, key, encode(decision), headers)
