"""Search attributes: typed keys, values and updates, with Temporal's names."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from itertools import pairwise
from typing import (
    Any,
    ClassVar,
    Final,
    Generic,
    NamedTuple,
    TypeAlias,
    TypeVar,
    cast,
    get_origin,
    overload,
)

SearchAttributeValue: TypeAlias = str | int | float | bool | datetime | Sequence[str]
SearchAttributeValues: TypeAlias = list[str] | list[int] | list[float] | list[bool] | list[datetime]
SearchAttributes: TypeAlias = Mapping[str, SearchAttributeValues]
"""The untyped form, deprecated by Temporal: every value is a list."""

ValueType = TypeVar("ValueType", bound=SearchAttributeValue)
AnyType = TypeVar("AnyType")


class SearchAttributeIndexedValueType(IntEnum):
    """How an index treats a search attribute. Numbers as Temporal's."""

    TEXT = 1
    KEYWORD = 2
    INT = 3
    DOUBLE = 4
    BOOL = 5
    DATETIME = 6
    KEYWORD_LIST = 7


_METADATA: Final[Mapping[SearchAttributeIndexedValueType, str]] = {
    SearchAttributeIndexedValueType.TEXT: "Text",
    SearchAttributeIndexedValueType.KEYWORD: "Keyword",
    SearchAttributeIndexedValueType.INT: "Int",
    SearchAttributeIndexedValueType.DOUBLE: "Double",
    SearchAttributeIndexedValueType.BOOL: "Bool",
    SearchAttributeIndexedValueType.DATETIME: "Datetime",
    SearchAttributeIndexedValueType.KEYWORD_LIST: "KeywordList",
}


@dataclass(frozen=True)
class SearchAttributeKey(Generic[ValueType]):
    """A search attribute's name and type; made by the `for_` methods."""

    name: str
    indexed_value_type: SearchAttributeIndexedValueType
    value_type: type[ValueType]

    @property
    def origin_value_type(self) -> type:
        """The Python type of its values, without type arguments."""
        return get_origin(self.value_type) or self.value_type

    @property
    def metadata_type(self) -> str:
        """What a Payload's metadata calls its type."""
        return _METADATA[self.indexed_value_type]

    def value_set(self, value: ValueType) -> "SearchAttributeUpdate[ValueType]":
        """The update that sets it."""
        return SearchAttributeUpdate(self, value)

    def value_unset(self) -> "SearchAttributeUpdate[ValueType]":
        """The update that removes it."""
        return SearchAttributeUpdate(self, None)

    @staticmethod
    def for_text(name: str) -> "SearchAttributeKey[str]":
        """Text that is searched by its words."""
        return SearchAttributeKey(name, SearchAttributeIndexedValueType.TEXT, str)

    @staticmethod
    def for_keyword(name: str) -> "SearchAttributeKey[str]":
        """Text that is found as a whole."""
        return SearchAttributeKey(name, SearchAttributeIndexedValueType.KEYWORD, str)

    @staticmethod
    def for_int(name: str) -> "SearchAttributeKey[int]":
        """A whole number."""
        return SearchAttributeKey(name, SearchAttributeIndexedValueType.INT, int)

    @staticmethod
    def for_float(name: str) -> "SearchAttributeKey[float]":
        """A number."""
        return SearchAttributeKey(name, SearchAttributeIndexedValueType.DOUBLE, float)

    @staticmethod
    def for_bool(name: str) -> "SearchAttributeKey[bool]":
        """True or false."""
        return SearchAttributeKey(name, SearchAttributeIndexedValueType.BOOL, bool)

    @staticmethod
    def for_datetime(name: str) -> "SearchAttributeKey[datetime]":
        """A moment; values must be aware."""
        return SearchAttributeKey(name, SearchAttributeIndexedValueType.DATETIME, datetime)

    @staticmethod
    def for_keyword_list(name: str) -> "SearchAttributeKey[Sequence[str]]":
        """Several keywords."""
        texts: Any = Sequence[str]
        return SearchAttributeKey(name, SearchAttributeIndexedValueType.KEYWORD_LIST, texts)

    @staticmethod
    def from_metadata_type(name: str, metadata_type: str) -> "SearchAttributeKey[Any] | None":
        """The key of a recorded type; None when it is unknown."""
        make = _MAKERS.get(
            metadata_type.removeprefix("INDEXED_VALUE_TYPE_").replace("_", "").lower()
        )
        return None if make is None else make(name)

    @staticmethod
    def guess(name: str, values: SearchAttributeValues) -> "SearchAttributeKey[Any] | None":
        """The key that fits untyped values; None when none does."""
        if not values:
            return None
        first = values[0]
        if isinstance(first, str):
            many = len(values) > 1
            key = SearchAttributeKey.for_keyword_list if many else SearchAttributeKey.for_keyword
            return key(name)
        make = _GUESSES.get(type(first)) if len(values) == 1 else None
        return None if make is None else make(name)


