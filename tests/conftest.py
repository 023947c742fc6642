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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many recorded events were compared, when some were."""
    reports = terminalreporter.getreports("passed")
    counts = [n for r in reports for name, n in r.user_properties if name == "events compared"]
    if counts:
        terminalreporter.write_line(f"{sum(counts)} events compared in {len(counts)} histories")
