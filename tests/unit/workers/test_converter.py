"""Values to Payloads and back."""

import dataclasses
import enum
import math
import traceback
import uuid
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Literal, NewType, TypedDict, TypeVar

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duralog.common import RawValue
from duralog.converter import (
    AdvancedJSONEncoder,
    CompositePayloadConverter,
    DataConverter,
    JSONPlainPayloadConverter,
    JSONTypeConverter,
)
from duralog.schemas.payloads import Payload

T = TypeVar("T")
OrderId = NewType("OrderId", str)


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Kind(enum.StrEnum):
    A = "a"


@dataclass
class Line:
    name: str
    count: int = 1
    color: Color = Color.RED


@dataclass
class Order:
    id: OrderId
    lines: list[Line]
    by_number: dict[int, Line]
    at: datetime
    key: uuid.UUID
    note: str | None = None


@dataclass
class Page(Generic[T]):
    items: list[T]
    next: T


class Settings(TypedDict, total=False):
    depth: int
    line: Line


class Model(pydantic.BaseModel):
    name: str
    at: datetime
    inner: "Model | None" = None
    counts: dict[str, int] = {}


MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
KEY = uuid.UUID("0b6f3a1e-8a55-4b4e-9a52-3f6f0a2f7d11")
ORDER = Order(
    id=OrderId("7"),
    lines=[Line("tea"), Line("cup", 2)],
    by_number={1: Line("tea")},
    at=MOMENT,
    key=KEY,
)


def back(value: Any, hint: Any) -> Any:
    converter = DataConverter.default
    return converter.from_payloads(converter.to_payloads([value]), [hint])[0]


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (None, None),
        (b"bytes", bytes),
        (1, int),
        (1.5, float),
        (True, bool),
        ("text", str),
        ([1, "a", None], list[Any]),
        ({"a": [1]}, dict[str, list[int]]),
        ({1: "a"}, dict[int, str]),
        ({True: "a"}, dict[bool, str]),
        ((1, "a"), tuple[int, str]),
        ((1, 2, 3), tuple[int, ...]),
        ({1, 2}, set[int]),
        (frozenset({1}), frozenset[int]),
        (deque([1]), deque[int]),
        (Color.RED, Color),
        (Level.LOW, Level),
        (Kind.A, Kind),
        ([Color.RED], list[Color]),
        ({Kind.A: 1}, dict[Kind, int]),
        (MOMENT, datetime),
        (KEY, uuid.UUID),
        ("red", Literal["red", "blue"]),
        (None, int | None),
        (5, str | int),
        (ORDER, Order),
        ([ORDER], list[Order]),
        (Page([Line("x")], Line("y")), Page[Line]),
        ({"depth": 1, "line": Line("x")}, Settings),
        (Model(name="a", at=MOMENT, inner=Model(name="b", at=MOMENT)), Model),
        ([Model(name="a", at=MOMENT)], list[Model]),
        (OrderId("7"), OrderId),
    ],
    ids=repr,
)
def test_a_value_comes_back_as_the_type_of_its_hint(value: Any, hint: Any) -> None:
    again = back(value, hint)
    assert again == value
    assert type(again) is type(value)


@pytest.mark.parametrize(
    ("value", "encoding", "data"),
    [
        (None, b"binary/null", b""),
        (b"\x00", b"binary/plain", b"\x00"),
        ({"b": 1, "a": [Line("x")]}, b"json/plain", None),
        ("é", b"json/plain", b'"\\u00e9"'),
    ],
)
def test_encodings_are_those_of_temporals_sdks(
    value: Any, encoding: bytes, data: bytes | None
) -> None:
    payload = DataConverter.default.to_payloads([value])[0]
    assert payload.metadata == {"encoding": encoding}
    expected = b'{"a":[{"color":"red","count":1,"name":"x"}],"b":1}' if data is None else data
    assert payload.data == expected


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("text", int),
        (1, str),
        (1, bool),
        ({"count": 1}, Line),
        ({"name": 1}, Line),
        ([1], dict[str, int]),
        (1, list[int]),
        ((1, 2), tuple[int]),
        ("green", Literal["red"]),
        ("green", Color),
        ("yesterday", datetime),
        ({"name": "a"}, Model),
        ([1], int | None),
        (1, math.sqrt),
    ],
    ids=repr,
)
def test_what_does_not_fit_its_hint_is_a_runtime_error(value: Any, hint: Any) -> None:
    with pytest.raises(RuntimeError, match="Payload at index 0 with encoding json/plain"):
        back(value, hint)


def test_the_error_does_not_show_the_value() -> None:
    with pytest.raises(RuntimeError) as caught:
        back("secret-number", int | datetime | Literal["x"])
    chain = [caught.value, caught.value.__cause__]
    assert all("secret-number" not in str(error) for error in chain)


def test_a_raw_value_passes_unconverted() -> None:
    payload = Payload(metadata={"encoding": b"mine"}, data=b"x")
    converter = DataConverter.default
    assert converter.to_payloads([RawValue(payload)]) == [payload]
    assert converter.from_payloads([payload], [RawValue]) == [RawValue(payload)]


def test_an_unknown_encoding_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="Unknown payload encoding mine"):
        DataConverter.default.from_payloads([Payload(metadata={"encoding": b"mine"}, data=b"x")])


def test_a_value_that_json_cannot_hold_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        DataConverter.default.to_payloads([object()])


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        *((hint, "secret") for hint in (Color, datetime, int, bool)),
        (Model, {"name": "n", "at": "secret"}),
        (Model, {"name": "n", "at": MOMENT.isoformat(), "counts": {"secret": "x"}}),
        (list[Color], ["secret"]),
        (dict[str, Model], {"k": {"name": 1, "at": "secret"}}),
        *(
            (hint, {"secret": "v"})
            for hint in (dict[int, str], dict[float, str], dict[bool, str], dict[Color, str])
        ),
    ],
)
def test_what_is_said_of_a_value_that_does_not_fit_leaves_the_value_out(
    hint: Any, value: Any
) -> None:
    payloads = DataConverter.default.to_payloads([value])
    with pytest.raises(RuntimeError) as caught:
        DataConverter.default.from_payloads(payloads, [hint])
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_a_missing_hint_leaves_json() -> None:
    assert back(ORDER.lines, None) == [
        dataclasses.asdict(line) | {"color": "red"} for line in ORDER.lines
    ]


class Upper(JSONTypeConverter):
    def to_typed_value(self, hint: Any, value: Any) -> Any:
        return value.upper() if hint is str else JSONTypeConverter.Unhandled


class MyConverter(CompositePayloadConverter):
    def __init__(self) -> None:
        super().__init__(
            JSONPlainPayloadConverter(encoder=AdvancedJSONEncoder, custom_type_converters=[Upper()])
        )


def test_a_user_may_bring_conversions() -> None:
    converter = DataConverter(payload_converter_class=MyConverter)
    payloads = converter.to_payloads([["a", 1]])
    assert converter.from_payloads(payloads, [tuple[str, int]]) == [("A", 1)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_all_that_is_json_comes_back(value: Any) -> None:
    assert back(value, Any) == value
    assert back(value, None) == value
