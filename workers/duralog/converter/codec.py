"""`PayloadCodec`: encryption, compression, and whatever else is done to the bytes of values."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from duralog.converter.fields import apply_to_failure
from duralog.schemas.payloads import Failure, Payload


class PayloadCodec(ABC):
    """Turns Payloads into others on their way out, and back on their way in.

    It runs on the user's event loop, before and after Workflow code, never within: it may await,
    read keys from a service and use threads. Payloads that it is given must not be changed.
    """

    @abstractmethod
    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """What is to be sent: at least one, and not more than were given."""

    @abstractmethod
    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """What `encode` was given. Payloads of others are best returned as they are."""

    async def encode_failure(self, failure: Failure) -> None:
        """Encode the Payloads of a failure and of its causes, in place."""
        await apply_to_failure(failure, self.encode)

    async def decode_failure(self, failure: Failure) -> None:
        """Decode the Payloads of a failure and of its causes, in place."""
        await apply_to_failure(failure, self.decode)
