"""The words of a story: `name=value` as arguments of a record."""

import typing
from dataclasses import is_dataclass
from types import UnionType
from typing import Any, Final

from duralog.schemas.payloads import Failure, Payload, RetryPolicy

_NESTED: Final = {"retry_policy": RetryPolicy, "failure": Failure, "cause": Failure}


def parse(cls: type, words: list[str]) -> dict[str, Any]:
    """`name=value` words as arguments of `cls`; `a.b=c` sets a field of a nested record or map."""
    hints = typing.get_type_hints(cls)
    values: dict[str, Any] = {}
    for word in words:
        name, _, text = word.partition("=")
        name, _, inner = name.partition(".")
        hint = hints[name]
        if inner and name in _NESTED:
            target = values.setdefault(name, _NESTED[name]())
            for key, value in parse(_NESTED[name], [f"{inner}={text}"]).items():
                setattr(target, key, value)
        elif inner:
            values.setdefault(name, {})[inner] = payload_of(text)
        else:
            values[name] = _typed(hint, text, values.get(name))
    return values


def _typed(hint: Any, text: str, before: Any) -> Any:
    if isinstance(hint, UnionType):
        hint = typing.get_args(hint)[0]
    if hint == list[Payload]:
        return [*(before or []), payload_of(text)]
    if hint == list[str]:
        return [*(before or []), text]
    if hint is Failure:
        kind, _, message = text.partition(":")
        return Failure(type=kind, message=message)
    if hint is Payload:
        return payload_of(text)
    if hint is bool:
        return text == "true"
    assert not is_dataclass(hint), f"{hint} needs name.field=value"
    return hint(text)


def payload_of(text: str) -> Payload:
    """`text` as JSON."""
    return Payload(metadata={"encoding": b"json/plain"}, data=text.encode())
