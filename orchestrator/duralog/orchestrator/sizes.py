"""How large payloads are, and what is wrong with those that are too large. Never their data."""

from collections.abc import Iterable, Mapping

from duralog.schemas.payloads import Failure, Payload
from duralog.state.limits import (
    BLOB_BYTES_MAX,
    MEMO_BYTES_MAX,
    SEARCH_ATTRIBUTE_BYTES_MAX,
    SEARCH_ATTRIBUTES_BYTES_MAX,
    SEARCH_ATTRIBUTES_MAX,
)


def payload_bytes(payload: Payload) -> int:
    """Data and metadata."""
    metadata = payload.metadata
    return len(payload.data) + sum(len(k) + len(v) for k, v in metadata.items())


def payloads_bytes(payloads: Iterable[Payload]) -> int:
    """Of all together."""
    return sum(map(payload_bytes, payloads))


def map_bytes(payloads: Mapping[str, Payload]) -> int:
    """Of all together, with their keys."""
    return sum(len(key) + payload_bytes(value) for key, value in payloads.items())


def failure_bytes(failure: Failure | None) -> int:
    """Of a failure with its causes."""
    size = 0
    while failure is not None:
        size += len(failure.message) + len(failure.stack_trace) + payloads_bytes(failure.details)
        failure = failure.cause
    return size


def blob_problem(what: str, size_bytes: int) -> str:
    """What is wrong with an input, a result or details of this size; empty: nothing."""
    if size_bytes <= BLOB_BYTES_MAX:
        return ""
    return (
        f"{what} has {size_bytes} bytes, the limit is {BLOB_BYTES_MAX}: "
        "keep large values elsewhere and pass references"
    )


def memo_problem(memo: Mapping[str, Payload]) -> str:
    """What is wrong with the size of a memo; empty: nothing."""
    size_bytes = map_bytes(memo)
    if size_bytes <= MEMO_BYTES_MAX:
        return ""
    return f"the memo has {size_bytes} bytes, the limit is {MEMO_BYTES_MAX}"


def search_attributes_problem(attributes: Mapping[str, Payload]) -> str:
    """What is wrong with the sizes of search attributes; empty: nothing."""
    if not attributes:
        return ""
    if len(attributes) > SEARCH_ATTRIBUTES_MAX:
        return f"{len(attributes)} search attributes; the limit is {SEARCH_ATTRIBUTES_MAX}"
    for name, value in attributes.items():
        if not name:
            return "a search attribute has no name"
        if len(value.data) > SEARCH_ATTRIBUTE_BYTES_MAX:
            return (
                f"search attribute {name!r} has {len(value.data)} bytes, "
                f"the limit is {SEARCH_ATTRIBUTE_BYTES_MAX}"
            )
    total = map_bytes(attributes)
    if total > SEARCH_ATTRIBUTES_BYTES_MAX:
        return f"search attributes of {total} bytes; the limit is {SEARCH_ATTRIBUTES_BYTES_MAX}"
    return ""
