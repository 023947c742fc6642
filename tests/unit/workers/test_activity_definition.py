"""`@activity.defn` and how definitions are found again."""

from collections.abc import Sequence
from typing import Any

import pytest

from duralog import activity
from duralog.activity import ActivityDefinition
from duralog.common import RawValue


@activity.defn
async def greet(name: str) -> str:
    return f"Hello, {name}"


@activity.defn(name="sum")
def add(left: int, right: int = 2) -> int:
    return left + right


@activity.defn(dynamic=True)
async def anything(values: Sequence[RawValue]) -> None:
    del values


class Greetings:
    def __init__(self, greeting: str) -> None:
        self.greeting = greeting

    @activity.defn
    def greet_with(self, name: str) -> str:
        return f"{self.greeting}, {name}"


class Callable:
    @activity.defn(name="called")
    async def __call__(self, value: bytes) -> bytes:
        return value


def test_a_function_is_named_after_itself() -> None:
    definition = ActivityDefinition.must_find(greet)
    assert (definition.name, definition.is_async) == ("greet", True)
    assert definition.types() == ([str], str)


def test_a_name_can_be_given() -> None:
    definition = ActivityDefinition.must_find(add)
    assert (definition.name, definition.is_async) == ("sum", False)
    assert definition.types() == ([int, int], int)


def test_a_method_of_an_instance_is_bound() -> None:
    definition = ActivityDefinition.must_find(Greetings("Hola").greet_with)
    assert definition.fn("Ana") == "Hola, Ana"
    assert definition.types() == ([str], str)


def test_an_instance_with_call_is_found() -> None:
    definition = ActivityDefinition.must_find(Callable())
    assert (definition.name, definition.is_async) == ("called", True)
    assert definition.types() == ([bytes], bytes)


def test_the_dynamic_activity_has_no_name() -> None:
    assert ActivityDefinition.must_find(anything).name is None


def test_the_dynamic_activity_takes_raw_values() -> None:
    def bad(value: int) -> None:
        del value

    with pytest.raises(TypeError, match="must accept a single Sequence"):
        activity.defn(dynamic=True)(bad)


def test_what_is_no_activity_is_refused_by_name() -> None:
    def plain() -> None: ...

    with pytest.raises(ValueError, match="Activity plain missing attributes"):
        ActivityDefinition.must_find(plain)


def test_it_cannot_be_decorated_twice() -> None:
    with pytest.raises(ValueError, match="already contains"):
        activity.defn(greet)


def test_keyword_only_arguments_are_refused() -> None:
    def bad(*, name: str) -> None:
        del name

    with pytest.raises(TypeError, match="keyword-only"):
        activity.defn(bad)


def test_name_and_dynamic_exclude_each_other() -> None:
    with pytest.raises(RuntimeError, match="name and dynamic"):
        activity.defn(name="x", dynamic=True)(lambda: None)


@pytest.mark.parametrize("call", [activity.info, activity.is_cancelled, activity.heartbeat])
def test_outside_of_an_activity_the_api_says_so(call: Any) -> None:
    assert not activity.in_activity()
    with pytest.raises(RuntimeError, match="Not in activity context"):
        call()
