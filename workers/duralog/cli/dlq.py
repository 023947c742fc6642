"""`duralog dlq`: dead letters, listed, shown, replayed once, or discarded with a reason."""

import base64
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from duralog.cli.durations import DURATION
from duralog.cli.lazy import Lazy, LazyGroup
from duralog.cli.options import Options, connection_options, pass_options
from duralog.cli.shell import UserError

if TYPE_CHECKING:
    from duralog.cli.connection import Connection
    from duralog.connectors.dead_letter_book import Choice, Filed
    from duralog.connectors.dead_letter_desk import Desk, Outcome
    from duralog.schemas.transitions import DeadLetterDecision

Command = TypeVar("Command", bound=Callable[..., Any])
STATES: Final = ("open", "replayed", "discarded", "all")
KEY_WIDTH: Final = 1_000  # Characters of a Workflow ID.
CAUSE_WIDTH: Final = 72  # What is left of a line beside the other columns; `show` has it all.

dlq = LazyGroup(
    lazy={
        "list": Lazy("duralog.cli.dlq:list_letters", "Records that could not be handled"),
        "show": Lazy("duralog.cli.dlq:show", "One of them, with its cause and its bytes"),
        "replay": Lazy("duralog.cli.dlq:replay", "Put them again where they came from, once"),
        "discard": Lazy("duralog.cli.dlq:discard", "Decide that nothing is to be done"),
    },
    name="dlq",
    help="Look at dead letters and decide about them.",
)

FILTERS: Final = (
    click.option("--code", default="", help="Only of this cause, as UNDECODABLE."),
    click.option(
        "--source", default="", metavar="KIND|TOPIC", help="Only from there: ingress, or a topic."
    ),
    click.option("--workflow-id", "-w", default="", help="Only of this Workflow ID or key."),
    click.option("--since", type=DURATION, metavar="AGE", help="Only younger ones, as 2h."),
    click.option("--until", type=DURATION, metavar="AGE", help="Only older ones, as 10m."),
    click.option("--limit", type=click.IntRange(min=1), help="Stop after so many."),
)
DECIDING: Final = (
    click.option("--all", "everything", is_flag=True, help="All open ones, without a filter."),
    click.option("--dry-run", is_flag=True, help="Tell which it would be, and do nothing."),
    click.option(
        "--rate",
        type=click.FloatRange(min=0.1),
        metavar="N",
        help="At most N a second; else as fast as it goes.",
    ),
)


def with_options(options: Iterable[Callable[[Command], Command]]) -> Callable[[Command], Command]:
    """Add `options` to a command, the first one first in its help."""
    chosen = list(options)

    def add(command: Command) -> Command:
        for option in reversed(chosen):
            command = option(command)
        return command

    return add


@click.command("list")
@with_options(FILTERS)
@click.option(
    "--state", type=click.Choice(STATES), default="open", show_default=True, help="Which."
)
@connection_options
@pass_options
def list_letters(options: Options, /, state: str, limit: int | None, **chosen: Any) -> None:
    """List dead letters; those that were replayed or discarded only on request.

    The value of a record is never listed: see show --value.

    \b
    Example:
      duralog dlq list --source ingress --code UNDECODABLE --since 2h
    """
    from duralog.cli.connection import connect  # noqa: PLC0415 (the help needs no Kafka)
    from duralog.cli.output import emit, emit_table, say  # noqa: PLC0415

    connection = connect(options)
    found = islice(_letters(connection, choice(state=state, **chosen)), limit)
    documents = (_summary(connection, filed) for filed in found)
    if options.is_json:
        for document in documents:
            emit(document)
        return
    columns = ("id", "state", "time", "code", "source", "workflow_id", "cause")
    rows = [[_plain(document[column]) for column in columns] for document in documents]
    if not rows:
        say("no such dead letters" if state == "all" else f"no such dead letters are {state}")
        return
    emit_table(columns, rows)


@click.command
@click.argument("letter_id", metavar="ID")
@click.option("--value", "with_value", is_flag=True, help="Also the bytes: value and headers.")
@connection_options
@pass_options
def show(options: Options, letter_id: str, with_value: bool) -> None:
    """Show one dead letter: cause, source position, key, the names of its headers.

    Its bytes may be personal data, and are shown only with --value: as text when they are plain
    text, else in base64.

    \b
    Example:
      duralog dlq show 0-17 --value
    """
    from duralog.cli.connection import connect  # noqa: PLC0415 (the help needs no Kafka)
    from duralog.cli.output import emit_fields  # noqa: PLC0415

    connection = connect(options)
    filed = next(_letters(connection, choice(ids=(letter_id,), state="all")), None)
    if filed is None:
        raise UserError(f"no dead letter {letter_id!r} in {connection.names.of('dead-letters')}")
    document = _details(connection, filed, with_value=with_value)
    if filed.decision is not None and not options.is_json:
        document["decision"] = _decision_text(filed.decision)
    emit_fields(document, as_json=options.is_json)


