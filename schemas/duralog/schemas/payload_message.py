"""A Payload in Temporal's protobuf form: what encryption codecs seal, and codec servers exchange.

    message Payload { map<string, bytes> metadata = 1; bytes data = 2; }

Source: temporal/api/common/v1/message.proto. Keys are written in order: equal Payloads are equal
bytes.
"""

from typing import Any, Final, Self

_METADATA: Final = 0x0A  # Field 1, length-delimited; so is the key of a map's entry.
_DATA: Final = 0x12  # Field 2, length-delimited; so is the value of a map's entry.


class PayloadMessage:
    """What a Payload can beside holding its fields; the names are protobuf's."""

    __slots__ = ()

    metadata: dict[str, bytes]
    data: bytes

    def SerializeToString(self) -> bytes:  # noqa: N802
        """The Payload as protobuf bytes."""
        parts: list[bytes] = []
        for key in sorted(self.metadata):
            entry = _field(_METADATA, key.encode()) + _field(_DATA, self.metadata[key])
            parts.append(_field(_METADATA, entry))
        if self.data:
            parts.append(_field(_DATA, self.data))
        return b"".join(parts)

    @classmethod
    def FromString(cls, data: bytes) -> Self:  # noqa: N802
        """The Payload of protobuf bytes. Raises ValueError when they are none."""
        metadata: dict[str, bytes] = {}
        payload_data = b""
        for tag, value in _fields(data):
            if tag == _METADATA:
                entry = dict(_fields(value))
                metadata[entry.get(_METADATA, b"").decode()] = entry.get(_DATA, b"")
            elif tag == _DATA:
                payload_data = value
        payload: Any = cls.__new__(cls)
        payload.metadata, payload.data = metadata, payload_data
        made: Self = payload
        return made


def _field(tag: int, value: bytes) -> bytes:
    return bytes((tag,)) + _varint(len(value)) + value


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def _fields(data: bytes) -> list[tuple[int, bytes]]:
    """Tag and value of each length-delimited field; a Payload has no other."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(data):
        tag, at = data[at], at + 1
        length, at = _read_varint(data, at)
        if tag & 0x07 != 2 or at + length > len(data):
            raise ValueError("these bytes are no Payload")
        found.append((tag, data[at : at + length]))
        at += length
    return found


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while at < len(data) and shift < 63:
        number |= (data[at] & 0x7F) << shift
        if data[at] < 0x80:
            return number, at + 1
        at, shift = at + 1, shift + 7
    raise ValueError("these bytes are no Payload")
