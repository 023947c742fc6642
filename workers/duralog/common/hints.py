"""Type hints of the functions that values are converted for."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Final, get_type_hints

UNSET: Final[Any] = object()  # None is an argument like any other.


def type_hints_of(fn: Callable[..., Any]) -> tuple[list[Any] | None, Any]:
    """Type hints of the positional parameters (without `self`), and of the result.

    The parameters are None when one of them has no hint or is not positional; the result is None
    when it has none.
    """
    hints = get_type_hints(fn)
    arguments: list[Any] = []
    for index, parameter in enumerate(inspect.signature(fn).parameters.values()):
        if index == 0 and parameter.name == "self":
            continue
        positional = parameter.kind in (
            parameter.POSITIONAL_ONLY,
            parameter.POSITIONAL_OR_KEYWORD,
        )
        if not positional or parameter.name not in hints:
            return None, hints.get("return")
        arguments.append(hints[parameter.name])
    return arguments, hints.get("return")


def hints_for(count: int, types: Sequence[Any] | None) -> list[Any] | None:
    """The type hints of `count` values for parameters with these types; None when they do not fit.

    Fewer values than parameters: the others have defaults.
    """
    if types is None or len(types) < count:
        return None
    return list(types[:count])


def argument_list(arg: Any, args: Sequence[Any]) -> Sequence[Any]:
    """The arguments of a call that takes one `arg` or many `args`. Raises ValueError for both."""
    if arg is UNSET:
        return args
    if args:
        raise ValueError("Cannot have arg and args")
    return [arg]