@click.command
@click.argument("ids", nargs=-1, metavar="[ID]...")
@with_options(FILTERS)
@with_options(DECIDING)
@connection_options
@pass_options
def replay(options: Options, /, ids: tuple[str, ...], dry_run: bool, **chosen: Any) -> None:
    """Put the records of dead letters again where they came from.

    Each only once, however often this is run: the decision is written in the transaction of the
    record. A record without a request id gets the place where it stood first as its id.

    \b
    Example:
      duralog dlq replay --source ingress --code FAILED --rate 20 --dry-run
    """

    def work(desk: "Desk", which: "Choice", limit: int | None, rate: float) -> Iterator["Outcome"]:
        return desk.replay(which, limit=limit, per_second=rate)

    _decide(options, ids, "replay", work, dry_run=dry_run, **chosen)


@click.command
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--reason", required=True, help="Why; it is kept beside the letter.")
@with_options(FILTERS)
@with_options(DECIDING)
@connection_options
@pass_options
def discard(
    options: Options, /, ids: tuple[str, ...], reason: str, dry_run: bool, **chosen: Any
) -> None:
    """Decide that nothing is to be done about dead letters. They stay, with the decision.

    \b
    Example:
      duralog dlq discard 0-17 2-4 --reason "sent by a test"
    """

    def work(desk: "Desk", which: "Choice", limit: int | None, rate: float) -> Iterator["Outcome"]:
        return desk.discard(which, reason=reason, limit=limit, per_second=rate)

    _decide(options, ids, "discard", work, dry_run=dry_run, **chosen)


def choice(
    *,
    state: str = "open",
    ids: tuple[str, ...] = (),
    code: str = "",
    source: str = "",
    workflow_id: str = "",
    since: timedelta | None = None,
    until: timedelta | None = None,
) -> "Choice":
    """What the filters mean now."""
    from duralog.connectors.clock import now_ms  # noqa: PLC0415 (the help needs no Kafka)
    from duralog.connectors.dead_letter_book import STATES as ALL  # noqa: PLC0415
    from duralog.connectors.dead_letter_book import Choice  # noqa: PLC0415
    from duralog.schemas.topics import TOPICS  # noqa: PLC0415

    if source and "." not in source and source not in TOPICS:
        raise UserError(f"--source {source!r} is no topic, nor a kind of {', '.join(TOPICS)}")

    def moment_ms(age: timedelta | None, default_ms: int) -> int:
        return default_ms if age is None else now_ms() - age // timedelta(milliseconds=1)

    return Choice(
        ids=frozenset(ids),
        states=frozenset(ALL if state == "all" else (state,)),
        code=code.upper(),
        source=source,
        workflow_id=workflow_id,
        since_ms=moment_ms(since, 0),
        until_ms=moment_ms(until, 1 << 62),
    )


def _decide(
    options: Options,
    ids: tuple[str, ...],
    verb: str,
    work: Callable[["Desk", "Choice", int | None, float], Iterator["Outcome"]],
    *,
    everything: bool,
    dry_run: bool,
    rate: float | None,
    limit: int | None,
    **filters: Any,
) -> None:
    """Tell each outcome as it is committed; exit 1 when one could not be had."""
    from duralog.cli.connection import connect  # noqa: PLC0415 (the help needs no Kafka)
    from duralog.cli.output import say  # noqa: PLC0415
    from duralog.connectors.dead_letter_desk import Desk, Outcome  # noqa: PLC0415

    which = choice(ids=ids, **filters)
    if which.is_everything and not everything:
        raise click.UsageError("name letters by id or by a filter, or say --all")
    connection = connect(options)
    if dry_run:
        found = islice(_letters(connection, which), limit)
        outcomes: Iterator[Outcome] = (Outcome(filed=filed) for filed in found)
    else:
        desk = Desk(connection.settings, connection.names, identity=_identity())
        outcomes = work(desk, which, limit, rate or 0.0)
    told = {"replay": "replayed", "discard": "discarded"}[verb]
    done: list[str] = []
    problems = 0
    for outcome in outcomes:
        problems += bool(outcome.problem)
        word = f"not {told}" if outcome.problem else f"would {verb}" if dry_run else told
        done.append(outcome.filed.id)
        _tell(options, connection, outcome, word)
    missing = sorted(set(ids) - set(done))
    if missing:
        say(f"not open, or not there: {', '.join(missing)} (see duralog dlq list --state all)")
    say(f"{len(done) - problems} {'to ' + verb if dry_run else told}")
    if problems:
        raise UserError(f"{problems} could not be {told}")


