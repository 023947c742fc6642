"""`duralog upgrade status` and `finalize`: the feature level of the engine partitions.

Each partition's owner is asked through the log, as clients ask it for anything. `finalize` asks all
before it raises the first: one engine that knows too little leaves everything as it is.
"""

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final

import click

from duralog.cli.lazy import Lazy, LazyGroup
from duralog.cli.options import Options, connection_options, pass_options
from duralog.cli.shell import UserError

if TYPE_CHECKING:
    from duralog.connectors.channel import Channel
    from duralog.schemas.replies import Reply
    from duralog.schemas.transitions import FeatureLevel

ANSWER_MS: Final = 20_000  # A partition may be changing hands.
IDENTITY: Final = "duralog-upgrade"

upgrade = LazyGroup(
    lazy={
        "status": Lazy("duralog.cli.upgrade:status", "Show the levels of all partitions"),
        "finalize": Lazy("duralog.cli.upgrade:finalize", "Raise them; there is no way back"),
    },
    name="upgrade",
    help="Let engines use what a new version brings.",
)


@click.command
@connection_options
@pass_options
def status(options: Options) -> None:
    """Show the feature level of each engine partition, and what its engine knows.

    \b
    Example:
      duralog upgrade status
    """
    _print(options, _with_channel(options, lambda channel: _set(channel, 0)))


@click.command
@connection_options
@pass_options
def finalize(options: Options) -> None:
    """Raise all engine partitions to the highest level that all their engines know.

    From then on older engines refuse them. Do it when every engine runs the new version and you do
    not want to go back.

    \b
    Example:
      duralog upgrade finalize
    """

    def run(channel: "Channel") -> "list[FeatureLevel]":
        found = _set(channel, 0)
        level = min(one.known for one in found)
        if any(one.level > level for one in found):
            raise UserError(f"an engine knows levels up to {level} only; upgrade it first")
        return _set(channel, level)

    _print(options, _with_channel(options, run))


def _with_channel(
    options: Options, ask: "Callable[[Channel], list[FeatureLevel]]"
) -> "list[FeatureLevel]":
    from duralog.cli.connection import connect  # noqa: PLC0415 (the help needs no Kafka)
    from duralog.connectors.channel import Channel, ChannelError  # noqa: PLC0415

    connection = connect(options)
    channel = Channel(connection.settings, names=connection.names, identity=IDENTITY)
    try:
        channel.start()
        return ask(channel)
    except ChannelError as error:
        raise UserError(str(error)) from None
    finally:
        channel.close()


def _set(channel: "Channel", level: int) -> "list[FeatureLevel]":
    """Ask every partition for `level` (0: as it is); how each is then. Raises UserError."""
    from duralog.schemas.codec import decode  # noqa: PLC0415
    from duralog.schemas.requests import SetFeatureLevel  # noqa: PLC0415

    calls: list[Future[Reply]] = [
        channel.call(
            SetFeatureLevel(workflow_id="", level=level), timeout_ms=ANSWER_MS, partition=number
        )
        for number in range(channel.partitions)
    ]
    found: list[FeatureLevel] = []
    for call in calls:
        reply = call.result()
        if reply.code != "OK":
            raise UserError(reply.text)
        found.append(decode(reply.body[0]))
    return found


def _print(options: Options, levels: "list[FeatureLevel]") -> None:
    from duralog.cli.output import emit, emit_table  # noqa: PLC0415
    from duralog.schemas.levels import LEVELS  # noqa: PLC0415

    rows = [
        {"partition": number, "level": one.level, "known": one.known}
        for number, one in enumerate(levels)
    ]
    if options.is_json:
        for row in rows:
            emit(row)
        return
    cells = [(*row.values(), LEVELS.get(row["level"], "of a newer version")) for row in rows]
    emit_table(("partition", "level", "known", ""), cells)
