"""`duralog topics plan` and `apply`: what a namespace needs, and what is there."""

from typing import TYPE_CHECKING, Any

import click

from duralog.cli.doctor import require_healthy
from duralog.cli.lazy import Lazy, LazyGroup
from duralog.cli.options import Options, connection_options, pass_options
from duralog.cli.shell import UserError
from duralog.cli.workflow_options import Decorated

if TYPE_CHECKING:
    from duralog.cli.connection import Connection
    from duralog.connectors.admin import TopicState
    from duralog.connectors.topic_plan import TopicSizes

topics = LazyGroup(
    lazy={
        "plan": Lazy("duralog.cli.topics:plan", "Show what is needed and what is there"),
        "apply": Lazy("duralog.cli.topics:apply", "Create what is missing"),
    },
    name="topics",
    help="Show and create the topics of a namespace.",
)


def size_options(command: Decorated) -> Decorated:
    """What an operator chooses; else the table [topics] of the settings file says it."""
    for decorate in (
        click.option("--min-insync", type=int, help="min.insync.replicas; else the brokers'."),
        click.option(
            "--replication", type=int, help="Replicas of each; else the brokers' default."
        ),
        click.option("--ingress-partitions", type=int, help="Of ingress; else as many as P."),
        click.option("--inbox-partitions", type=int, help="Of the inbox (8)."),
        click.option("--partitions", type=click.IntRange(1, 256), help="P, for ever (8)."),
    ):
        command = decorate(command)
    return command


def sizes_of(connection: "Connection", flags: dict[str, int | None] | None = None) -> "TopicSizes":
    """Sizes from the flags, else from the file, else the defaults. Raises UserError."""
    from duralog.connectors.topic_plan import TopicSizes  # noqa: PLC0415 (the help needs none)

    table: dict[str, Any] = connection.document.get("topics", {})
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    try:
        return TopicSizes(**{**table, **given})
    except TypeError as error:
        raise UserError(f"[topics]: {error}") from None


@click.command
@size_options
@connection_options
@pass_options
def plan(options: Options, /, **flags: int | None) -> None:
    """Show the topics of a namespace: what is needed, and how what is there differs.

    \b
    Example:
      duralog topics plan --namespace orders --partitions 8
    """
    from duralog.cli.connection import connect  # noqa: PLC0415 (the help needs no Kafka)
    from duralog.connectors.admin import plan as compare  # noqa: PLC0415

    connection = connect(options)
    states = compare(connection.settings, connection.names, sizes_of(connection, flags))
    _print(options, states)
    require_chosen_partitions(states, flags["partitions"])


@click.command
@size_options
@connection_options
@pass_options
def apply(options: Options, /, **flags: int | None) -> None:
    """Create the topics of a namespace that are missing; change none that is there.

    \b
    Example:
      duralog topics apply --namespace orders --partitions 8 --replication 3
    """
    from duralog.cli.connection import connect  # noqa: PLC0415 (the help needs no Kafka)
    from duralog.connectors.admin import apply as create  # noqa: PLC0415
    from duralog.connectors.admin import plan as compare  # noqa: PLC0415

    connection = connect(options)
    sizes = sizes_of(connection, flags)
    found = compare(connection.settings, connection.names, sizes)
    require_chosen_partitions(found, flags["partitions"])
    states = create(connection.settings, connection.names, sizes)
    _print(options, states, missing="created")


def require_chosen_partitions(states: "list[TopicState]", chosen: int | None) -> None:
    """Raise UserError when a flag asks for another number of engine partitions than there is."""
    anchor = next(state for state in states if state.plan.kind == "requests")
    if chosen and anchor.partitions and chosen != anchor.partitions:
        raise UserError(
            f"{anchor.plan.name!r} has {anchor.partitions} partitions, for ever; leave"
            f" --partitions {chosen} out, or begin a new namespace with it"
        )


def apply_topics(connection: "Connection", sizes: "TopicSizes") -> int:
    """Create what is missing; returns the number of engine partitions. Raises UserError."""
    from duralog.connectors.admin import apply as create  # noqa: PLC0415

    states = create(connection.settings, connection.names, sizes)
    require_healthy(connection)
    anchor = next(state for state in states if state.plan.kind == "requests")
    return anchor.plan.partitions


def require_topics(connection: "Connection") -> None:
    """Tell of warnings. Raises UserError when an engine would lose data with these topics."""
    from duralog.cli.output import say  # noqa: PLC0415

    for warning in require_healthy(connection):
        say(f"duralog: warning: {warning}")


def _print(options: Options, states: "list[TopicState]", *, missing: str = "missing") -> None:
    from duralog.cli.output import emit, emit_table  # noqa: PLC0415
    from duralog.connectors.admin import MISSING  # noqa: PLC0415

    rows = [
        {
            "topic": state.plan.name,
            "partitions": state.partitions or state.plan.partitions,
            "replication": state.plan.replication or "default",
            "cleanup": state.plan.config["cleanup.policy"],
            "state": missing if state.state == MISSING else state.state,
            "differences": state.differences,
        }
        for state in states
    ]
    if options.is_json:
        for row in rows:
            emit(row)
        return
    columns = ("topic", "partitions", "replication", "cleanup", "state")
    cells = [
        [*(row[column] for column in columns), _told(state)]
        for row, state in zip(rows, states, strict=True)
    ]
    emit_table((*columns, ""), cells)


def _told(state: "TopicState") -> str:
    """Differences in words."""
    wanted = {**state.plan.config, "partitions": str(state.plan.partitions)}
    return ", ".join(
        f"{key}={value}, not {wanted[key]}" for key, value in state.differences.items()
    )
