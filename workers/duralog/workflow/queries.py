"""`@workflow.query`: which method answers which Query."""

import inspect
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar, cast, overload

from duralog.common import RawValue
from duralog.common.hints import type_hints_of

QueryType = TypeVar("QueryType", bound=Callable[..., Any])

_QUERY: Final = "__duralog_query_definition"


@dataclass(slots=True, frozen=True, kw_only=True)
class QueryDefinition:
    """A Query handler.

    name: None: the dynamic handler, which answers every Query that has no other.
    fn: Unbound for a method; for a handler set at run time, called as it is.
    description: One line for people, in the answer to `__temporal_workflow_metadata`.
    """

    name: str | None
    fn: Callable[..., Any]
    is_method: bool = True
    description: str = ""
    argument_types: Sequence[Any] | None = None
    result_type: Any = None

    @staticmethod
    def find(fn: object) -> "QueryDefinition | None":
        """The definition of a method; None when it answers no Query."""
        return cast(QueryDefinition | None, getattr(fn, _QUERY, None))

    @staticmethod
    def must_find(fn: Callable[..., Any]) -> "QueryDefinition":
        """As `find`. Raises RuntimeError for another method, or the dynamic handler."""
        found = QueryDefinition.find(fn)
        if found is None:
            name = getattr(fn, "__qualname__", "<unknown>")
            raise RuntimeError(
                f"Query definition not found on {name}, is it decorated with @workflow.query?"
            )
        if found.name is None:
            raise RuntimeError("Cannot invoke dynamic query definition")
        return found

    @staticmethod
    def make(
        name: str | None, fn: Callable[..., Any], *, is_method: bool, description: str = ""
    ) -> "QueryDefinition":
        """A handler with its type hints. Raises RuntimeError for a dynamic one that is none."""
        argument_types, result_type = type_hints_of(fn)
        if name is None and argument_types != [str, Sequence[RawValue]]:
            raise RuntimeError(
                "Dynamic handler must have 3 arguments: self, str, and Sequence[RawValue]"
            )
        return QueryDefinition(
            name=name,
            fn=fn,
            is_method=is_method,
            description=description,
            argument_types=argument_types,
            result_type=result_type,
        )


@overload
def query(fn: QueryType) -> QueryType: ...


@overload
def query(
    *, name: str | None = None, description: str | None = None
) -> Callable[[QueryType], QueryType]: ...


@overload
def query(
    *, dynamic: Literal[True], description: str | None = None
) -> Callable[[QueryType], QueryType]: ...


def query(
    fn: QueryType | None = None,
    *,
    name: str | None = None,
    dynamic: bool = False,
    description: str | None = None,
) -> QueryType | Callable[[QueryType], QueryType]:
    """Decorator of a method, not async, that answers a Query and changes nothing.

    name: The Query's name; the method's when left out.
    dynamic: Answer every Query that has no other handler; the method's parameters are the name and
        a Sequence[RawValue]. Not with `name`.
    description: One line for people.
    """
    if name is not None and dynamic:
        raise RuntimeError("Cannot provide name and dynamic boolean")

    def decorate(fn: QueryType) -> QueryType:
        if inspect.iscoroutinefunction(fn):
            warnings.warn(
                "Queries as async def functions are deprecated", DeprecationWarning, stacklevel=3
            )
        definition = QueryDefinition.make(
            None if dynamic else (name or fn.__name__),
            fn,
            is_method=True,
            description=description or "",
        )
        setattr(fn, _QUERY, definition)
        return fn

    return decorate if fn is None else decorate(fn)
