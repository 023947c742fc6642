"""`duralog workflow start`, `execute` and `signal-with-start`."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from duralog.cli.durations import DURATION
from duralog.cli.options import Options, connection_options, pass_options
from duralog.cli.shell import wait_for
from duralog.cli.workflow_options import (
    Decorated,
    arguments,
    client_of,
    input_file_option,
    input_option,
    key_values,
    search_attributes,
    timeout_option,
)

if TYPE_CHECKING:
    from duralog.client import Client, WorkflowHandle

# Temporal's names on the command line, and those of the SDK's enumerations.
REUSE_POLICIES: Final = {
    "AllowDuplicate": "ALLOW_DUPLICATE",
    "AllowDuplicateFailedOnly": "ALLOW_DUPLICATE_FAILED_ONLY",
    "RejectDuplicate": "REJECT_DUPLICATE",
    "TerminateIfRunning": "TERMINATE_IF_RUNNING",
}
CONFLICT_POLICIES: Final = {
    "Fail": "FAIL",
    "UseExisting": "USE_EXISTING",
    "TerminateExisting": "TERMINATE_EXISTING",
}


@dataclass(slots=True, kw_only=True)
class StartFlags:
    """What the flags of a start said; None where they were silent."""

    workflow_type: str
    task_queue: str
    workflow_id: str | None
    inputs: tuple[str, ...]
    input_files: tuple[Path, ...]
    execution_timeout: timedelta | None
    run_timeout: timedelta | None
    task_timeout: timedelta | None
    start_delay: timedelta | None
    cron: str
    id_reuse_policy: str
    id_conflict_policy: str
    request_id: str | None
    memo: tuple[str, ...]
    search_attribute: tuple[str, ...]
    static_summary: str | None
    static_details: str | None
    command_timeout: timedelta
    signal_name: str | None = None
    signal_inputs: tuple[str, ...] = ()
    signal_input_files: tuple[Path, ...] = ()


_NOTES: Final[tuple[Callable[[Any], Any], ...]] = (
    click.option(
        "--memo", multiple=True, metavar="KEY=JSON", help="An entry of the memo; repeatable."
    ),
    click.option(
        "--search-attribute",
        multiple=True,
        metavar="KEY=JSON",
        help="A search attribute; repeatable.",
    ),
    click.option("--static-summary", help="One line for people, kept with the run."),
    click.option("--static-details", help="Longer text for people, kept with the run."),
)


def _start_options(command: Decorated) -> Decorated:
    decorators: tuple[Callable[[Decorated], Decorated], ...] = (
        timeout_option,
        *_NOTES,
        click.option("--request-id", help="Two starts with the same one open one run."),
        click.option(
            "--id-conflict-policy",
            type=click.Choice(list(CONFLICT_POLICIES), case_sensitive=False),
            default="Fail",
            metavar="POLICY",
            help=f"If a run of this id is open: {', '.join(CONFLICT_POLICIES)}.",
        ),
        click.option(
            "--id-reuse-policy",
            type=click.Choice(list(REUSE_POLICIES), case_sensitive=False),
            default="AllowDuplicate",
            metavar="POLICY",
            help=f"If a run of this id has closed: {', '.join(REUSE_POLICIES)}.",
        ),
        click.option("--cron", default="", help="Run it by a cron schedule: '0 9 * * mon-fri'."),
        click.option("--start-delay", type=DURATION, help="Wait before the first Workflow Task."),
        click.option("--task-timeout", type=DURATION, help="Of a Workflow Task; 10s."),
        click.option("--run-timeout", type=DURATION, help="Of the run."),
        click.option("--execution-timeout", type=DURATION, help="Of the whole execution."),
        input_file_option,
        input_option,
        click.option("--workflow-id", "-w", help="Workflow ID; random if not given."),
        click.option("--task-queue", "-t", required=True, help="Task Queue of the workers."),
        click.option("--type", "workflow_type", required=True, help="Workflow Type."),
    )
    for decorate in decorators:
        command = decorate(command)
    return command


@click.command
@_start_options
@connection_options
@pass_options
def start(options: Options, /, **flags: Any) -> None:
    """Start a Workflow Execution and print its ids.

    \b
    Example:
      duralog workflow start --type GreetSomeone --task-queue greeting-tasks \\
        --workflow-id greeting-1 --input '"Ada"'
    """
    wait_for(_start(options, StartFlags(**flags)))


@click.command
@_start_options
@connection_options
@pass_options
def execute(options: Options, /, **flags: Any) -> None:
    """Start a Workflow Execution, wait for its end and print its result as JSON.

    Exits with 3 when it did not complete.

    \b
    Example:
      duralog workflow execute --type GreetSomeone --task-queue greeting-tasks \\
        --input '"Ada"'
    """
    wait_for(_execute(options, StartFlags(**flags)))


@click.command
@click.option("--signal-name", required=True, help="Name of the signal.")
@click.option(
    "--signal-input",
    "signal_inputs",
    multiple=True,
    metavar="JSON",
    help="An argument of the signal, as JSON; repeatable, in order.",
)
@click.option(
    "--signal-input-file",
    "signal_input_files",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file that holds an argument of the signal as JSON; repeatable.",
)
@_start_options
@connection_options
@pass_options
def signal_with_start(options: Options, /, **flags: Any) -> None:
    """Send a signal to a Workflow Execution; start it first when none is open.

    \b
    Example:
      duralog workflow signal-with-start --type Basket --task-queue baskets \\
        --workflow-id basket-7 --signal-name add --signal-input '"milk"'
    """
    if flags["id_conflict_policy"] == "Fail":  # The default of a start; here nothing conflicts.
        flags["id_conflict_policy"] = "UseExisting"
    wait_for(_start(options, StartFlags(**flags)))


async def _start(options: Options, flags: StartFlags) -> None:
    from duralog.cli.output import emit_fields  # noqa: PLC0415 (the help needs no output)

    values = arguments(flags.inputs, flags.input_files)
    async with client_of(options) as client:
        handle = await _started(client, flags, values)
    emit_fields(
        {
            "workflow_id": handle.id,
            "run_id": handle.result_run_id,
            "type": flags.workflow_type,
            "task_queue": flags.task_queue,
            "namespace": client.namespace,
        },
        as_json=options.is_json,
    )


async def _execute(options: Options, flags: StartFlags) -> None:
    from duralog.cli.output import say  # noqa: PLC0415 (the help needs no output)
    from duralog.cli.workflow_read import print_result  # noqa: PLC0415

    values = arguments(flags.inputs, flags.input_files)
    async with client_of(options) as client:
        handle = await _started(client, flags, values)
        say(f"started {handle.id}, run {handle.result_run_id}")
        await print_result(handle)


async def _started(
    client: "Client", flags: StartFlags, values: list[Any]
) -> "WorkflowHandle[Any, Any]":
    from duralog.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy  # noqa: PLC0415

    return await client.start_workflow(
        flags.workflow_type,
        args=values,
        id=flags.workflow_id or str(uuid.uuid4()),
        task_queue=flags.task_queue,
        execution_timeout=flags.execution_timeout,
        run_timeout=flags.run_timeout,
        task_timeout=flags.task_timeout,
        start_delay=flags.start_delay,
        cron_schedule=flags.cron,
        id_reuse_policy=WorkflowIDReusePolicy[REUSE_POLICIES[flags.id_reuse_policy]],
        id_conflict_policy=WorkflowIDConflictPolicy[CONFLICT_POLICIES[flags.id_conflict_policy]],
        request_id=flags.request_id,
        memo=key_values("--memo", flags.memo),
        search_attributes=search_attributes(flags.search_attribute),
        static_summary=flags.static_summary,
        static_details=flags.static_details,
        start_signal=flags.signal_name,
        start_signal_args=arguments(flags.signal_inputs, flags.signal_input_files),
        rpc_timeout=flags.command_timeout,
    )
