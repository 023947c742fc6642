"""`duralog engine`: one slot of the engine, kept running."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from duralog.cli.options import Options, connection_options, pass_options


@click.command
@click.option(
    "--slot",
    type=click.IntRange(0, 10_000),
    envvar="DURALOG_SLOT",
    show_envvar=True,
    default=0,
    show_default=True,
    help="Number of this slot; each runs once in a cluster.",
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
@connection_options
@pass_options
def engine(options: Options, slot: int, data_dir: Path) -> None:
    """Run one engine slot against a cluster, and start it again when it ends.

    The topics must be there: duralog topics apply. A slot serves one namespace, or those that its
    file names: [engine] namespaces = ["default", "orders"].

    \b
    Example:
      duralog engine --bootstrap-servers kafka:9092 --slot 0 --data-dir /var/lib/duralog
    """
    from duralog.cli.connection import connect  # noqa: PLC0415 (the help needs no Kafka)
    from duralog.cli.slot import (  # noqa: PLC0415
        Reporter,
        engine_settings,
        make_directory,
        stop_on_signals,
    )
    from duralog.cli.topics import require_topics  # noqa: PLC0415
    from duralog.orchestrator.supervise import Supervisor  # noqa: PLC0415

    connection = connect(options)
    settings = engine_settings(connection, data_dir=make_directory(data_dir), slot=slot)
    for namespace in settings.namespaces:
        require_topics(replace(connection, namespace=namespace))
    reporter = Reporter(is_json=options.is_json)

    def tell(text: str) -> None:
        reporter.engine(supervisor, text)

    supervisor = Supervisor(settings, tell=tell)
    stop_on_signals(supervisor)
    sys.exit(supervisor.run())
