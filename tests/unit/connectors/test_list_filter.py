"""The list filter: what is read, what is refused where, and that SQL finds what the filter says."""

import operator
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from duralog.connectors.visibility.filter import (
    COMPARISONS_MAX,
    LENGTH_MAX,
    Chain,
    Comparison,
    Not,
    Tree,
    parse,
)
from duralog.connectors.visibility.sql import condition
from duralog.connectors.visibility.values import FilterError

NEW = 1_793_491_200_000  # 2026-11-01T00:00:00Z


def test_a_query_is_read_as_it_is_written() -> None:
    query = (
        "WorkflowType = 'It''s' and not (ExecutionStatus IN (\"Running\", 'timedOut') or N > -1)"
    )
    assert parse(query).tree == Chain(
        "AND",
        (
            Comparison("WorkflowType", "=", ("It's",)),
            Not(
                Chain(
                    "OR",
                    (
                        Comparison("ExecutionStatus", "IN", ("RUNNING", "TIMED_OUT")),
                        Comparison("N", ">", (-1,)),
                    ),
                )
            ),
        ),
    )


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("StartTime >= '2026-11-01'", Comparison("StartTime", ">=", (NEW,))),
        ("StartTime >= '2026-11-01T01:00:00+01:00'", Comparison("StartTime", ">=", (NEW,))),
        ("CloseTime IS NOT NULL", Comparison("CloseTime", "IS NULL", (), True)),
        ("HistoryLength BETWEEN 1 AND 9", Comparison("HistoryLength", "BETWEEN", (1, 9))),
        ("WorkflowId NOT STARTS_WITH 'a'", Comparison("WorkflowId", "STARTS_WITH", ("a",), True)),
        ("`Start Times` = 1.5e3", Comparison("Start Times", "=", (1500.0,))),
        ("Paid != TRUE", Comparison("Paid", "!=", (True,))),
        ("", None),
    ],
)
def test_each_operator_is_read(query: str, tree: Tree | None) -> None:
    assert parse(query).tree == tree


def test_a_count_may_be_grouped() -> None:
    assert parse("GROUP BY ExecutionStatus").grouped
    assert parse("A = 1 group by ExecutionStatus").tree == Comparison("A", "=", (1,))


