"""Durations as Temporal's command line writes them."""

from datetime import timedelta

import click
import pytest

from duralog.cli.durations import DURATION


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("500ms", timedelta(milliseconds=500)),
        ("5s", timedelta(seconds=5)),
        ("1m30s", timedelta(seconds=90)),
        ("1.5h", timedelta(minutes=90)),
        ("1d", timedelta(days=1)),
    ],
)
def test_a_duration_is_read(text: str, span: timedelta) -> None:
    assert DURATION.convert(text, None, None) == span


@pytest.mark.parametrize("text", ["", "5", "s", "5 s", "-5s", "5s!"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="no duration such as"):
        DURATION.convert(text, None, None)
