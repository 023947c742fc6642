"""The list filter: a small part of Temporal's, read into a tree. Pure.

    WorkflowType = 'Order' AND (ExecutionStatus = "Running" OR CloseTime > '2026-11-22T13:00:00Z')

Operators: = != < <= > >=, IN (…), BETWEEN … AND …, STARTS_WITH, IS NULL, each of the last four
with NOT; AND, OR, NOT and parentheses. Values: texts in single or double quotes (a doubled one
stands for itself), numbers, true, false. A name that is no column is a search attribute, also one
in `backticks`. A count may end with GROUP BY ExecutionStatus.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal, NamedTuple

from duralog.connectors.visibility.values import COLUMNS, FilterError, Literals, check

LENGTH_MAX: Final = 10_000  # Characters; a longer query was not written by a person.
COMPARISONS_MAX: Final = 200  # SQLite parses a chain of 1,000; a comparison may be several of them.
NESTING_MAX: Final = 50  # Of parentheses and NOT; well below Python's recursion limit.
_WORDS: Final = frozenset(
    {"AND", "OR", "NOT", "IN", "BETWEEN", "IS", "NULL", "STARTS_WITH", "GROUP", "ORDER", "BY"}
)
_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")
      | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])
      | (?P<name>[A-Za-z_]\w*|`[^`]+`)
      | (?P<sign><=|>=|!=|=|<|>|\(|\)|,)
    )""",
    re.VERBOSE,
)
Operator = Literal["=", "!=", "<", "<=", ">", ">=", "IN", "BETWEEN", "STARTS_WITH", "IS NULL"]
_SIGNS: Final[dict[str, Operator]] = {
    "=": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=",
}  # fmt: skip


@dataclass(slots=True, frozen=True)
class Comparison:
    """One condition. values: one, two of BETWEEN, any of IN, none of IS NULL."""

    column: str
    operator: Operator
    values: Literals
    negated: bool = False


@dataclass(slots=True, frozen=True)
class Not:
    """The opposite."""

    part: "Tree"


@dataclass(slots=True, frozen=True)
class Chain:
    """All of the parts, or any of them."""

    word: Literal["AND", "OR"]
    parts: tuple["Tree", ...]


Tree = Comparison | Not | Chain


@dataclass(slots=True, frozen=True)
class Filter:
    """A query. tree: None matches all. grouped: by status."""

    tree: Tree | None = None
    grouped: bool = False


class _Token(NamedTuple):
    """kind: text, number, name, word, sign or end. position: 1-based, of its first character."""

    kind: str
    text: str
    position: int


def parse(query: str) -> Filter:
    """The filter that `query` writes. Raises FilterError."""
    if len(query) > LENGTH_MAX:
        raise FilterError(f"{len(query)} characters, the limit is {LENGTH_MAX}", 1)
    try:
        query.encode()
    except UnicodeEncodeError as error:
        raise FilterError("this is not valid Unicode", error.start + 1) from None
    return _Parser(_tokens(query)).filter()


def _tokens(query: str) -> list[_Token]:
    found: list[_Token] = []
    at, end = 0, len(query.rstrip())
    while at < end:
        match = _TOKEN.match(query, at)
        if match is None:
            at += len(query[at:]) - len(query[at:].lstrip())
            what = "a text without its closing quote" if query[at] in "'\"" else "an unknown sign"
            raise FilterError(f"{what}: {query[at : at + 20]}", at + 1)
        kind = match.lastgroup or ""
        text, position = match[kind], match.start(kind) + 1
        if kind == "name" and text.upper() in _WORDS:
            kind, text = "word", text.upper()
        if text.startswith("`"):
            kind, text = "quoted", text.strip("`")
        found.append(_Token(kind, text, position))
        at = match.end()
    found.append(_Token("end", "the end", end + 1))
    return found


