"""`duralog dev`: Kafka and an engine on this machine, with one command.

Order: directory, broker (or the one that is named), topics, engine. What was started is ended in
the opposite order, whatever happens in between.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from duralog.cli.monitor import http_address_option, monitored
from duralog.cli.options import Options, connection_options, pass_options

if TYPE_CHECKING:
    from duralog.cli.connection import Connection
    from duralog.cli.slot import Reporter
    from duralog.orchestrator.supervise import Supervisor

PARTITIONS: Final = 2  # Two cores' worth; more cost each transaction some milliseconds.

BANNER: Final = """
Duralog for development: one broker without authentication, one engine slot.

  Kafka     {bootstrap_servers}{version}
  Topics    {topics}*, {partitions} engine partitions
  Engine    slot 0, process {engine_pid}
  Data      {data_dir}

In another terminal:
{where}  python examples/greeting/service.py & python examples/greeting/worker.py{kafka}
  duralog workflow execute --type GreetSomeone --task-queue greeting-tasks --input '"Ada"'
  duralog history tail --from earliest

Ctrl-C stops it; the data stays.
"""


def data_directory(environ: Mapping[str, str]) -> Path:
    """Where data is kept over restarts, by the XDG base directory specification."""
    base = environ.get("XDG_DATA_HOME", "")
    home = Path(base) if Path(base).is_absolute() else Path.home() / ".local" / "share"
    return home / "duralog" / "dev"


@click.command
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=9092,
    show_default=True,
    help="Of the broker; 0 for a free one.",
)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where data is kept over restarts (~/.local/share/duralog/dev).",
)
@click.option(
    "--partitions",
    type=click.IntRange(1, 256),
    default=PARTITIONS,
    show_default=True,
    help="Engine partitions of a new namespace.",
)
@http_address_option
@connection_options
@pass_options
def dev(
    options: Options, port: int, data_dir: Path | None, partitions: int, http_address: str
) -> None:
    """Start Kafka and an engine on this machine; Ctrl-C ends them.

    With --bootstrap-servers the brokers there are used, and none is started. With --output json,
    what happens is told on stdout, one event a line.

    \b
    Example:
      duralog dev --port 9092
    """
    from duralog.cli.connection import connect  # noqa: PLC0415 (the help needs no Kafka)
    from duralog.cli.slot import Reporter, make_directory  # noqa: PLC0415

    place = make_directory(data_dir or data_directory(os.environ))
    connection = connect(options)
    reporter = Reporter(is_json=options.is_json)
    with ExitStack() as stack:
        facts: dict[str, Any] = {"data_dir": str(place), "version": "", "broker_pid": None}
        if "bootstrap.servers" not in connection.kafka:
            kafka = _start_broker(stack, place, port, reporter)
            facts |= kafka
            servers = {"bootstrap.servers": kafka["bootstrap_servers"]}
            connection = replace(connection, kafka={**connection.kafka, **servers})
        facts["partitions"] = _create_topics(connection, partitions)
        facts["http_address"] = http_address
        status = _run_engine(connection, place, reporter, facts)
        reporter.event("stopping", "stopping")
    sys.exit(status)


def _start_broker(stack: ExitStack, place: Path, port: int, reporter: "Reporter") -> dict[str, Any]:
    """Start Kafka for as long as `stack` is open; returns what there is to tell of it."""
    from duralog.connectors.embedded import KAFKA_VERSION, EmbeddedKafka  # noqa: PLC0415

    def progress(text: str) -> None:
        reporter.event("starting", text)

    kafka = stack.enter_context(
        EmbeddedKafka(data_dir=place / "kafka", port=port, progress=progress)
    )
    return {
        "bootstrap_servers": kafka.bootstrap_servers,
        "version": f" (Apache Kafka {KAFKA_VERSION}, process {kafka.pid})",
        "broker_pid": kafka.pid,
    }


def _create_topics(connection: "Connection", partitions: int) -> int:
    """Create the topics that are missing; returns the number of engine partitions."""
    from duralog.cli.topics import apply_topics, sizes_of  # noqa: PLC0415

    return apply_topics(connection, replace(sizes_of(connection), partitions=partitions))


def _run_engine(
    connection: "Connection", place: Path, reporter: "Reporter", facts: dict[str, Any]
) -> int:
    """Run the slot until a signal ends it; prints the banner when it serves for the first time."""
    from duralog.cli.slot import engine_settings, stop_on_signals  # noqa: PLC0415
    from duralog.orchestrator.supervise import Supervisor  # noqa: PLC0415

    facts["bootstrap_servers"] = connection.bootstrap_servers
    facts["topics"] = connection.names.of("history").removesuffix("history")
    is_told = False

    def tell(text: str) -> None:
        nonlocal is_told
        reporter.engine(supervisor, text)
        if supervisor.ready.is_set() and not is_told:
            is_told = True
            _tell_ready(reporter, supervisor, facts)

    # The slot's good news is told here, in words; only its trouble is worth a line of log.
    os.environ.setdefault("DURALOG_LOG_LEVEL", "WARNING")
    supervisor = Supervisor(engine_settings(connection, data_dir=place / "engine"), tell=tell)
    stop_on_signals(supervisor.stop)
    with monitored(facts["http_address"], lambda: [supervisor.standing()], reporter):
        return supervisor.run()


def _tell_ready(reporter: "Reporter", supervisor: "Supervisor", facts: dict[str, Any]) -> None:
    known = {**facts, "engine_pid": supervisor.pid}
    reporter.event("ready", banner(known), **known)


def banner(facts: Mapping[str, Any]) -> str:
    """What there is, and what to type next: with the brokers' address, unless it is the usual."""
    servers = str(facts["bootstrap_servers"])
    is_usual = servers in ("localhost:9092", "127.0.0.1:9092")
    where = "" if is_usual else f"  export DURALOG_BOOTSTRAP_SERVERS={servers}\n"
    kafka = "" if is_usual else f" --kafka {servers}"
    return BANNER.format(**facts, where=where, kafka=kafka)
