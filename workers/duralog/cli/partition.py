"""`duralog partition verify`: proves that state is the fold of the log."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from duralog.cli.lazy import Lazy, LazyGroup
from duralog.cli.options import Options, connection_options, pass_options
from duralog.cli.shell import UserError

if TYPE_CHECKING:
    from duralog.cli.verify import Verdict

partition = LazyGroup(
    lazy={
        "verify": Lazy("duralog.cli.partition:verify", "Fold the log and compare"),
    },
    name="partition",
    help="Prove the state of an engine partition.",
)


@click.command
@click.option("--partition", "number", type=click.IntRange(min=0), help="Else all of them.")
@click.option(
    "--state",
    "state_dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A slot's directory, to compare with; its engine may be running.",
)
@connection_options
@pass_options
def verify(options: Options, number: int | None, state_dir: Path | None) -> None:
    """Fold the changelogs of engine partitions from zero, and check what comes out.

    Without --state: is every history free of gaps, and every transaction whole? With --state: is
    what the engine has on its disk, brought up to the end of the log, the same?

    \b
    Example:
      duralog partition verify --state ~/.local/share/duralog/dev/engine/slot-0
    """
    from duralog.cli.connection import connect  # noqa: PLC0415 (the help needs no Kafka)
    from duralog.cli.verify import count_partitions, verify_partition  # noqa: PLC0415

    connection = connect(options)
    count = count_partitions(connection)
    if number is not None and number >= count:
        raise UserError(f"no engine partition {number}: {connection.namespace!r} has {count}")
    chosen = range(count) if number is None else [number]
    verdicts = [verify_partition(connection, p, state_dir) for p in chosen]
    _print(options, verdicts)
    wrong = [verdict.partition for verdict in verdicts if verdict.faults]
    if wrong:
        raise UserError(
            f"partition {', '.join(map(str, wrong))}: the fold is not what it should be"
        )


def _print(options: Options, verdicts: "list[Verdict]") -> None:
    from duralog.cli.output import emit, emit_table  # noqa: PLC0415
    from duralog.cli.render import as_json  # noqa: PLC0415

    if options.is_json:
        for verdict in verdicts:
            emit(as_json(verdict))
        return
    columns = ("partition", "transactions", "records", "runs", "digest", "state")
    rows = [
        (
            verdict.partition,
            verdict.seq,
            verdict.records,
            verdict.runs,
            verdict.digest[:12],
            "; ".join(verdict.faults) or verdict.compared or "whole",
        )
        for verdict in verdicts
    ]
    emit_table(columns, rows)
