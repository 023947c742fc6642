"""Options of the whole suite."""

import pytest
from hypothesis import HealthCheck, settings

# A busy machine makes no property wrong.
settings.register_profile("duralog", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("duralog")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rewrite` brings every expected text up to date; a reader explains what changed."""
    parser.addoption(
        "--rewrite", action="store_true", help="rewrite expected texts; commit what you can explain"
    )
