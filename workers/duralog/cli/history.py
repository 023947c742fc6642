"""`duralog history tail`: the public record of every Event, as lines."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import click

from duralog.cli.lazy import Lazy, LazyGroup
from duralog.cli.options import Options, connection_options, pass_options

if TYPE_CHECKING:
    from duralog.connectors.broker import Record
    from duralog.connectors.tail import Start

RELATIVE: Final = re.compile(r"(\d+)(s|m|h|d)")
UNITS_MS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}

history = LazyGroup(
    lazy={
        "tail": Lazy("duralog.cli.history:tail", "Print events as they are committed"),
    },
    name="history",
    help="Read the public record of all events.",
)


@click.command
@click.option(
    "--from",
    "start",
    default="latest",
    show_default=True,
    metavar="PLACE",
    help="earliest, latest, an offset, an age (10m), or a time (2026-11-22T13:00:00Z).",
)
@click.option("--workflow-id", "-w", help="Only events of this Workflow ID.")
@click.option("--follow/--no-follow", default=True, help="Go on, or stop at the end.")
@click.option("--limit", type=click.IntRange(min=1), help="Stop after so many events.")
@connection_options
@pass_options
def tail(
    options: Options, start: str, workflow_id: str | None, follow: bool, limit: int | None
) -> None:
    """Print the events of a namespace, one JSON object a line.

    Committed events only, each exactly once, in order within a Workflow Execution.

    \b
    Example:
      duralog history tail --from earliest --no-follow | jq -r .type | sort | uniq -c
    """
    from duralog.cli.connection import connect  # noqa: PLC0415 (the help needs no Kafka)
    from duralog.cli.output import emit  # noqa: PLC0415
    from duralog.connectors.tail import tail as read  # noqa: PLC0415
    from duralog.schemas.identifiers import partition_of  # noqa: PLC0415

    connection = connect(options)
    place = parse_start(start)
    records = read(
        connection.settings.of("data-team"),
        connection.names.of("history"),
        start=place,
        follow=follow,
        choose=partial(partition_of, workflow_id) if workflow_id else None,
    )
    for event in islice(_events(records, workflow_id), limit):
        emit(event)


def parse_start(text: str) -> "Start":
    """The place that `--from` names. Raises click.BadParameter."""
    from duralog.connectors.clock import now_ms  # noqa: PLC0415
    from duralog.connectors.tail import Start  # noqa: PLC0415

    if text == "earliest":
        return Start.earliest()
    if text == "latest":
        return Start.latest()
    if text.isdecimal():
        return Start.at_offset(int(text))
    age = RELATIVE.fullmatch(text)
    if age:
        return Start.at_time(now_ms() - int(age[1]) * UNITS_MS[age[2]])
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is none of earliest, latest, an offset, an age such as 10m, or an ISO time",
            param_hint="--from",
        ) from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Start.at_time((aware - datetime.fromtimestamp(0, tz=UTC)) // timedelta(milliseconds=1))


def _events(records: Iterator["Record"], workflow_id: str | None) -> Iterator[dict[str, Any]]:
    """Events as JSON, with their place in the log; tombstones (of retention) are no events."""
    from duralog.cli.render import record_as_json  # noqa: PLC0415
    from duralog.schemas import codec  # noqa: PLC0415

    for record in records:
        if record.value is None:
            continue
        event = codec.decode(record.value)
        if workflow_id is not None and event.workflow_id != workflow_id:
            continue
        yield {
            **record_as_json(event),
            "partition": record.partition,
            "offset": record.offset,
        }
