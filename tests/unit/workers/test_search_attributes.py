"""Search attributes: what can be one, and how they travel."""

from datetime import UTC, datetime
from typing import Any

import pytest

from duralog.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from duralog.converter import (
    decode_search_attributes,
    decode_typed_search_attributes,
    encode_search_attribute_values,
    encode_search_attributes,
    encode_typed_search_attribute_value,
)
from duralog.schemas.payloads import Payload

MOMENT = datetime(2026, 5, 1, 12, tzinfo=UTC)
ALL: list[SearchAttributePair[Any]] = [
    SearchAttributePair(SearchAttributeKey.for_text("Text"), "some words"),
    SearchAttributePair(SearchAttributeKey.for_keyword("Keyword"), "word"),
    SearchAttributePair(SearchAttributeKey.for_int("Int"), 1),
    SearchAttributePair(SearchAttributeKey.for_float("Double"), 1.5),
    SearchAttributePair(SearchAttributeKey.for_bool("Bool"), True),
    SearchAttributePair(SearchAttributeKey.for_datetime("Datetime"), MOMENT),
    SearchAttributePair(SearchAttributeKey.for_keyword_list("KeywordList"), ["a", "b"]),
]


def test_all_types_come_back_as_they_were() -> None:
    attributes = TypedSearchAttributes(ALL)
    payloads = encode_search_attributes(attributes)
    assert {name: p.metadata["type"].decode() for name, p in payloads.items()} == {
        pair.key.name: pair.key.name for pair in ALL
    }
    assert decode_typed_search_attributes(payloads) == attributes
    assert decode_search_attributes(payloads)["Datetime"] == [MOMENT]


def test_a_value_of_an_unknown_or_wrong_type_is_left_out() -> None:
    payloads = {
        "None": encode_search_attribute_values(["a"]),
        "Other": Payload(metadata={"encoding": b"json/plain", "type": b"Colour"}, data=b"1"),
        "Wrong": Payload(metadata={"encoding": b"json/plain", "type": b"Int"}, data=b'"x"'),
        "Many": Payload(metadata={"encoding": b"json/plain", "type": b"Int"}, data=b"[1, 2]"),
        "One": Payload(metadata={"encoding": b"json/plain", "type": b"Int"}, data=b"[1]"),
        "Whole": Payload(metadata={"encoding": b"json/plain", "type": b"Double"}, data=b"2"),
    }
    found = decode_typed_search_attributes(payloads)
    assert {pair.key.name: pair.value for pair in found} == {"One": 1, "Whole": 2.0}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (SearchAttributeKey.for_int("I"), "1"),
        (SearchAttributeKey.for_keyword_list("L"), [1]),
        (SearchAttributeKey.for_datetime("D"), datetime(2026, 5, 1)),  # noqa: DTZ001 # on purpose
    ],
)
def test_a_value_that_does_not_fit_is_refused(key: SearchAttributeKey[Any], value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        encode_typed_search_attribute_value(key, value)


@pytest.mark.parametrize("values", ["text", [1, "a"], [object()]])
def test_untyped_values_that_do_not_fit_are_refused(values: Any) -> None:
    with pytest.raises(TypeError):
        encode_search_attribute_values(values)


def test_a_name_may_stand_once() -> None:
    pair = SearchAttributePair(SearchAttributeKey.for_int("I"), 1)
    with pytest.raises(ValueError, match="Duplicate search attribute entries found for key I"):
        TypedSearchAttributes([pair, pair])


def test_updated_replaces_by_name() -> None:
    one, other = SearchAttributeKey.for_int("I"), SearchAttributeKey.for_text("I")
    attributes = TypedSearchAttributes([SearchAttributePair(one, 1)])
    changed = attributes.updated(SearchAttributePair(other, "x"))
    assert (changed.get(other), changed.get(one), len(changed)) == ("x", None, 1)
    with pytest.raises(KeyError):
        changed[one]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["a"], "Keyword"),
        (["a", "b"], "KeywordList"),
        ([1], "Int"),
        ([1.5], "Double"),
        ([True], "Bool"),
        ([MOMENT], "Datetime"),
    ],
)
def test_the_type_of_untyped_values_is_guessed(values: Any, kind: str) -> None:
    key = SearchAttributeKey.guess("A", values)
    assert key is not None
    assert key.metadata_type == kind
