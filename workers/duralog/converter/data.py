"""DataConverter: how the values and errors of one client or worker become records."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from duralog.converter.encodings import DefaultPayloadConverter, PayloadConverter
from duralog.converter.failures import DefaultFailureConverter, FailureConverter
from duralog.schemas.payloads import Failure, Payload


@dataclass(frozen=True)
class DataConverter:
    """Converts values and errors; the same for a client and all its workers.

    payload_converter_class: Made once, without arguments.
    failure_converter_class: Made once, without arguments.
    """

    payload_converter_class: type[PayloadConverter] = DefaultPayloadConverter
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
        return self.failure_converter.to_failure(exception, self.payload_converter)

    def from_failure(self, failure: Failure) -> BaseException:
        """The exception of a record with its causes."""
        return self.failure_converter.from_failure(failure, self.payload_converter)


DataConverter.default = DataConverter()


def default() -> DataConverter:
    """The converter that is used when none is given."""
    return DataConverter.default
