"""A hash of all folded state of a partition: two partitions are equal when theirs are."""

import hashlib
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import TYPE_CHECKING, cast

from duralog.schemas.codec import decode
from duralog.state.partition import PartitionState
from duralog.state.soft import SOFT_FIELDS

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

# Positions have their own witness; deadlines and numbers of runs follow from the rest.
_SOFT_LETTERS = (b"m", b"n", b"x")


def digest(partition: PartitionState) -> str:
    """SHA-256 over every written entry but soft fields; an open transaction is refused.

    Of runs and activities only what is not at its default counts: a field that a later version
    adds does not change the hash of what an earlier one wrote.
    """
    assert not partition.dirty, "write or roll back first"
    total = hashlib.sha256()
    for key, value in partition.store.scan(b"", b"\xff"):
        if key[:1] in _SOFT_LETTERS:
            continue
        if key[:1] in (b"r", b"a"):
            value = _said(value)  # noqa: PLW2901 - one value, two forms
        total.update(len(key).to_bytes(4, "big") + key + len(value).to_bytes(4, "big") + value)
    return total.hexdigest()


def _said(value: bytes) -> bytes:
    record = decode(value)
    soft = SOFT_FIELDS[type(record)]
    return repr([pair for pair in _fields(record) if pair[0] not in soft]).encode()


def _fields(record: "DataclassInstance") -> list[tuple[str, object]]:
    """Names and values of what a record says beyond its defaults, nested records likewise."""
    shown: list[tuple[str, object]] = []
    for one in fields(record):
        value = getattr(record, one.name)
        if value != _default(one):
            shown.append((one.name, _plain(value)))
    return shown


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return _fields(value)
    if isinstance(value, list):
        return [_plain(item) for item in cast(list[object], value)]
    if isinstance(value, dict):
        return sorted((key, _plain(item)) for key, item in cast(dict[str, object], value).items())
    return value


def _default(one: Field[object]) -> object:
    return one.default if one.default_factory is MISSING else one.default_factory()
