"""A hash of all folded state of a partition: two partitions are equal when theirs are."""

import hashlib

from duralog.schemas.codec import decode, encode
from duralog.state.partition import SOFT_FIELDS, PartitionState

_SOFT_LETTERS = (b"m", b"x")  # Positions have their own witness; deadlines follow from the rest.


def digest(partition: PartitionState) -> str:
    """SHA-256 over every written entry but soft fields; an open transaction is refused."""
    assert not partition.dirty, "write or roll back first"
    total = hashlib.sha256()
    for key, value in partition.store.scan(b"", b"\xff"):
        if key[:1] in _SOFT_LETTERS:
            continue
        if key[:1] in (b"r", b"a"):
            value = _without_soft(value)  # noqa: PLW2901 - one value, two forms
        total.update(len(key).to_bytes(4, "big") + key + len(value).to_bytes(4, "big") + value)
    return total.hexdigest()


def _without_soft(value: bytes) -> bytes:
    record = decode(value)
    for name in SOFT_FIELDS[type(record)]:
        setattr(record, name, 0)
    return encode(record)
