"""Python values as JSON, and JSON values as the type that a hint names."""

import dataclasses
import json
import types
import uuid
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import lru_cache
from inspect import isclass
from typing import (
    Any,
    ClassVar,
    Final,
    Literal,
    NewType,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from duralog.converter.places import places

# What a conversion may raise when the value does not fit, also out of a user's constructor.
_MISFITS: Final = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError)


class AdvancedJSONEncoder(json.JSONEncoder):
    """JSON with dataclasses, pydantic models, enums, datetimes, UUIDs and all iterables."""

    def default(self, o: Any) -> Any:
        """What JSON knows, for a value it does not know."""
        if dataclasses.is_dataclass(o) and not isinstance(o, type):
            return {field.name: getattr(o, field.name) for field in dataclasses.fields(o)}
        model_dump = getattr(o, "model_dump", None)  # pydantic, without importing it
        if callable(model_dump):
            return model_dump(mode="json")
        for kind, encode in _ENCODERS.items():
            if isinstance(o, kind):
                return encode(o)
        return super().default(o)


_ENCODERS: Final[dict[type[Any], Callable[[Any], Any]]] = {
    datetime: datetime.isoformat,
    Enum: lambda o: o.value,
    uuid.UUID: str,
    Iterable: list,
}
"""In this order: the members of an Enum may be iterable."""


JSONTypeConverterUnhandled = NewType("JSONTypeConverterUnhandled", object)
"""The type of `JSONTypeConverter.Unhandled`."""


class JSONTypeConverter(ABC):
    """A user's own conversion from JSON to a type, asked before ours."""

    Unhandled: ClassVar[JSONTypeConverterUnhandled] = JSONTypeConverterUnhandled(object())
    """What `to_typed_value` returns for a type that is not its own."""

    @abstractmethod
    def to_typed_value(self, hint: Any, value: Any) -> Any:
        """The value as `hint` says, or `Unhandled`."""


def value_to_type(
    hint: Any, value: Any, custom_converters: Sequence[JSONTypeConverter] = ()
) -> Any:
    """The JSON value as the type that `hint` names. Raises TypeError when it does not fit."""
    for converter in custom_converters:
        converted = converter.to_typed_value(hint, value)
        if converted is not JSONTypeConverter.Unhandled:
            return converted
    hint = getattr(hint, "__supertype__", hint)  # NewType
    if hint is Any or hint is object or isinstance(hint, TypeVar):
        return value
    scalar = _SCALARS.get(hint) if isclass(hint) or hint is None else None
    if scalar is not None:
        return scalar(value)
    origin = get_origin(hint) or hint
    if origin in _FORMS:
        return _FORMS[origin](hint, get_args(hint), value, custom_converters)
    if isclass(origin):
        return _class(hint, origin, get_args(hint), value, custom_converters)
    raise TypeError(f"Unserializable type during conversion: {hint}")


def _number(kind: type[int] | type[float]) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        if not isinstance(value, int | float):
            raise TypeError(f"Expected value to be int|float, was {type(value)}")
        return kind(value)

    return convert


