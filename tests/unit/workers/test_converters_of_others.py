"""pydantic's converter, and protobuf messages as Payloads."""

import sys
import traceback
from datetime import timedelta
from importlib import import_module
from typing import Annotated, Any, Literal

import pydantic
import pytest

from duralog.contrib.pydantic import (
    PydanticJSONPlainPayloadConverter,
    ToJsonOptions,
    pydantic_data_converter,
)
from duralog.converter import (
    BinaryProtoPayloadConverter,
    CompositePayloadConverter,
    DataConverter,
)
from duralog.schemas.payloads import Payload

duration_pb2: Any = import_module("google.protobuf.duration_pb2")  # It has no types here.


class Cat(pydantic.BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(pydantic.BaseModel):
    kind: Literal["dog"] = "dog"
    walk: timedelta


Pet = Annotated[Cat | Dog, pydantic.Field(discriminator="kind")]


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (Dog(walk=timedelta(minutes=30)), Pet),
        ([Cat(), Dog(walk=timedelta(hours=1))], list[Pet]),
        (timedelta(days=1), timedelta),
        ({1: frozenset({2})}, dict[int, frozenset[int]]),
        (None, None),
        (b"\x00\xff", bytes),
    ],
)
def test_pydantic_gives_back_what_its_hint_says(value: Any, hint: Any) -> None:
    payloads = pydantic_data_converter.to_payloads([value])
    assert pydantic_data_converter.from_payloads(payloads, [hint]) == [value]


def test_what_pydantic_says_of_a_value_that_does_not_fit_leaves_the_value_out() -> None:
    payload = PydanticJSONPlainPayloadConverter().to_payload({"kind": "cat", "lives": "secret {x}"})
    assert payload is not None
    with pytest.raises(pydantic.ValidationError) as raised:
        PydanticJSONPlainPayloadConverter().from_payload(payload, Cat)
    (told,) = raised.value.errors()
    assert (told["type"], told["loc"]) == ("int_parsing", ("lives",))
    assert "unable to parse string as an integer" in str(raised.value)
    said = "".join(traceback.format_exception(raised.value))
    assert "secret" not in said


def test_where_a_value_does_not_fit_is_told_without_keys_of_mappings() -> None:
    payload = PydanticJSONPlainPayloadConverter().to_payload({"secret": [{"kind": "cat"}, {}]})
    assert payload is not None
    with pytest.raises(pydantic.ValidationError) as raised:
        PydanticJSONPlainPayloadConverter().from_payload(payload, dict[str, list[Dog]])
    places = [error["loc"] for error in raised.value.errors()]
    assert places == [("…", 0, "kind"), ("…", 0, "walk"), ("…", 1, "walk")]
    assert "secret" not in "".join(traceback.format_exception(raised.value))


def test_pydantic_leaves_out_what_was_not_set_when_told_so() -> None:
    converter = PydanticJSONPlainPayloadConverter(ToJsonOptions(exclude_unset=True))
    payload = converter.to_payload(Cat())
    assert payload is not None
    assert payload.data == b"{}"
    assert converter.from_payload(payload, Cat) == Cat()


def test_a_negative_cache_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        PydanticJSONPlainPayloadConverter(max_cached_type_adapters=-1)


def test_protobuf_messages_travel_as_temporal_sends_them() -> None:
    message = duration_pb2.Duration(seconds=3)
    (payload,) = DataConverter.default.to_payloads([message])
    assert payload.metadata == {
        "encoding": b"json/protobuf",
        "messageType": b"google.protobuf.Duration",
    }
    assert payload.data == b'"3s"'
    assert DataConverter.default.from_payloads([payload]) == [message]
    binary = CompositePayloadConverter(BinaryProtoPayloadConverter())
    (payload,) = binary.to_payloads([message])
    assert payload.metadata["encoding"] == b"binary/protobuf"
    assert binary.from_payloads([payload]) == [message]


@pytest.mark.parametrize(
    ("name", "data"),
    [(b"no.such.Message", b"{}"), (b"google.protobuf.Duration", b"no JSON")],
)
def test_what_is_no_message_is_an_error(name: bytes, data: bytes) -> None:
    metadata = {"encoding": b"json/protobuf", "messageType": name}
    with pytest.raises(RuntimeError):
        DataConverter.default.from_payloads([Payload(metadata=metadata, data=data)])


def test_a_message_without_protobuf_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = {"encoding": b"json/protobuf", "messageType": b"google.protobuf.Duration"}
    monkeypatch.setitem(sys.modules, "google.protobuf.json_format", None)
    with pytest.raises(RuntimeError) as caught:
        DataConverter.default.from_payloads([Payload(metadata=metadata, data=b'"3s"')])
    assert "pip install protobuf" in str(caught.value.__cause__)


def test_a_payload_has_protobuf_s_bytes() -> None:
    payload = Payload(metadata={"encoding": b"json/plain"}, data=b"7" * 200)
    written = payload.SerializeToString()
    assert written.startswith(b"\x0a\x16\x0a\x08encoding\x12\x0ajson/plain\x12\xc8\x01777")
    assert Payload.FromString(written) == payload
    for broken in (written[:-1], b"\x08\x01", b"\x0a\xff"):
        with pytest.raises(ValueError, match="no Payload"):
            Payload.FromString(broken)