def _tell(options: Options, connection: "Connection", outcome: "Outcome", word: str) -> None:
    from duralog.cli.output import emit  # noqa: PLC0415 (the help needs no output)

    where = outcome.problem or outcome.target
    if options.is_json:
        emit({**_summary(connection, outcome.filed), "outcome": word, "detail": where})
    else:
        print(f"{outcome.filed.id}  {word}  {where}".rstrip(), flush=True)


def _letters(connection: "Connection", which: "Choice") -> Iterator["Filed"]:
    from duralog.connectors.dead_letter_desk import letters  # noqa: PLC0415 (help needs no Kafka)

    return letters(connection.settings, connection.names, which)


def _summary(connection: "Connection", filed: "Filed") -> dict[str, Any]:  # Any: JSON.
    """What is listed of a letter; no byte of its value."""
    from duralog.cli.render import time_text  # noqa: PLC0415 (the help needs no records)
    from duralog.connectors.dead_letter import CAUSE_LENGTH_MAX, source_of  # noqa: PLC0415
    from duralog.connectors.dead_letter_book import workflow_id_of  # noqa: PLC0415

    letter = filed.letter
    key = (letter.key or b"").decode(errors="backslashreplace")
    return {
        "id": filed.id,
        "state": filed.state,
        "time": time_text(letter.time_ms),
        "code": letter.code,
        "source": source_of(letter),
        "source_time": time_text(letter.source_time_ms),
        "workflow_id": _plain(workflow_id_of(letter, connection.names) or key, KEY_WIDTH),
        "cause": _plain(letter.cause, CAUSE_LENGTH_MAX + KEY_WIDTH),
    }


def _details(connection: "Connection", filed: "Filed", *, with_value: bool) -> dict[str, Any]:
    """All of a letter; its bytes only `with_value`."""
    from duralog.cli.render import as_json  # noqa: PLC0415 (the help needs no records)
    from duralog.connectors.dead_letter_book import first_place, headers_of  # noqa: PLC0415
    from duralog.connectors.dead_letter_desk import value_of  # noqa: PLC0415

    letter, decision = filed.letter, filed.decision
    headers = headers_of(letter)
    document = {
        **_summary(connection, filed),
        "first_place": first_place(letter, connection.names),
        "key": _bytes_shown(letter.key),
        "value_bytes": letter.left_out_bytes or len(letter.value or b""),
        "headers": [_plain(name) for name, _ in headers],
        "decision": None if decision is None else as_json(decision),
    }
    if with_value:
        document["header_values"] = [_bytes_shown(value) for _, value in headers]
        document["value"] = _bytes_shown(value_of(connection.settings, letter))
    return document


def _decision_text(decision: "DeadLetterDecision") -> str:
    """Who decided what, when, and why or where to."""
    from duralog.cli.render import time_text  # noqa: PLC0415 (the help needs no records)

    target = f" to {decision.target_topic}[{decision.target_partition}]"
    return _plain(
        f"{decision.decision.lower()}{target if decision.target_topic else ''} at"
        f" {time_text(decision.time_ms)} by {decision.identity}"
        + (f": {decision.reason}" if decision.reason else ""),
        KEY_WIDTH,
    )


def _bytes_shown(data: bytes | None) -> Any:  # Any: JSON.
    """Text that cannot steer a terminal as such, other bytes exactly, in base64."""
    try:
        text = (data or b"").decode()
    except UnicodeDecodeError:
        text = "\x1b"
    if data is None or all(c.isprintable() or c in "\n\t" for c in text):
        return None if data is None else {"text": text}
    return {"base64": base64.b64encode(data).decode()}


def _plain(text: str, width: int = CAUSE_WIDTH) -> str:
    """One cell: a stranger's text must not steer the terminal or break the line."""
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return shown if len(shown) <= width else f"{shown[: width - 1]}…"


def _identity() -> str:
    """Who decides, for the record."""
    import getpass  # noqa: PLC0415 (only a decision needs them)
    import socket  # noqa: PLC0415

    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # A container without a name for its user.
        user = "unknown"
    return f"{user}@{socket.gethostname()}"
