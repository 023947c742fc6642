"""Records <-> bytes: Avro in Confluent's wire format. The only door to fastavro.

Shape: one magic byte 0, four bytes of schema id (big-endian), then the Avro body. The ids are
bundled: each .avsc
carries its own as `schema_id`, so that no registry is needed to start. The newest version of a
schema is written and
read by generated code; an older one is resolved by fastavro first.
"""

import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any, Final

import fastavro

from duralog.schemas import commands, events, replies, requests, states, tasks, transitions

_AVRO: Final[Any] = fastavro  # Its own types are partial.
_MODULES: Final = (events, requests, commands, tasks, transitions, replies, states)
RECORD_SIZE_BYTES_MAX: Final = 5 * 1024 * 1024  # As the topics: nothing larger can arrive.

_CODECS: Final[dict[Any, Any]] = {r: c for module in _MODULES for r, c in module.CODECS.items()}
_WRITERS: Final[dict[type, Callable[[Any], bytes]]] = {
    r: write for r, (write, _) in _CODECS.items()
}
_READERS: Final[dict[int, Callable[[bytes, int], tuple[Any, int]]]] = {
    r.SCHEMA_ID: read for r, (_, read) in _CODECS.items()
}
CLASSES: Final[dict[int, type]] = {r.SCHEMA_ID: r for r in _CODECS}


class DecodeError(ValueError):
    """The bytes are no record of ours. The text never holds payload data."""


@cache
def schemas() -> dict[int, dict[str, Any]]:
    """Every bundled schema, of every version, by schema id: the contract for other languages."""
    found: dict[int, dict[str, Any]] = {}
    for group in files("duralog.schemas").joinpath("avsc").iterdir():
        for path in group.iterdir():
            schema = json.loads(path.read_text(encoding="utf-8"))
            found[schema["schema_id"]] = schema
    return found


@cache
def newest_id(schema_id: int) -> int:
    """The id of the newest version of the schema that `schema_id` names a version of. Raises
    KeyError.
    """
    known = schemas()
    wanted = _full_name(known[schema_id])
    return max(i for i, s in known.items() if _full_name(s) == wanted)


def _full_name(schema: dict[str, Any]) -> tuple[str, str]:
    """With the namespace: a Command may have the name of its Event, as Temporal's."""
    return schema["namespace"], schema["name"]


def encode(record: object) -> bytes:
    """The framed bytes of one record of `duralog.schemas`. Raises OverflowError past 64 bits."""
    return _WRITERS[type(record)](record)


def schema_id_of(data: bytes) -> int:
    """The schema id in the frame. Raises DecodeError when there is no frame."""
    if len(data) < 5 or data[0] != 0:
        raise DecodeError("not framed: expected magic byte 0 and a 4-byte schema id")
    return int.from_bytes(data[1:5], "big")


def decode(data: bytes) -> Any:  # noqa: ANN401  # The schema id tells the type.
    """The record in `data`; its type is told by the schema id. Raises DecodeError, and nothing
    else.
    """
    schema_id = schema_id_of(data)
    if len(data) > RECORD_SIZE_BYTES_MAX:
        raise DecodeError(f"{len(data)} bytes; the limit is {RECORD_SIZE_BYTES_MAX}")
    read = _READERS.get(schema_id)
    try:
        if read is None:
            data = _upgrade(data, schema_id)
            read = _READERS[newest_id(schema_id)]
        record, end = read(data, 5)
    except (ValueError, LookupError, EOFError, TypeError, ArithmeticError, RecursionError) as error:
        if isinstance(error, DecodeError):
            raise
        raise DecodeError(
            f"bad Avro body for schema id {schema_id}: {type(error).__name__}"
        ) from None
    if end != len(data):
        raise DecodeError(f"{len(data) - end} bytes too many for schema id {schema_id}")
    return record


def _upgrade(data: bytes, schema_id: int) -> bytes:
    """`data`, written by an older version of its schema, as the newest version writes it."""
    if schema_id not in schemas():
        raise DecodeError(
            f"unknown schema id {schema_id}: written by a newer version, or not by Duralog"
        )
    newest = newest_id(schema_id)
    body, out = BytesIO(data), BytesIO()
    body.seek(5)
    target = _parsed(newest)
    out.write(b"\x00" + newest.to_bytes(4, "big"))
    value = _AVRO.schemaless_reader(body, _parsed(schema_id), target)
    _AVRO.schemaless_writer(out, target, value)
    return out.getvalue()


@cache
def _parsed(schema_id: int) -> object:
    return _AVRO.parse_schema(schemas()[schema_id])
