"""Every door through which bytes come in: what each raises, and that it raises nothing else."""

import random  # noqa: TID251 every draw comes from the seed
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from duralog.connectors.broker import Record
from duralog.connectors.dead_letter import dead_letter, dead_letter_record
from duralog.connectors.dead_letter_book import (
    NotReplayableError,
    first_place,
    replay_record,
    workflow_id_of,
)
from duralog.connectors.ingress import IngressError, decode_ingress
from duralog.orchestrator.reading import read_origin, read_request
from duralog.orchestrator.witness import read_witness
from duralog.schemas.changelog import unpack_mark
from duralog.schemas.codec import DecodeError, decode
from duralog.schemas.topics import TopicNames
from fuzz.inputs import (
    Headers,
    Known,
    any_record,
    damaged,
    headers,
    json_body,
    key,
    noise,
    request,
)

NAMES: Final = TopicNames(prefix="t", namespace="default")
JSON: Final[Headers] = [("content-type", b"application/json; charset=utf-8")]
MARK: Final = bytes(41)
NOBODY: Final = Known()


def record_of(
    chance: random.Random, kind: str, value: bytes | None, *, said: Headers = None
) -> Record:
    """`value` as a record of an input, with a key and headers of any kind."""
    drawn = headers(chance)
    both = drawn if said is None else [*said, *(drawn or [])]
    offset = chance.randrange(1 << 40)
    return Record(NAMES.of(kind), chance.randrange(8), offset, 1, key(chance), value, both)


def _ingress_avro(chance: random.Random) -> Record:
    return record_of(chance, "ingress", request(chance, NOBODY))


def _ingress_json(chance: random.Random) -> Record:
    return record_of(chance, "ingress", json_body(chance), said=JSON)


def _ingress(record: Record) -> None:
    with suppress(IngressError):
        decode_ingress(record)


def _requests(record: Record) -> None:
    with suppress(DecodeError, IngressError):
        read_request(record, "requests")


def _transfers(record: Record) -> None:
    read_origin(record)
    with suppress(DecodeError, IngressError):
        read_request(record, "transfers")


def _any(record: Record) -> None:
    """Tasks, replies, events, transitions: workers, clients, data teams and recovery."""
    with suppress(DecodeError):
        decode(record.value or b"")


def _mark(record: Record) -> None:
    """The `tx` header of a changelog record."""
    with suppress(ValueError):
        unpack_mark(record.value or b"")


def _witness(record: Record) -> None:
    """The metadata at the anchor's group offset."""
    read_witness((record.value or b"").decode(errors="replace"))


def _letter(record: Record) -> None:
    """Any record can become a letter, be read again, and be put again or refused."""
    letter = dead_letter(record, code="C", cause=repr(record.value), now_ms=1)
    out = dead_letter_record(letter, topic="t", partitions=4)
    assert decode(out.value or b"") == letter, "a letter changes on its way"
    assert (letter.key, letter.value) == (record.key, record.value), "bytes are lost"
    workflow_id_of(letter, NAMES)
    assert first_place(letter, NAMES), "a letter without a place"
    with suppress(NotReplayableError):
        again = replay_record(letter, NAMES, letter.value)
        assert (again.key, again.value) == (record.key, record.value), "bytes are lost"


def _witness_text(chance: random.Random) -> Record:
    return record_of(chance, "requests", _json_like(chance))


def _json_like(chance: random.Random) -> bytes:
    body = json_body(chance)
    for name, other in ((b"action", b"seq"), (b"memo", b"inc"), (b"x", b"transactional.id")):
        body = body.replace(name, other)
    return body


def _mark_bytes(chance: random.Random) -> Record:
    data = damaged(chance, MARK) if chance.random() < 0.5 else chance.randbytes(len(MARK))
    return record_of(chance, "requests", data)


def _any_bytes(chance: random.Random) -> Record:
    value = None if chance.random() < 0.01 else any_record(chance)
    return record_of(chance, chance.choice(("inbox", "history", "pending", "ingress")), value)


def _letter_bytes(chance: random.Random) -> Record:
    kind = chance.choice(("requests", "ingress", "transfers", "inbox"))
    body = json_body(chance) if chance.random() < 0.3 else request(chance, NOBODY)
    return record_of(chance, kind, body if chance.random() < 0.9 else noise(chance))


Door = tuple[Callable[[random.Random], Record], Callable[[Record], None]]
DOORS: Final[dict[str, Door]] = {
    "ingress-avro": (_ingress_avro, _ingress),
    "ingress-json": (_ingress_json, _ingress),
    "requests": (_ingress_avro, _requests),
    "transfers": (_letter_bytes, _transfers),
    "any-record": (_any_bytes, _any),
    "tx-header": (_mark_bytes, _mark),
    "anchor-metadata": (_witness_text, _witness),
    "dead-letter": (_letter_bytes, _letter),
}
