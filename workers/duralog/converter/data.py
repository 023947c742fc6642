"""DataConverter: how the values and errors of one client or worker become records."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from duralog.converter.codec import PayloadCodec
from duralog.converter.encodings import DefaultPayloadConverter, PayloadConverter
from duralog.converter.failures import DefaultFailureConverter, FailureConverter
from duralog.converter.fields import apply_to_record
from duralog.schemas.payloads import Failure, Payload


@dataclass(frozen=True)
class DataConverter:
    """Converts values and errors; the same for a client and all its workers.

    payload_converter_class: Made once, without arguments.
    payload_codec: Encrypts, compresses, …: on the user's event loop, never within Workflow code.
    failure_converter_class: Made once, without arguments.
    """

    payload_converter_class: type[PayloadConverter] = DefaultPayloadConverter
    payload_codec: PayloadCodec | None = None
    failure_converter_class: type[FailureConverter] = DefaultFailureConverter
    payload_converter: PayloadConverter = field(init=False)
    failure_converter: FailureConverter = field(init=False)

    default: ClassVar["DataConverter"]

    def __post_init__(self) -> None:
        object.__setattr__(self, "payload_converter", self.payload_converter_class())
        object.__setattr__(self, "failure_converter", self.failure_converter_class())

    def to_payloads(self, values: Sequence[Any]) -> list[Payload]:
        """One Payload per value."""
        return self.payload_converter.to_payloads(values)

    def from_payloads(
        self, payloads: Sequence[Payload], type_hints: Sequence[Any] | None = None
    ) -> list[Any]:
        """One value per Payload."""
        return self.payload_converter.from_payloads(payloads, type_hints)

    def to_failure(self, exception: BaseException) -> Failure:
        """The record of an exception with its causes."""
        failure = Failure()
        self.failure_converter.to_failure(exception, self.payload_converter, failure)
        return failure

    def from_failure(self, failure: Failure) -> BaseException:
        """The exception of a record with its causes."""
        return self.failure_converter.from_failure(failure, self.payload_converter)

    async def encode(self, values: Sequence[Any]) -> list[Payload]:
        """Payloads of the values, through the codec."""
        payloads = self.to_payloads(values)
        if self.payload_codec is None or not payloads:
            return payloads
        return await self.payload_codec.encode(payloads)

    async def decode(
        self, payloads: Sequence[Payload], type_hints: Sequence[Any] | None = None
    ) -> list[Any]:
        """Values of the Payloads, through the codec."""
        if self.payload_codec is not None and payloads:
            payloads = await self.payload_codec.decode(payloads)
        return self.from_payloads(payloads, type_hints)

    async def encode_failure(self, exception: BaseException, failure: Failure) -> None:
        """Write an exception with its causes into `failure`, through the codec."""
        self.failure_converter.to_failure(exception, self.payload_converter, failure)
        if self.payload_codec is not None:
            await self.payload_codec.encode_failure(failure)

    async def decode_failure(self, failure: Failure) -> BaseException:
        """The exception of a record with its causes, through the codec; `failure` is changed."""
        if self.payload_codec is not None:
            await self.payload_codec.decode_failure(failure)
        return self.from_failure(failure)

    async def encode_record(self, record: Any, *, headers: bool = False) -> None:
        """Put all Payloads of a record of ours through the codec, in place."""
        if self.payload_codec is not None:
            await apply_to_record(record, self.payload_codec.encode, headers=headers)

    async def decode_record(self, record: Any, *, headers: bool = False) -> None:
        """Undo `encode_record`."""
        if self.payload_codec is not None:
            await apply_to_record(record, self.payload_codec.decode, headers=headers)


DataConverter.default = DataConverter()


def default() -> DataConverter:
    """The converter that is used when none is given."""
    return DataConverter.default
