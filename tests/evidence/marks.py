"""The mark of a changelog record, as evidence: what chaos test and simulator both read."""

from typing import Final

from duralog.connectors.broker import Record
from duralog.schemas.changelog import NO_SOURCE, TX_HEADER, unpack_mark
from evidence.model import Write

VOID: Final = b"/void/"


def write_of(kind: str, record: Record) -> Write:
    """A record of a changelog of that kind; it has a mark."""
    mark = unpack_mark(dict(record.headers or [])[TX_HEADER] or b"")
    void = None
    if kind == "pending" and record.key and record.key.startswith(VOID) and record.value:
        _, _, incarnation, seq = record.key.split(b"/")
        void = int(incarnation), int(seq)
    source = mark.source
    return Write(
        partition=record.partition,
        topic=kind,
        offset=record.offset,
        incarnation=mark.incarnation,
        seq=mark.seq,
        index=mark.index,
        count=mark.count,
        source=None if source == NO_SOURCE else (source.kind, source.partition, source.offset),
        void=void,
    )
