"""Spans of time as Temporal's command line writes them: `500ms`, `5s`, `1m30s`, `2h`, `1d`."""

import re
from datetime import timedelta
from typing import Final

import click

PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
UNITS: Final = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


class Duration(click.ParamType[timedelta]):
    """A click type for spans."""

    name = "duration"

    def convert(
        self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """The span that `value` writes."""
        if isinstance(value, timedelta):
            return value
        parts = PART.findall(value)
        if not parts or "".join(number + unit for number, unit in parts) != value:
            self.fail(f"{value!r} is no duration such as 5s, 1m30s or 500ms", param, ctx)
        return sum((UNITS[unit] * float(number) for number, unit in parts), timedelta())


DURATION: Final = Duration()
