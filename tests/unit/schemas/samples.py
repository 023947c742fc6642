"""One fully filled record of each type: nothing is left at its default."""

from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from duralog.schemas.payloads import Failure


def sample(record: type, depth: int = 2) -> Any:
    """An instance of `record` whose every field differs from its default, the same at each call."""
    hints = get_type_hints(record)
    assert is_dataclass(record)
    names = [f.name for f in fields(record)]
    return record(**{n: _value(hints[n], i + 1, n, depth) for i, n in enumerate(names)})


def _value(kind: Any, number: int, name: str, depth: int) -> Any:
    if isinstance(kind, UnionType):
        inner = next(a for a in get_args(kind) if a is not type(None))
        return None if inner is Failure and depth == 0 else _value(inner, number, name, depth - 1)
    if get_origin(kind) is list:
        return [_value(get_args(kind)[0], number + i, name, depth) for i in range(2)]
    if get_origin(kind) is dict:
        return {f"{name}-key": _value(get_args(kind)[1], number, name, depth)}
    if is_dataclass(kind):
        assert isinstance(kind, type)
        return sample(kind, depth)
    plain: dict[type, Any] = {
        str: f"{name} ñ",
        bytes: bytes([number % 256, 0, 255]),
        int: number * 1_000_003 if name.endswith("_ms") else number,
        float: number + 0.5,
        bool: True,
    }
    return plain[kind]
