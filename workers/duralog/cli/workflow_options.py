"""Options and steps that the commands of `duralog workflow` share."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from duralog.cli.durations import DURATION
from duralog.cli.options import Options
from duralog.cli.shell import UserError

if TYPE_CHECKING:
    from duralog.client import Client, WorkflowHandle
    from duralog.common import TypedSearchAttributes

Decorated = TypeVar("Decorated", bound=Callable[..., Any] | click.Command)

COMMAND_TIMEOUT: Final = timedelta(seconds=10)  # Covers the restart of an engine slot.

workflow_id_option = click.option("--workflow-id", "-w", required=True, help="Workflow ID.")
run_id_option = click.option("--run-id", "-r", help="Run ID; else the current run.")
input_option = click.option(
    "--input",
    "-i",
    "inputs",
    multiple=True,
    metavar="JSON",
    help="An argument, as JSON; repeatable, in order.",
)
input_file_option = click.option(
    "--input-file",
    "input_files",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file that holds an argument as JSON; repeatable.",
)
timeout_option = click.option(
    "--command-timeout",
    type=DURATION,
    default="10s",
    show_default=True,
    help="How long to wait for the engine's answer.",
)


def target_options(command: Decorated) -> Decorated:
    """Which Workflow Execution, and how long to wait for the answer."""
    for decorate in (timeout_option, run_id_option, workflow_id_option):
        command = decorate(command)
    return command


def arguments(inputs: tuple[str, ...], input_files: tuple[Path, ...] = ()) -> list[Any]:  # JSON
    """The arguments that `--input` and `--input-file` hold. Raises UserError."""
    texts = [("--input", text) for text in inputs]
    for path in input_files:
        try:
            texts.append((str(path), path.read_text(encoding="utf-8")))
        except OSError as error:
            raise UserError(f"cannot read {path}: {error.strerror}") from None
    return [_parsed(where, text) for where, text in texts]


def key_values(where: str, pairs: tuple[str, ...]) -> dict[str, Any]:  # JSON
    """The values that `KEY=JSON` flags hold. Raises UserError."""
    found: dict[str, Any] = {}
    for pair in pairs:
        key, sign, text = pair.partition("=")
        if not key or not sign:
            raise UserError(f"{where} {pair[:40]!r} is not KEY=JSON")
        found[key] = _parsed(where, text)
    return found


def search_attributes(pairs: tuple[str, ...]) -> "TypedSearchAttributes":
    """Search attributes that `KEY=JSON` flags hold; their types follow from the values."""
    from duralog.common import (  # noqa: PLC0415 (the help needs no SDK)
        SearchAttributeKey,
        SearchAttributePair,
        TypedSearchAttributes,
    )

    found: list[SearchAttributePair[Any]] = []
    for name, value in key_values("--search-attribute", pairs).items():
        if isinstance(value, list):
            key: SearchAttributeKey[Any] | None = SearchAttributeKey.for_keyword_list(name)
        else:
            key = SearchAttributeKey.guess(name, [value])
        if key is None:
            raise UserError(f"--search-attribute {name} is no text, number, boolean or list")
        found.append(SearchAttributePair(key, value))
    return TypedSearchAttributes(found)


def _parsed(where: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        hint = f"; for a text, write '{json.dumps(text)}'" if where == "--input" else ""
        raise UserError(f"{where} {text[:40]!r} is not JSON ({error}){hint}") from None


@asynccontextmanager
async def client_of(options: Options) -> AsyncGenerator["Client"]:
    """A connected client, closed at the end."""
    from duralog.cli.connection import connect  # noqa: PLC0415 (the help needs no Kafka)
    from duralog.client import Client  # noqa: PLC0415

    connection = connect(options)
    kafka = {k: v for k, v in connection.kafka.items() if k != "bootstrap.servers"}
    client = await Client.connect(
        connection.bootstrap_servers,
        namespace=connection.namespace,
        prefix=connection.prefix,
        kafka=kafka,
    )
    async with client:
        yield client


@asynccontextmanager
async def handle_of(
    options: Options, workflow_id: str, run_id: str | None
) -> AsyncGenerator["WorkflowHandle[Any, Any]"]:
    """A handle of one Workflow Execution, on a client of its own."""
    async with client_of(options) as client:
        yield client.get_workflow_handle(workflow_id, run_id=run_id)
