"""One converter per payload encoding, and the composite that asks them in turn."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any, ClassVar, Final

from duralog.common import RawValue
from duralog.converter.encoding import EncodingPayloadConverter
from duralog.converter.json_values import AdvancedJSONEncoder, JSONTypeConverter, value_to_type
from duralog.converter.protobuf import BinaryProtoPayloadConverter, JSONProtoPayloadConverter
from duralog.schemas.payloads import Payload

_PLAIN: Final = frozenset((str, int, float, bool))  # JSON gives these back as they are.


class PayloadConverter(ABC):
    """Python values to Payloads and back. Runs inside Workflows too: must be deterministic."""

    default: ClassVar["PayloadConverter"]

    @abstractmethod
    def to_payloads(self, values: Sequence[Any]) -> list[Payload]:
        """One Payload per value. Raises RuntimeError when no encoding takes a value."""

    @abstractmethod
    def from_payloads(
        self, payloads: Sequence[Payload], type_hints: Sequence[Any] | None = None
    ) -> list[Any]:
        """One value per Payload, of the hinted types where there are hints.

        Raises KeyError for an unknown encoding, RuntimeError for data that does not fit.
        """

    def to_payload(self, value: Any) -> Payload:
        """The Payload of one value."""
        return self.to_payloads([value])[0]

    def from_payload(self, payload: Payload, type_hint: Any = None) -> Any:
        """The value of one Payload."""
        return self.from_payloads([payload], [type_hint] if type_hint is not None else None)[0]


class CompositePayloadConverter(PayloadConverter):
    """Asks its converters in order until one takes the value. converters: By encoding."""

    converters: Mapping[bytes, EncodingPayloadConverter]

    def __init__(self, *converters: EncodingPayloadConverter) -> None:
        self.converters = {c.encoding.encode(): c for c in converters}

    def to_payloads(self, values: Sequence[Any]) -> list[Payload]:
        """One Payload per value."""
        return [self._to_payload(index, value) for index, value in enumerate(values)]

    def _to_payload(self, index: int, value: Any) -> Payload:
        if isinstance(value, RawValue):
            return value.payload
        for converter in self.converters.values():
            payload = converter.to_payload(value)
            if payload is not None:
                return payload
        raise RuntimeError(f"Value at index {index} of type {type(value)} has no known converter")

    def from_payloads(
        self, payloads: Sequence[Payload], type_hints: Sequence[Any] | None = None
    ) -> list[Any]:
        """One value per Payload."""
        values: list[Any] = []
        pairs = zip_longest(payloads, (type_hints or ())[: len(payloads)])
        for index, (payload, type_hint) in enumerate(pairs):
            if type_hint is RawValue:
                values.append(RawValue(payload))
                continue
            encoding = payload.metadata.get("encoding", b"<unknown>")
            converter = self.converters.get(encoding)
            if converter is None:
                raise KeyError(f"Unknown payload encoding {encoding.decode(errors='replace')}")
            try:
                values.append(converter.from_payload(payload, type_hint))
            except RuntimeError as error:
                raise RuntimeError(
                    f"Payload at index {index} with encoding {encoding.decode()} "
                    "could not be converted"
                ) from error
        return values


class BinaryNullPayloadConverter(EncodingPayloadConverter):
    """None."""

    @property
    def encoding(self) -> str:
        """The encoding's name."""
        return "binary/null"

    def to_payload(self, value: Any) -> Payload | None:
        """The empty Payload of None."""
        return (
            None if value is not None else Payload(metadata={"encoding": b"binary/null"}, data=b"")
        )

    def from_payload(self, payload: Payload, type_hint: Any = None) -> Any:
        """None."""
        if payload.data:
            raise RuntimeError("Expected empty data set for binary/null")


class BinaryPlainPayloadConverter(EncodingPayloadConverter):
    """Bytes."""

    @property
    def encoding(self) -> str:
        """The encoding's name."""
        return "binary/plain"

    def to_payload(self, value: Any) -> Payload | None:
        """The bytes as they are."""
        if isinstance(value, bytes):
            return Payload(metadata={"encoding": b"binary/plain"}, data=value)
        return None

    def from_payload(self, payload: Payload, type_hint: Any = None) -> Any:
        """The bytes as they are."""
        return payload.data


class JSONPlainPayloadConverter(EncodingPayloadConverter):
    """Everything else, as JSON: see AdvancedJSONEncoder and value_to_type."""

    def __init__(
        self,
        *,
        encoder: type[json.JSONEncoder] = AdvancedJSONEncoder,
        decoder: type[json.JSONDecoder] = json.JSONDecoder,
        encoding: str = "json/plain",
        custom_type_converters: Sequence[JSONTypeConverter] = (),
    ) -> None:
        # Sorted keys: equal values are equal bytes. Making an encoder costs more than using it.
        self._encode = encoder(separators=(",", ":"), sort_keys=True).encode
        self._decode = decoder().decode
        self._encoding = encoding
        self._metadata = encoding.encode()
        self._custom_type_converters = custom_type_converters

    @property
    def encoding(self) -> str:
        """The encoding's name."""
        return self._encoding

    def to_payload(self, value: Any) -> Payload | None:
        """The JSON of the value. Raises TypeError or ValueError for what JSON cannot hold."""
        return Payload(metadata={"encoding": self._metadata}, data=self._encode(value).encode())

    def from_payload(self, payload: Payload, type_hint: Any = None) -> Any:
        """The value of the hinted type."""
        try:
            value = self._decode(payload.data.decode())
        except ValueError as error:
            raise RuntimeError("Failed parsing") from error
        if type_hint is None or (type(value) is type_hint and type_hint in _PLAIN):
            return value
        try:
            return value_to_type(type_hint, value, self._custom_type_converters)
        except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError) as error:
            raise RuntimeError(f"Failed decoding as {type_hint}: {error}") from error


class DefaultPayloadConverter(CompositePayloadConverter):
    """None, bytes, protobuf messages, and JSON for the rest; the encodings of all SDKs of Temporal.

    default_encoding_payload_converters: In the order they are asked, for converters that change
        one of them.
    """

    default_encoding_payload_converters: tuple[EncodingPayloadConverter, ...]

    def __init__(self) -> None:
        super().__init__(*DefaultPayloadConverter.default_encoding_payload_converters)


# JSON is last because it takes or refuses for good.
DefaultPayloadConverter.default_encoding_payload_converters = (
    BinaryNullPayloadConverter(),
    BinaryPlainPayloadConverter(),
    JSONProtoPayloadConverter(),
    BinaryProtoPayloadConverter(),
    JSONPlainPayloadConverter(),
)
PayloadConverter.default = DefaultPayloadConverter()
