"""Python values to Payloads and back."""

from duralog.converter.data import DataConverter, default
from duralog.converter.encodings import (
    BinaryNullPayloadConverter,
    BinaryPlainPayloadConverter,
    CompositePayloadConverter,
    DefaultPayloadConverter,
    EncodingPayloadConverter,
    JSONPlainPayloadConverter,
    PayloadConverter,
)
from duralog.converter.failures import DefaultFailureConverter, FailureConverter
from duralog.converter.json_values import AdvancedJSONEncoder, JSONTypeConverter, value_to_type

__all__ = [
    "AdvancedJSONEncoder",
    "BinaryNullPayloadConverter",
    "BinaryPlainPayloadConverter",
    "CompositePayloadConverter",
    "DataConverter",
    "DefaultFailureConverter",
    "DefaultPayloadConverter",
    "EncodingPayloadConverter",
    "FailureConverter",
    "JSONPlainPayloadConverter",
    "JSONTypeConverter",
    "PayloadConverter",
    "default",
    "value_to_type",
]
