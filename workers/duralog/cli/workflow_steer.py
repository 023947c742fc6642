"""`duralog workflow signal`, `cancel` and `terminate`."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from duralog.cli.options import Options, connection_options, pass_options
from duralog.cli.shell import wait_for
from duralog.cli.workflow_options import (
    arguments,
    handle_of,
    input_file_option,
    input_option,
    target_options,
)


@click.command
@click.option("--name", required=True, help="Name of the signal.")
@input_option
@input_file_option
@target_options
@connection_options
@pass_options
def signal(
    options: Options,
    name: str,
    inputs: tuple[str, ...],
    input_files: tuple[Path, ...],
    workflow_id: str,
    run_id: str | None,
    command_timeout: timedelta,
) -> None:
    """Send a signal to a Workflow Execution; done when it is recorded.

    \b
    Example:
      duralog workflow signal --workflow-id order-7 --name paid --input '{"amount": 3}'
    """
    values = arguments(inputs, input_files)
    wait_for(_signal(options, name, values, workflow_id, run_id, command_timeout))


@click.command
@click.option("--reason", default="", help="Why, for people.")
@target_options
@connection_options
@pass_options
def cancel(
    options: Options,
    reason: str,
    workflow_id: str,
    run_id: str | None,
    command_timeout: timedelta,
) -> None:
    """Ask a Workflow Execution to cancel itself; it may clean up first.

    \b
    Example:
      duralog workflow cancel --workflow-id order-7
    """
    wait_for(_cancel(options, reason, workflow_id, run_id, command_timeout))


@click.command
@click.option("--reason", default="", help="Why, for people.")
@target_options
@connection_options
@pass_options
def terminate(
    options: Options,
    reason: str,
    workflow_id: str,
    run_id: str | None,
    command_timeout: timedelta,
) -> None:
    """End a Workflow Execution at once; its code does not notice.

    \b
    Example:
      duralog workflow terminate --workflow-id order-7 --reason 'ordered twice'
    """
    wait_for(_terminate(options, reason, workflow_id, run_id, command_timeout))


async def _signal(
    options: Options,
    name: str,
    values: list[Any],
    workflow_id: str,
    run_id: str | None,
    rpc_timeout: timedelta,
) -> None:
    async with handle_of(options, workflow_id, run_id) as handle:
        await handle.signal(name, args=values, rpc_timeout=rpc_timeout)
    _done(options, workflow_id, f"signal {name!r} recorded")


async def _cancel(
    options: Options, reason: str, workflow_id: str, run_id: str | None, rpc_timeout: timedelta
) -> None:
    async with handle_of(options, workflow_id, run_id) as handle:
        await handle.cancel(reason=reason, rpc_timeout=rpc_timeout)
    _done(options, workflow_id, "cancellation requested")


async def _terminate(
    options: Options, reason: str, workflow_id: str, run_id: str | None, rpc_timeout: timedelta
) -> None:
    async with handle_of(options, workflow_id, run_id) as handle:
        await handle.terminate(reason=reason, rpc_timeout=rpc_timeout)
    _done(options, workflow_id, "terminated")


def _done(options: Options, workflow_id: str, what: str) -> None:
    from duralog.cli.output import emit, say  # noqa: PLC0415 (the help needs no output)

    if options.is_json:
        emit({"workflow_id": workflow_id, "done": what})
    else:
        say(f"{workflow_id}: {what}")
