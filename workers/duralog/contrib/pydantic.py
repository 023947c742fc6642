"""A data converter that leaves JSON to pydantic: every type that pydantic knows, both ways.

    client = await Client.connect("localhost:9092", data_converter=pydantic_data_converter)

The default converter takes models too; this one also takes what only pydantic can make of JSON,
for instance a discriminated union or a `timedelta`, and it validates whatever has a type hint.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, LiteralString, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError, SchemaSerializer, to_json
from pydantic_core.core_schema import any_schema

from duralog.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultPayloadConverter,
    EncodingPayloadConverter,
    JSONPlainPayloadConverter,
)
from duralog.converter.places import places
from duralog.schemas.payloads import Payload


@dataclass
class ToJsonOptions:
    """How values become JSON. exclude_unset: leave out fields that were never set."""

    exclude_unset: bool = False


class PydanticJSONPlainPayloadConverter(EncodingPayloadConverter):
    """JSON by pydantic.

    max_cached_type_adapters: The least recently used is dropped; None: no limit; 0: none is kept.
    """

    def __init__(
        self,
        to_json_options: ToJsonOptions | None = None,
        *,
        max_cached_type_adapters: int | None = 1024,
    ) -> None:
        if max_cached_type_adapters is not None and max_cached_type_adapters < 0:
            raise ValueError("max_cached_type_adapters cannot be negative")
        self._options = to_json_options
        self._serializer = SchemaSerializer(any_schema())
        cached = lru_cache(maxsize=max_cached_type_adapters)
        self._adapter: Callable[[Any], TypeAdapter[Any]] = cached(TypeAdapter[Any])

    @property
    def encoding(self) -> str:
        """The encoding's name."""
        return "json/plain"

    def to_payload(self, value: Any) -> Payload | None:
        """The JSON of the value."""
        if self._options is None:
            data = to_json(value)
        else:
            data = self._serializer.to_json(value, exclude_unset=self._options.exclude_unset)
        return Payload(metadata={"encoding": b"json/plain"}, data=data)

    def from_payload(self, payload: Payload, type_hint: Any = None) -> Any:
        """The value of the hinted type. Raises pydantic.ValidationError when it does not fit."""
        hint = Any if type_hint is None else type_hint
        try:
            hash(hint)
        except TypeError:
            adapter = TypeAdapter[Any](hint)
        else:
            adapter = self._adapter(hint)
        try:
            return adapter.validate_json(payload.data)
        except ValidationError as error:
            raise _without_input(error, adapter) from None


def _without_input(error: ValidationError, adapter: TypeAdapter[Any]) -> ValidationError:
    """The same, and its text, which goes into logs, tells nothing of the payload."""
    errors = error.errors(include_url=False, include_context=False)
    where = places(adapter.json_schema, [told["loc"] for told in errors])
    found = [
        InitErrorDetails(
            type=PydanticCustomError(_literal(told["type"]), _literal(told["msg"])),
            loc=place,
            input=told["input"],
        )
        for told, place in zip(errors, where, strict=True)
    ]
    return ValidationError.from_exception_data(error.title, found, "json", hide_input=True)


class PydanticPayloadConverter(CompositePayloadConverter):
    """The default encodings, with JSON by pydantic."""

    def __init__(
        self,
        to_json_options: ToJsonOptions | None = None,
        *,
        max_cached_type_adapters: int | None = 1024,
    ) -> None:
        json_converter = PydanticJSONPlainPayloadConverter(
            to_json_options, max_cached_type_adapters=max_cached_type_adapters
        )
        super().__init__(
            *(
                json_converter if isinstance(converter, JSONPlainPayloadConverter) else converter
                for converter in DefaultPayloadConverter.default_encoding_payload_converters
            )
        )


pydantic_data_converter = DataConverter(payload_converter_class=PydanticPayloadConverter)
"""For `Client.connect(data_converter=…)`."""


def _literal(text: str) -> LiteralString:
    return cast(LiteralString, text)  # type: ignore[redundant-cast]  # mypy takes both for str.