class _Parser:
    """Reads tokens from left to right; each method takes what it names."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._comparisons = 0

    def filter(self) -> Filter:
        """All of it."""
        first = self._next
        tree = None if first.kind == "end" or first.text == "GROUP" else self._chain("OR", 0)
        grouped = self._took("GROUP")
        if grouped:
            self._expect("BY")
            column = self._take()
            if column.text != "ExecutionStatus":
                raise FilterError("GROUP BY knows ExecutionStatus only", column.position)
        if self._next.text == "ORDER" and self._next.kind == "word":
            hint = "lists are ordered: open ones first, then the newest; leave ORDER BY out"
            raise FilterError(hint, self._next.position)
        if self._next.kind != "end":
            raise self._unexpected("AND, OR or the end")
        return Filter(tree, grouped)

    def _chain(self, word: Literal["AND", "OR"], depth: int) -> Tree:
        part = self._part if word == "AND" else self._all
        parts = [part(depth)]
        while self._took(word):
            parts.append(part(depth))
        return parts[0] if len(parts) == 1 else Chain(word, tuple(parts))

    def _all(self, depth: int) -> Tree:
        return self._chain("AND", depth)

    def _part(self, depth: int) -> Tree:
        if depth > NESTING_MAX:
            raise FilterError(f"nested deeper than {NESTING_MAX}", self._next.position)
        if self._took("NOT"):
            return Not(self._part(depth + 1))
        if self._took("("):
            inner = self._chain("OR", depth + 1)
            self._expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Comparison:
        token = self._next
        if token.kind not in ("name", "quoted"):
            raise self._unexpected("a column")
        self._take()
        self._comparisons += 1
        if self._comparisons > COMPARISONS_MAX:
            raise FilterError(f"more than {COMPARISONS_MAX} conditions", token.position)
        column = _column(token)
        sign = _SIGNS.get(self._next.text) if self._next.kind == "sign" else None
        if sign is not None:
            self._take()
            return Comparison(column, sign, check(column, sign, [self._value()]))
        if self._took("IS"):
            negated = self._took("NOT")
            self._expect("NULL")
            return Comparison(column, "IS NULL", (), negated)
        negated = self._took("NOT")
        operator, values = self._worded()
        return Comparison(column, operator, check(column, operator, values), negated)

    def _worded(self) -> tuple[Operator, list[tuple[str, str, int]]]:
        if self._took("STARTS_WITH"):
            return "STARTS_WITH", [self._value()]
        if self._took("BETWEEN"):
            low = self._value()
            self._expect("AND")
            return "BETWEEN", [low, self._value()]
        if self._took("IN"):
            self._expect("(")
            values = [self._value()]
            while self._took(","):
                values.append(self._value())
            self._expect(")")
            return "IN", values
        raise self._unexpected("=, !=, <, <=, >, >=, IN, BETWEEN, STARTS_WITH or IS")

    def _value(self) -> tuple[str, str, int]:
        token = self._next
        is_bool = token.kind == "name" and token.text.lower() in ("true", "false")
        if token.kind not in ("text", "number") and not is_bool:
            raise self._unexpected("a value: 'text', a number, true or false")
        self._take()
        return ("bool" if is_bool else token.kind), token.text, token.position

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._next
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _took(self, text: str) -> bool:
        """Take the next token if it is that word or sign."""
        if self._next.kind not in ("word", "sign") or self._next.text != text:
            return False
        self._at += 1
        return True

    def _expect(self, text: str) -> None:
        if not self._took(text):
            raise self._unexpected(text)

    def _unexpected(self, wanted: str) -> FilterError:
        return FilterError(f"expected {wanted}, found {self._next.text}", self._next.position)


def _column(token: _Token) -> str:
    """The name, if it is a column or can be a search attribute. A slip of the pen is told."""
    if token.text in COLUMNS or token.kind == "quoted":
        return token.text
    close = [c for c in COLUMNS if c.lower() == token.text.lower()]
    close += get_close_matches(token.text, COLUMNS, n=1, cutoff=0.85)
    if close:
        text = f"no column {token.text}; is it {close[0]}?"
        raise FilterError(text, token.position, column=token.text)
    return token.text
