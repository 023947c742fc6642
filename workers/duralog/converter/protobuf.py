"""Protobuf messages, for programs that have them; protobuf itself is no dependency of ours.

A value can only be a message once its program has imported protobuf, so nothing is imported to
find out. Reading a message needs it: the error says what to install.
"""

import json
import sys
from importlib import import_module
from typing import Any

from duralog.converter.encoding import EncodingPayloadConverter
from duralog.schemas.payloads import Payload


class JSONProtoPayloadConverter(EncodingPayloadConverter):
    """Protobuf messages as JSON. ignore_unknown_fields: what this side's type does not have."""

    def __init__(self, ignore_unknown_fields: bool = False) -> None:
        self._ignore_unknown_fields = ignore_unknown_fields

    @property
    def encoding(self) -> str:
        """The encoding's name."""
        return "json/protobuf"

    def to_payload(self, value: Any) -> Payload | None:
        """The message as JSON, with its type's name."""
        if not _is_message(value):
            return None
        fields = _module("google.protobuf.json_format").MessageToDict(value)
        text = json.dumps(fields, separators=(",", ":"), sort_keys=True)
        return _payload(self.encoding, value, text.encode())

    def from_payload(self, payload: Payload, type_hint: Any = None) -> Any:
        """The message, of the type that the Payload names."""
        json_format, message = _module("google.protobuf.json_format"), _new_message(payload)
        try:
            return json_format.Parse(
                payload.data, message, ignore_unknown_fields=self._ignore_unknown_fields
            )
        except json_format.ParseError as error:
            raise RuntimeError("Failed parsing") from error


class BinaryProtoPayloadConverter(EncodingPayloadConverter):
    """Protobuf messages in their own bytes: read only, unless it is asked before JSON's."""

    @property
    def encoding(self) -> str:
        """The encoding's name."""
        return "binary/protobuf"

    def to_payload(self, value: Any) -> Payload | None:
        """The message's bytes, with its type's name."""
        if not _is_message(value):
            return None
        return _payload(self.encoding, value, value.SerializeToString())

    def from_payload(self, payload: Payload, type_hint: Any = None) -> Any:
        """The message, of the type that the Payload names."""
        message = _new_message(payload)
        try:
            message.ParseFromString(payload.data)
        except _module("google.protobuf.message").DecodeError as error:
            raise RuntimeError("Failed parsing") from error
        return message


def _is_message(value: Any) -> bool:
    module = sys.modules.get("google.protobuf.message")
    return module is not None and isinstance(value, module.Message)


def _payload(encoding: str, message: Any, data: bytes) -> Payload:
    name: str = message.DESCRIPTOR.full_name
    return Payload(
        metadata={"encoding": encoding.encode(), "messageType": name.encode()}, data=data
    )


def _new_message(payload: Payload) -> Any:
    name = payload.metadata.get("messageType", b"<unknown>").decode()
    pool = _module("google.protobuf.descriptor_pool").Default()
    try:
        descriptor = pool.FindMessageTypeByName(name)
    except KeyError as error:
        raise RuntimeError(f"Unknown Protobuf type {name}") from error
    return _module("google.protobuf.message_factory").GetMessageClass(descriptor)()


def _module(name: str) -> Any:  # protobuf, which has no types here
    try:
        return import_module(name)
    except ImportError as error:
        raise RuntimeError("a protobuf message needs protobuf: pip install protobuf") from error
