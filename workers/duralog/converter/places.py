"""Where in a value pydantic found what does not fit, fit for logs: a mapping's keys are payload."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, cast

_SAID_BY_PYDANTIC: Final = "[key]"  # Of a mapping: the key itself does not fit.
_HIDDEN: Final = "…"


def places(
    schema: Callable[[], Any], found: Sequence[Sequence[int | str]]
) -> list[tuple[int | str, ...]]:
    """The same places, with only indexes and names of fields in them.

    schema: Makes the JSON schema of the type, whose properties are those fields; pydantic cannot
    make one for every type.
    """
    try:
        names = {_SAID_BY_PYDANTIC, *_field_names(schema())}
    except (RuntimeError, TypeError, ValueError):
        names = {_SAID_BY_PYDANTIC}
    return [
        tuple(part if isinstance(part, int) or part in names else _HIDDEN for part in place)
        for place in found
    ]


def _field_names(schema: Any) -> Iterator[str]:
    parts: Iterable[Any] = ()
    if isinstance(schema, dict):
        known = cast(dict[str, Any], schema)
        yield from known.get("properties", ())
        parts = known.values()
    elif isinstance(schema, list):
        parts = cast(Iterable[Any], schema)
    for part in parts:
        yield from _field_names(part)
