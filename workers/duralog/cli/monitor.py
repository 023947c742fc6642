"""`--http-address` of the commands that run an engine."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from duralog.cli.slot import Reporter

if TYPE_CHECKING:
    from duralog.orchestrator.health import Standing

http_address_option = click.option(
    "--http-address",
    metavar="HOST:PORT",
    default="",
    help="Serve /healthz, /readyz and /metrics there, without asking who is asking.",
)


@contextmanager
def monitored(
    address: str, standings: "Callable[[], Sequence[Standing]]", reporter: Reporter
) -> Generator[None]:
    """Serve health and metrics of these slots meanwhile; nothing without an address."""
    if not address:
        yield
        return
    from duralog.connectors.monitor import Address, MonitorServer  # noqa: PLC0415
    from duralog.orchestrator.health import EngineProbe  # noqa: PLC0415

    server = MonitorServer(Address.parse(address), EngineProbe(standings))
    host, port = server.address
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    reporter.event("monitoring", f"health and metrics: {url}", url=url)
    try:
        yield
    finally:
        server.close()
