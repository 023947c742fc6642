"""Options of the whole suite, and which process runs what."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

# A busy machine makes no property wrong.
settings.register_profile("duralog", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("duralog")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rewrite` brings every expected text up to date; a reader explains what changed."""
    parser.addoption(
        "--rewrite", action="store_true", help="rewrite expected texts; commit what you can explain"
    )


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """One process has the broker, and all tests that need it; the others share the rest."""
    scheduler: Any = LoadScopeScheduling(config, log)
    scheduler._split_scope = scope_of
    return scheduler


def scope_of(nodeid: str) -> str:
    """Tests of one scope run in one process."""
    needs_broker = nodeid.startswith("tests/integration/") or "[kafka" in nodeid
    return "broker" if needs_broker else nodeid
