"""Options of the whole suite."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rewrite` brings every expected text up to date; a reader explains what changed."""
    parser.addoption(
        "--rewrite", action="store_true", help="rewrite expected texts; commit what you can explain"
    )
