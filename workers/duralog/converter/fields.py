"""Where records keep Payloads: found once per class, so that a codec reaches all of every record.

Search attributes are left alone: an index has to read them. Headers are, unless told otherwise:
whoever sets a header (an interceptor) says what its bytes are. Source: Temporal's SDK.
"""

import types
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Final, Union, cast, get_args, get_origin, get_type_hints

from duralog.schemas.payloads import Failure, Payload

Transform = Callable[[Sequence[Payload]], Awaitable[list[Payload]]]
Visit = Callable[[Any, str, Transform], Awaitable[None]]

ENCODED_ATTRIBUTES: Final = "encoded-attributes"
"""Metadata key of the detail that carries a failure's message and stack trace."""

_PLAIN_FIELDS: Final = frozenset(("search_attributes", "indexed_fields"))
_HEADER_FIELDS: Final = frozenset(("header", "headers"))


async def apply_to_record(record: Any, transform: Transform, *, headers: bool = False) -> None:
    """Replace all Payloads of a record, in place; a list or map is a call of its own.

    headers: Also those of `header` fields.
    """
    for name, visit in payload_fields(cast(Any, type(record))):
        if headers or name not in _HEADER_FIELDS:
            await visit(record, name, transform)


async def apply_to_failure(failure: Failure, transform: Transform) -> None:
    """Replace the Payloads of a failure and of its causes, in place."""
    current: Failure | None = failure
    while current is not None:
        details = current.details
        attributes = details[-1:] if details and ENCODED_ATTRIBUTES in details[-1].metadata else []
        details = details[:-1] if attributes else details
        changed = await transform(details) if details else []
        if attributes:
            bare = Payload(
                metadata={
                    k: v for k, v in attributes[0].metadata.items() if k != ENCODED_ATTRIBUTES
                },
                data=attributes[0].data,
            )
            encoded = (await transform([bare]))[0]
            metadata = {**encoded.metadata, ENCODED_ATTRIBUTES: b"1"}
            changed = [*changed, Payload(metadata=metadata, data=encoded.data)]
        current.details = changed
        current = current.cause


@cache
def payload_fields(record: Any) -> tuple[tuple[str, Visit], ...]:
    """The fields of a record class that hold Payloads, at any depth, and how to visit each."""
    hints = get_type_hints(record)
    found = [(f.name, _visit_of(hints[f.name])) for f in fields(record)]
    return tuple((n, v) for n, v in found if v is not None and n not in _PLAIN_FIELDS)


def _visit_of(hint: Any) -> Visit | None:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _visit_of(next(a for a in arguments if a is not type(None)))
    if hint in _SINGLE:
        return _SINGLE[hint]
    if origin is list:
        return _visit_payloads if arguments[0] is Payload else _inner(arguments[0], _visit_each)
    if origin is dict:
        return _visit_map if arguments[1] is Payload else None
    return _inner(hint, _visit_record)


def _inner(hint: Any, visit: Visit) -> Visit | None:
    """`visit`, if the record that `hint` names holds Payloads."""
    return visit if is_dataclass(hint) and payload_fields(cast(Any, hint)) else None


async def _visit_payload(record: Any, name: str, transform: Transform) -> None:
    payload = getattr(record, name)
    if payload is not None:
        setattr(record, name, (await transform([payload]))[0])


async def _visit_payloads(record: Any, name: str, transform: Transform) -> None:
    payloads = getattr(record, name)
    if payloads:
        setattr(record, name, await transform(payloads))


async def _visit_map(record: Any, name: str, transform: Transform) -> None:
    payloads: dict[str, Payload] = getattr(record, name)
    if payloads:
        changed = {key: (await transform([value]))[0] for key, value in payloads.items()}
        setattr(record, name, changed)


async def _visit_failure(record: Any, name: str, transform: Transform) -> None:
    failure = getattr(record, name)
    if failure is not None:
        await apply_to_failure(failure, transform)


async def _visit_record(record: Any, name: str, transform: Transform) -> None:
    inner = getattr(record, name)
    if inner is not None:
        await apply_to_record(inner, transform)


async def _visit_each(record: Any, name: str, transform: Transform) -> None:
    for inner in getattr(record, name):
        if isinstance(inner, Failure):
            await apply_to_failure(inner, transform)
        else:
            await apply_to_record(inner, transform)


_SINGLE: Final[dict[Any, Visit]] = {Payload: _visit_payload, Failure: _visit_failure}
