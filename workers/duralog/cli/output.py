"""Writes data to stdout, as text or JSON, and progress to stderr."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from duralog.cli.render import line


def say(text: str) -> None:
    """A word to the person at the terminal: on stderr, so that stdout holds data only."""
    print(text, file=sys.stderr, flush=True)


def emit(document: Any) -> None:
    """One line of JSON on stdout, at once."""
    print(line(document), flush=True)


def emit_fields(document: dict[str, Any], *, as_json: bool) -> None:  # Any: JSON.
    """An object: as JSON, or one `name  value` a line without what is empty."""
    if as_json:
        emit(document)
        return
    shown = {name: value for name, value in document.items() if value not in (None, "", [], {})}
    width = max((len(name) for name in shown), default=0)
    for name, value in shown.items():
        text = value if isinstance(value, str) else line(value)
        print(f"{name:<{width}}  {text}")


def emit_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table in plain text: columns as wide as their cells, the last one as long as it is."""
    cells = [[str(cell) for cell in row] for row in [columns, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns) - 1)]
    for row in cells:
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        print("  ".join([*padded, row[-1]]).rstrip())