def _datetime(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise TypeError(f"Expected datetime or ISO8601 string, got {type(value)}")
    try:
        return datetime.fromisoformat(value)
    except ValueError:  # Its text has the value, which must not get into a log.
        raise TypeError("Failed parsing datetime string") from None


def _bool(value: Any) -> Any:
    if not isinstance(value, bool):
        raise TypeError(f"Expected value to be bool, was {type(value)}")
    return value


def _str(value: Any) -> Any:
    if not isinstance(value, str):
        raise TypeError(f"Expected value to be str, was {type(value)}")
    return value


def _bytes(value: Any) -> Any:
    if not isinstance(value, list | bytes):
        raise TypeError(f"Expected value to be bytes, was {type(value)}")
    return bytes(cast(list[int], value))


def _none(value: Any) -> Any:
    if value is not None:
        raise TypeError(f"Expected None, got value of type {type(value)}")


_SCALARS: Final[dict[Any, Callable[[Any], Any]]] = {
    str: _str,
    int: _number(int),
    float: _number(float),
    bool: _bool,
    bytes: _bytes,
    datetime: _datetime,
    uuid.UUID: uuid.UUID,
    type(None): _none,
    None: _none,
}


def _union(
    hint: Any, arguments: tuple[Any, ...], value: Any, custom: Sequence[JSONTypeConverter]
) -> Any:
    if value is None and type(None) in arguments:
        return None
    for argument in arguments:
        try:
            return value_to_type(argument, value, custom)
        except _MISFITS:
            continue
    raise TypeError(f"Failed converting to {hint} from {type(value)}")


def _literal(
    hint: Any, arguments: tuple[Any, ...], value: Any, custom: Sequence[JSONTypeConverter]
) -> Any:
    if value not in arguments:
        raise TypeError(f"Value of {type(value)} not in {hint}")
    return value


_FORMS: Final[dict[Any, Callable[..., Any]]] = {
    Union: _union,
    types.UnionType: _union,
    Literal: _literal,
}
"""What is written with brackets or `|` and is no class."""


def _class(
    hint: Any,
    origin: type[Any],
    arguments: tuple[Any, ...],
    value: Any,
    custom: Sequence[JSONTypeConverter],
) -> Any:
    validate = getattr(origin, "model_validate", None)  # pydantic
    if validate is not None:
        return _model(hint, origin, getattr(hint, "model_validate", validate), value)
    if dataclasses.is_dataclass(origin):
        return _dataclass(hint, origin, arguments, value, custom)
    if issubclass(origin, Enum):
        try:
            return origin(value)
        except ValueError:
            raise ValueError(f"Expected a value of {origin}, was another {type(value)}") from None
    if issubclass(origin, Mapping):
        return _mapping(hint, cast(type[Any], origin), arguments, value, custom)
    if issubclass(origin, Iterable):
        return _iterable(hint, cast(type[Any], origin), arguments, value, custom)
    raise TypeError(f"Unserializable type during conversion: {hint}")


def _model(hint: Any, origin: Any, validate: Callable[[Any], Any], value: Any) -> Any:
    """A pydantic model. What pydantic says of a misfit has the value; what is said here has not."""
    try:
        return validate(value)
    except ValueError as error:
        told = getattr(error, "errors", None)
        if told is None:
            raise
        errors: list[Any] = told()
        where = places(getattr(origin, "model_json_schema", dict), [one["loc"] for one in errors])
        found = (
            f"{'.'.join(map(str, place))}: {one['msg']}"
            for place, one in zip(where, errors, strict=True)
        )
        text = f"Failed converting to {hint}: {'; '.join(found)}"
    raise ValueError(text)


@lru_cache(maxsize=4096)
def _hints(cls: Any) -> dict[str, Any]:
    """Type hints of a class; reading them costs tens of microseconds."""
    return get_type_hints(cls)


def _dataclass(
    hint: Any,
    origin: type[Any],
    arguments: tuple[Any, ...],
    value: Any,
    custom: Sequence[JSONTypeConverter],
) -> Any:
    if not isinstance(value, dict):
        raise TypeError(f"Cannot convert to dataclass {hint}, value is {type(value)} not dict")
    given = cast(dict[str, Any], value)
    hints = _hints(cast(Any, origin))
    parameters = dict(zip(getattr(origin, "__parameters__", ()), arguments, strict=False))
    values: dict[str, Any] = {}
    for field in dataclasses.fields(origin):
        # A required field that is missing fails in the constructor; an unknown one is ignored.
        if field.init and field.name in given:
            field_hint = _substitute(hints[field.name], parameters)
            try:
                values[field.name] = value_to_type(field_hint, given[field.name], custom)
            except _MISFITS as error:
                raise TypeError(
                    f"Failed converting field {field.name} on {hint}: {error}"
                ) from error
    return origin(**values)


def _substitute(hint: Any, parameters: Mapping[Any, Any]) -> Any:
    """The hint with its type variables replaced by what the generic class was given."""
    inner = getattr(hint, "__parameters__", ())
    if not inner or isclass(hint):
        return parameters.get(hint, hint) if isinstance(hint, TypeVar) else hint
    return hint[tuple(parameters.get(variable, variable) for variable in inner)]


_KEYS: Final[dict[Any, Callable[[str], Any]]] = {
    int: int,
    float: float,
    bool: {"true": True, "false": False}.__getitem__,
    type(None): {"null": None}.__getitem__,
}
"""JSON's keys are strings; the hint gives back what they were."""


def _key(hint: Any, key: str, custom: Sequence[JSONTypeConverter]) -> Any:
    read = _KEYS.get(hint)
    if read is None:
        return value_to_type(hint, key, custom)
    try:
        return read(key)
    except (ValueError, LookupError):  # Their text has the key, which must not get into a log.
        raise TypeError("the text does not fit") from None


def _mapping(
    hint: Any,
    origin: type[Any],
    arguments: tuple[Any, ...],
    value: Any,
    custom: Sequence[JSONTypeConverter],
) -> Any:
    if not isinstance(value, Mapping):
        raise TypeError(f"Expected {hint}, value was {type(value)}")
    given = cast(Mapping[str, Any], value)
    typed_dict = hasattr(origin, "__required_keys__")
    per_key: dict[str, Any] = _hints(cast(Any, origin)) if typed_dict else {}
    key_hint, value_hint = (*arguments, Any, Any)[:2]
    result: dict[Any, Any] = {}
    for key, item in given.items():
        try:
            new_key = _key(key_hint, key, custom)
            item_hint = per_key.get(key, Any) if typed_dict else value_hint
            result[new_key] = value_to_type(item_hint, item, custom)
        except _MISFITS as error:
            raise TypeError(f"Failed converting a key or value in {hint}: {error}") from error
    return origin(**result) if typed_dict else result


_COLLECTIONS: Final[dict[Any, Callable[[list[Any]], Any]]] = {
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    deque: deque,
}


def _iterable(
    hint: Any,
    origin: type[Any],
    arguments: tuple[Any, ...],
    value: Any,
    custom: Sequence[JSONTypeConverter],
) -> Any:
    if not isinstance(value, Iterable):
        raise TypeError(f"Expected {hint}, value was {type(value)}")
    items: list[Any] = [*value]
    item_hints = _item_hints(hint, origin, arguments, len(items))
    try:
        items = [value_to_type(h, v, custom) for h, v in zip(item_hints, items, strict=True)]
    except _MISFITS as error:
        raise TypeError(f"Failed converting an item of {hint}: {error}") from error
    return _COLLECTIONS.get(origin, list)(items)


def _item_hints(
    hint: Any, origin: type[Any], arguments: tuple[Any, ...], count: int
) -> Sequence[Any]:
    if not arguments:
        return [Any] * count
    if origin is not tuple:
        return [arguments[0]] * count
    if arguments[-1] is Ellipsis:
        return [arguments[0]] * count
    if len(arguments) < count:
        raise TypeError(f"Type {hint} only expecting {len(arguments)} values, got {count}")
    return arguments[:count]
