"""`duralog engine`: one slot of the engine or some, kept running."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from duralog.cli.monitor import http_address_option, monitored
from duralog.cli.options import Options, connection_options, pass_options

if TYPE_CHECKING:
    from duralog.orchestrator.supervise import Supervisor

SLOTS_MAX: Final = 64  # Of one command; each is a process with a core's worth of work.


@click.command
@click.option(
    "--slot",
    type=click.IntRange(0, 10_000),
    envvar="DURALOG_SLOT",
    show_envvar=True,
    default=0,
    show_default=True,
    help="Number of the first slot; each runs once in a cluster.",
)
@click.option(
    "--slots",
    type=click.IntRange(1, SLOTS_MAX),
    default=1,
    show_default=True,
    help="How many slots to run here; each is a process that uses up to one core.",
)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="DURALOG_DATA_DIR",
    show_envvar=True,
    default=Path("duralog-data"),
    show_default=True,
    help="Where its index is kept; it is rebuilt when lost.",
)
@http_address_option
@connection_options
@pass_options
def engine(options: Options, slot: int, slots: int, data_dir: Path, http_address: str) -> None:
    """Run engine slots against a cluster, and start each again when it ends.

    The topics must be there: duralog topics apply. A slot serves one namespace, or those that its
    file names: [engine] namespaces = ["default", "orders"]. Slots share the partitions among them,
    also with those of other machines: give these other numbers.

    \b
    Example:
      duralog engine --bootstrap-servers kafka:9092 --slots 4 --data-dir /var/lib/duralog
      duralog engine --slot 4 --slots 4  # on a second machine
    """
    from duralog.cli.connection import connect  # noqa: PLC0415 (the help needs no Kafka)
    from duralog.cli.slot import (  # noqa: PLC0415
        Reporter,
        engine_settings,
        make_directory,
        stop_on_signals,
    )
    from duralog.cli.topics import require_topics  # noqa: PLC0415
    from duralog.orchestrator.supervise import Fleet  # noqa: PLC0415

    connection = connect(options)
    place = make_directory(data_dir)
    numbers = range(slot, slot + slots)
    settings = [engine_settings(connection, data_dir=place, slot=number) for number in numbers]
    for namespace in settings[0].namespaces:
        require_topics(replace(connection, namespace=namespace))
    reporter = Reporter(is_json=options.is_json)
    reporter.event("starting", _banner(numbers, settings[0].bootstrap_servers, place))

    def tell(supervisor: "Supervisor", text: str) -> None:
        reporter.engine(supervisor, text)

    fleet = Fleet(settings, tell=tell)
    stop_on_signals(fleet.stop)
    address = http_address or settings[0].http_address
    with monitored(address, fleet.standings, reporter):
        status = fleet.run()
    reporter.event("stopped", "stopped" if status == 0 else f"stopped, with status {status}")
    sys.exit(status)


def _banner(numbers: range, servers: str, place: Path) -> str:
    which = f"slot {numbers[0]}" if len(numbers) == 1 else f"slots {numbers[0]} to {numbers[-1]}"
    return f"Duralog engine, {which}: Kafka at {servers}, data in {place}; Ctrl-C stops it"