_MAKERS: Final[Mapping[str, Any]] = {
    "text": SearchAttributeKey.for_text,
    "keyword": SearchAttributeKey.for_keyword,
    "int": SearchAttributeKey.for_int,
    "double": SearchAttributeKey.for_float,
    "bool": SearchAttributeKey.for_bool,
    "datetime": SearchAttributeKey.for_datetime,
    "keywordlist": SearchAttributeKey.for_keyword_list,
}
_GUESSES: Final[Mapping[type, Any]] = {
    bool: SearchAttributeKey.for_bool,
    int: SearchAttributeKey.for_int,
    float: SearchAttributeKey.for_float,
    datetime: SearchAttributeKey.for_datetime,
}


@dataclass(frozen=True)
class SearchAttributeUpdate(Generic[ValueType]):
    """What `upsert_search_attributes` takes. value: None: the attribute is removed."""

    key: SearchAttributeKey[ValueType]
    value: ValueType | None


class SearchAttributePair(NamedTuple, Generic[ValueType]):
    """A key and its value."""

    key: SearchAttributeKey[ValueType]
    value: ValueType


@dataclass(frozen=True)
class TypedSearchAttributes(Collection[SearchAttributePair[Any]]):
    """Search attributes, sorted by name. Raises ValueError when a name stands twice."""

    search_attributes: Sequence[SearchAttributePair[Any]]

    empty: ClassVar["TypedSearchAttributes"]

    def __post_init__(self) -> None:
        pairs = sorted(self.search_attributes, key=lambda pair: pair.key.name)
        object.__setattr__(self, "search_attributes", pairs)
        for one, other in pairwise(pairs):
            if one.key.name == other.key.name:
                raise ValueError(f"Duplicate search attribute entries found for key {one.key.name}")

    def __len__(self) -> int:
        return len(self.search_attributes)

    def __getitem__(self, key: SearchAttributeKey[ValueType]) -> ValueType:
        """The value. Raises KeyError when there is none of this name and type."""
        for known, value in self.search_attributes:
            if known == key:
                return cast(ValueType, value)
        raise KeyError(key.name)

    def __iter__(self) -> Iterator[SearchAttributePair[Any]]:
        return iter(self.search_attributes)

    def __contains__(self, key: object) -> bool:
        return any(known == key for known, _ in self.search_attributes)

    @overload
    def get(self, key: SearchAttributeKey[ValueType]) -> ValueType | None: ...

    @overload
    def get(self, key: SearchAttributeKey[ValueType], default: AnyType) -> ValueType | AnyType: ...

    def get(self, key: SearchAttributeKey[Any], default: Any = None) -> Any:
        """The value, or `default`."""
        try:
            return self[key]
        except KeyError:
            return default

    def updated(self, *search_attributes: SearchAttributePair[Any]) -> "TypedSearchAttributes":
        """A copy with these added; they replace those of their names."""
        pairs = {pair.key.name: pair for pair in (*self.search_attributes, *search_attributes)}
        return TypedSearchAttributes(list(pairs.values()))


TypedSearchAttributes.empty = TypedSearchAttributes([])