@pytest.mark.parametrize(
    ("query", "position", "column", "text"),
    [
        ("WorkflowTyp = 'a'", 1, "WorkflowTyp", "is it WorkflowType?"),
        ("A = 1 AND starttime > '2026'", 11, "starttime", "is it StartTime?"),
        ("StartTime > 'soon'", 13, "StartTime", "is no time such as"),
        ("StartTime STARTS_WITH '2'", 23, "StartTime", "no STARTS_WITH"),
        ("WorkflowId = 7", 14, "WorkflowId", "a text in quotes"),
        ("HistoryLength > 1.5", 17, "HistoryLength", "a whole number"),
        ("ExecutionStatus = 'Runs'", 19, "ExecutionStatus", "is none of Running"),
        ("ExecutionStatus > 'Running'", 19, "ExecutionStatus", "has no order"),
        ("A STARTS_WITH 1", 15, "A", "needs a text"),
        ("A = 99999999999999999999", 5, "A", "a whole number"),
        ("A = 1e999", 5, "A", "too large"),
        ("A > true", 5, "A", "no order"),
        ("A = 'open", 5, "", "closing quote"),
        ("A = 1 ORDER BY StartTime", 7, "", "leave ORDER BY out"),
        ("A = 1 B = 2", 7, "", "expected AND, OR or the end"),
        ("A", 2, "", "expected =,"),
        ("A = ", 4, "", "expected a value"),
        ("(A = 1", 7, "", "expected )"),
        ("A = 1;", 6, "", "unknown sign"),
        ("GROUP BY WorkflowType", 10, "", "knows ExecutionStatus only"),
        ("A = '\ud800'", 6, "", "Unicode"),
        ("(" * 60 + "A = 1" + ")" * 60, 52, "", "nested"),
        ("A = 1" + " OR A = 1" * COMPARISONS_MAX, 1801, "", "more than 200 conditions"),
        (" " * (LENGTH_MAX + 1), 1, "", "the limit is"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(
    query: str, position: int, column: str, text: str
) -> None:
    with pytest.raises(FilterError, match="invalid query at character") as error:
        parse(query)
    assert (error.value.position, error.value.column) == (position, column)
    assert text in str(error.value)


@given(st.text(max_size=60) | st.text("AND OR()='\"1 Not in", max_size=60))
def test_no_text_breaks_the_reader(query: str) -> None:
    position = 1
    try:
        condition(parse(query).tree)
    except FilterError as error:
        position = error.position
    assert 1 <= position <= len(query) + 1


# What SQL finds, against the same said in Python.

TEXTS = st.text("ab'%_\u00e9\U0001f600", max_size=3)
NUMBERS = st.integers(-3, 3) | st.sampled_from([0.5, -1.5])
TIMES = st.sampled_from(["2026-11-01", "2026-11-02T00:00:00Z"])
Row = dict[str, Any]
ROWS = st.fixed_dictionaries(
    {
        "WorkflowId": TEXTS,
        "ParentWorkflowId": st.none() | TEXTS,
        "HistoryLength": st.integers(0, 3),
        "Attribute": st.none()
        | st.tuples(st.just("Keyword"), st.lists(TEXTS, min_size=1, max_size=1))
        | st.tuples(st.just("KeywordList"), st.lists(TEXTS, min_size=1, max_size=3))
        | st.tuples(st.just("Double"), st.lists(NUMBERS, min_size=1, max_size=1)),
    }
)
ORDERED = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])


def written(value: object) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def comparisons(column: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    negated = st.sampled_from(["", "NOT "])
    text = values.map(written)
    return st.one_of(
        st.builds(lambda o, v: f"{column} {o} {v}", ORDERED, text),
        st.builds(
            lambda n, v: f"{column} {n}IN ({', '.join(v)})",
            negated,
            st.lists(text, min_size=1, max_size=3),
        ),
        st.builds(lambda n, a, b: f"{column} {n}BETWEEN {a} AND {b}", negated, text, text),
        st.builds(lambda n: f"{column} IS {n}NULL", negated),
    )


LEAVES = st.one_of(
    comparisons("WorkflowId", TEXTS),
    comparisons("ParentWorkflowId", TEXTS),
    comparisons("HistoryLength", st.integers(-1, 4)),
    comparisons("Attribute", TEXTS),
    comparisons("Attribute", NUMBERS),
    TEXTS.map(lambda v: f"WorkflowId STARTS_WITH {written(v)}"),
    TEXTS.map(lambda v: f"Attribute NOT STARTS_WITH {written(v)}"),
)
QUERIES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("{} OR {}".format, inner, inner),
        st.builds("NOT ({})".format, inner),
    ),
    max_leaves=6,
)
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def says(tree: Tree, row: Row) -> bool:
    """What the filter means, in Python."""
    if isinstance(tree, Not):
        return not says(tree.part, row)
    if isinstance(tree, Chain):
        return (all if tree.word == "AND" else any)(says(part, row) for part in tree.parts)
    value = row[tree.column]
    if tree.operator == "IS NULL":
        return (value is not None) if tree.negated else (value is None)
    values = [] if value is None else value[1] if tree.column == "Attribute" else [value]
    values = [v for v in values if isinstance(v, str) == isinstance(tree.values[0], str)]
    if not values:
        return False
    if tree.operator == "!=":
        return not any(v == tree.values[0] for v in values)
    return any(holds(tree, v) for v in values) != tree.negated


def holds(tree: Comparison, value: Any) -> bool:
    if tree.operator == "IN":
        return value in tree.values
    if tree.operator == "BETWEEN":
        return bool(tree.values[0] <= value <= tree.values[1])
    if tree.operator == "STARTS_WITH":
        return bool(value.startswith(tree.values[0]))
    return COMPARE[tree.operator](value, tree.values[0])


@given(QUERIES, st.lists(ROWS, max_size=4))
@example("Attribute NOT IN ('a', 'b')", [])
def test_sql_finds_what_the_filter_says(query: str, rows: list[Row]) -> None:
    tree = parse(query).tree
    assert tree is not None
    database = sqlite3.connect(":memory:")
    database.execute(
        "CREATE TABLE runs (run_id, workflow_id TEXT, parent_workflow_id TEXT,"
        " history_length INTEGER)"
    )
    database.execute("CREATE TABLE attributes (run_id, name, kind, value)")
    for number, row in enumerate(rows):
        plain = (row["WorkflowId"], row["ParentWorkflowId"], row["HistoryLength"])
        database.execute("INSERT INTO runs VALUES (?, ?, ?, ?)", (number, *plain))
        kind, values = row["Attribute"] or ("", [])
        for value in values:
            database.execute(
                "INSERT INTO attributes VALUES (?, 'Attribute', ?, ?)", (number, kind, value)
            )
    sql, parameters = condition(tree)
    found = database.execute(f"SELECT run_id FROM runs WHERE {sql}", parameters).fetchall()
    database.close()
    assert [n for (n,) in found] == [n for n, row in enumerate(rows) if says(tree, row)]
