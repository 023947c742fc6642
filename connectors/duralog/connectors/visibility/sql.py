"""A list filter as a condition in SQL over the tables of the index. Pure; values are parameters.

A search attribute is compared by its kind: texts with Keyword, KeywordList (any of its texts) and
Text (the whole text), and, when they are times, with Datetime; numbers with Int and Double; true
and false with Bool. A run that lacks the attribute, or has one of another kind, matches nothing
but IS NULL and NOT (…).
"""

from collections.abc import Callable
from typing import Any, Final

from duralog.connectors.visibility.filter import Chain, Comparison, Not, Tree
from duralog.connectors.visibility.values import COLUMNS, Value, time_ms

Sql = tuple[str, list[Any]]  # A condition and its parameters.
_TEXTS: Final = "a.kind IN ('Keyword', 'KeywordList', 'Text')"
_NUMBERS: Final = "a.kind IN ('Int', 'Double')"


def condition(tree: Tree | None) -> Sql:
    """The condition of `tree` on the table `runs`; never NULL."""
    if tree is None:
        return "1", []
    return _OF[type(tree)](tree)


def _comparison(tree: Comparison) -> Sql:
    if tree.column not in COLUMNS:
        return _attribute(tree)
    column = f"runs.{COLUMNS[tree.column][1]}"
    sql, values = _compare(column, tree, tree.values)
    # What has no value matches neither a comparison nor its opposite, as in SQL.
    present = f"{column} IS NOT NULL"
    if tree.operator == "IS NULL":
        return (present, []) if tree.negated else (f"{column} IS NULL", [])
    negated = "NOT " if tree.negated else ""
    return f"({present} AND {negated}({sql}))", values


def _compare(column: str, tree: Comparison, values: tuple[Value, ...]) -> Sql:
    """Of one column that has a value."""
    if tree.operator == "STARTS_WITH":
        # The first part lets an index help; the second is what is asked.
        return f"{column} >= ? AND substr({column}, 1, ?) = ?", [
            values[0],
            len(str(values[0])),
            values[0],
        ]
    if tree.operator == "BETWEEN":
        return f"{column} BETWEEN ? AND ?", list(values)
    if tree.operator == "IN":
        return f"{column} IN ({', '.join('?' * len(values))})", list(values)
    return f"{column} {tree.operator} ?", list(values)


def _attribute(tree: Comparison) -> Sql:
    if tree.operator == "IS NULL":
        negated = "" if tree.negated else "NOT "
        return f"{negated}{_exists('1')}", [tree.column]
    if tree.operator == "!=" or tree.negated:
        # No value of it is the one; and there is one.
        operator = "=" if tree.operator == "!=" else tree.operator
        inner, values = _kinds(Comparison(tree.column, operator, tree.values))
        comparable = " OR ".join(sorted({_kind_of(v) for v in tree.values}))
        return (
            f"({_exists(comparable)} AND NOT {_exists(inner)})",
            [tree.column, tree.column, *values],
        )
    inner, values = _kinds(tree)
    return _exists(inner), [tree.column, *values]


def _exists(inner: str) -> str:
    found = "SELECT 1 FROM attributes a WHERE a.run_id = runs.run_id AND a.name = ?"
    return f"EXISTS ({found} AND ({inner}))"


def _kind_of(value: Value) -> str:
    if isinstance(value, bool):
        return "a.kind = 'Bool'"
    if isinstance(value, int | float):
        return _NUMBERS
    return f"{_TEXTS} OR a.kind = 'Datetime'" if time_ms(value) is not None else _TEXTS


def _kinds(tree: Comparison) -> Sql:
    """The comparison for each kind that its values fit."""
    groups: dict[str, tuple[Value, ...]] = {
        "a.kind = 'Bool'": tuple(v for v in tree.values if isinstance(v, bool)),
        _NUMBERS: tuple(
            v for v in tree.values if isinstance(v, int | float) and not isinstance(v, bool)
        ),
        _TEXTS: tuple(v for v in tree.values if isinstance(v, str)),
    }
    if tree.operator != "STARTS_WITH":
        times = [time_ms(v) for v in tree.values if isinstance(v, str)]
        groups["a.kind = 'Datetime'"] = tuple(t for t in times if t is not None)
    wanted = len(tree.values) if tree.operator == "BETWEEN" else 1
    parts: list[str] = []
    parameters: list[Any] = []
    for kind, values in groups.items():
        if len(values) < wanted:
            continue
        sql, found = _compare("a.value", tree, values)
        parts.append(f"({kind} AND {sql})")
        parameters += found
    return " OR ".join(parts) or "0", parameters


def _not(tree: Not) -> Sql:
    sql, values = condition(tree.part)
    return f"NOT ({sql})", values


def _chain(tree: Chain) -> Sql:
    parts = [condition(part) for part in tree.parts]
    joined = f" {tree.word} ".join(sql for sql, _ in parts)
    return f"({joined})", [value for _, values in parts for value in values]


_OF: Final[dict[type, Callable[[Any], Sql]]] = {
    Comparison: _comparison,
    Not: _not,
    Chain: _chain,
}
