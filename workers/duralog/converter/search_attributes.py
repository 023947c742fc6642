"""Search attributes to Payloads and back: always plain JSON, whatever the user's converter is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from duralog.common import (
    SearchAttributeIndexedValueType,
    SearchAttributeKey,
    SearchAttributePair,
    SearchAttributes,
    SearchAttributeValue,
    SearchAttributeValues,
    TypedSearchAttributes,
)
from duralog.converter.encodings import DefaultPayloadConverter
from duralog.schemas.payloads import Payload

_JSON: Final = DefaultPayloadConverter()


def encode_search_attributes(
    attributes: SearchAttributes | TypedSearchAttributes | None,
) -> dict[str, Payload]:
    """By name. Raises TypeError or ValueError for a value that cannot be one."""
    if isinstance(attributes, TypedSearchAttributes):
        return {
            key.name: encode_typed_search_attribute_value(key, value) for key, value in attributes
        }
    return {name: encode_search_attribute_values(v) for name, v in (attributes or {}).items()}


def encode_typed_search_attribute_value(
    key: SearchAttributeKey[Any], value: SearchAttributeValue | None
) -> Payload:
    """One value; None: the value that removes it. Raises TypeError or ValueError."""
    if value is None:
        return _JSON.to_payload(None)
    if not isinstance(value, key.origin_value_type):
        raise TypeError(
            f"Value of type {type(value).__name__} not suitable for indexed value type "
            f"{key.indexed_value_type.name}"
        )
    if isinstance(value, datetime):
        value = _iso(value)
    elif not isinstance(value, str) and isinstance(value, Sequence) and not _are_texts(value):
        raise TypeError("All values of a keyword list must be strings")
    payload = _JSON.to_payload(value)
    payload.metadata["type"] = key.metadata_type.encode()
    return payload


def encode_search_attribute_values(vals: SearchAttributeValues) -> Payload:
    """Untyped values. Raises TypeError or ValueError."""
    values: Any = vals
    if not isinstance(values, list):
        raise TypeError("Search attribute values must be lists")
    items = cast(list[object], values)
    for value in items:
        if not isinstance(value, str | int | float | bool | datetime):
            raise TypeError(
                f"Search attribute value of type {type(value).__name__} not one of str, int, "
                "float, bool, or datetime"
            )
        if type(value) is not type(items[0]):
            raise TypeError("Search attribute values must have the same type for the same key")
    return _JSON.to_payload([_iso(v) if isinstance(v, datetime) else v for v in items])


def decode_search_attributes(payloads: Mapping[str, Payload]) -> dict[str, Any]:
    """Untyped: lists of values by name."""
    found: dict[str, Any] = {}
    for name, payload in payloads.items():
        values = listed(_JSON.from_payload(payload))
        if payload.metadata.get("type") == b"Datetime":
            values = [datetime.fromisoformat(v) for v in values]
        found[name] = values
    return found


def decode_typed_search_attributes(payloads: Mapping[str, Payload]) -> TypedSearchAttributes:
    """Those whose type is recorded and fits; others are left out, as Temporal's SDK does."""
    pairs: list[SearchAttributePair[Any]] = []
    for name, payload in payloads.items():
        kind = payload.metadata.get("type", b"").decode(errors="replace")
        key = SearchAttributeKey.from_metadata_type(name, kind)
        if key is None:
            continue
        value = _typed(key, _JSON.from_payload(payload))
        if isinstance(value, key.origin_value_type):
            pairs.append(SearchAttributePair(key, value))
    return TypedSearchAttributes(pairs)


def listed(value: Any) -> list[Any]:
    """A value as the untyped form has it: in a list."""
    if value is None:
        return []
    if isinstance(value, list):
        return cast(list[Any], value)  # type: ignore[redundant-cast] # pyright wants it
    return [value]


def _typed(key: SearchAttributeKey[Any], value: Any) -> Any:
    kind = key.indexed_value_type
    if kind is not SearchAttributeIndexedValueType.KEYWORD_LIST:
        values = listed(value)
        if len(values) != 1:
            return None
        value = values[0]
    if kind is SearchAttributeIndexedValueType.DATETIME:
        return datetime.fromisoformat(value)
    if kind is SearchAttributeIndexedValueType.DOUBLE and type(value) is int:
        return float(value)
    return value


def _are_texts(values: Sequence[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def _iso(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("Timezone must be present on all search attribute dates")
    return moment.isoformat()
