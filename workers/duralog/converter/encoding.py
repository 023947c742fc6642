"""`EncodingPayloadConverter`: one encoding, of which a PayloadConverter asks several."""

from abc import ABC, abstractmethod
from typing import Any

from duralog.schemas.payloads import Payload


class EncodingPayloadConverter(ABC):
    """Converts to and from one encoding."""

    @property
    @abstractmethod
    def encoding(self) -> str:
        """The encoding's name, as in the Payload's metadata."""

    @abstractmethod
    def to_payload(self, value: Any) -> Payload | None:
        """The Payload of the value; None when this encoding does not take it."""

    @abstractmethod
    def from_payload(self, payload: Payload, type_hint: Any = None) -> Any:
        """The value. Raises RuntimeError when the data does not fit."""
