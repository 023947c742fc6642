"""`duralog workflow update …`: send an update, wait for what becomes of it."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import click

from duralog.cli.lazy import Lazy, LazyGroup
from duralog.cli.options import Options, connection_options, pass_options
from duralog.cli.shell import UserError, wait_for
from duralog.cli.workflow_options import (
    arguments,
    handle_of,
    input_file_option,
    input_option,
    target_options,
)

STAGES: Final = {"accepted": "ACCEPTED", "completed": "COMPLETED"}
update_id_option = click.option("--update-id", help="Two updates with the same one are one.")
update = LazyGroup(
    lazy={
        "execute": Lazy("duralog.cli.workflow_update:execute", "Send one, print its result"),
        "start": Lazy("duralog.cli.workflow_update:start", "Send one, return once it is taken"),
        "result": Lazy("duralog.cli.workflow_update:result", "Wait for the end of one"),
    },
    name="update",
    help="Ask a running Workflow Execution to change, and get its answer.",
)
name_option = click.option("--name", required=True, help="Name of the update.")


@click.command
@name_option
@update_id_option
@input_option
@input_file_option
@target_options
@connection_options
@pass_options
def execute(
    options: Options,
    name: str,
    update_id: str | None,
    inputs: tuple[str, ...],
    input_files: tuple[Path, ...],
    workflow_id: str,
    run_id: str | None,
    command_timeout: timedelta,
) -> None:
    """Send an update, wait for its end and print its result as JSON.

    \b
    Example:
      duralog workflow update execute --workflow-id order-7 --name add --input '"milk"'
    """
    values = arguments(inputs, input_files)
    flags: dict[str, Any] = {"id": update_id, "rpc_timeout": command_timeout}
    wait_for(_execute(options, name, values, workflow_id, run_id, flags))


@click.command
@name_option
@update_id_option
@click.option(
    "--wait-for-stage",
    type=click.Choice(list(STAGES), case_sensitive=False),
    default="accepted",
    show_default=True,
    help="When to return.",
)
@input_option
@input_file_option
@target_options
@connection_options
@pass_options
def start(options: Options, /, **flags: Any) -> None:
    """Send an update and print its id once the workflow has taken it.

    \b
    Example:
      duralog workflow update start --workflow-id order-7 --name add --input '"milk"'
    """
    wait_for(_start(options, **flags))


@click.command
@click.option("--update-id", required=True, help="Id of the update.")
@target_options
@connection_options
@pass_options
def result(
    options: Options,
    update_id: str,
    workflow_id: str,
    run_id: str | None,
    command_timeout: timedelta,
) -> None:
    """Wait for the end of an update that was sent before; print its result as JSON.

    \b
    Example:
      duralog workflow update result --workflow-id order-7 --update-id u1
    """
    wait_for(_result(options, update_id, workflow_id, run_id, command_timeout))


async def _execute(
    options: Options,
    name: str,
    values: list[Any],
    workflow_id: str,
    run_id: str | None,
    flags: dict[str, Any],
) -> None:
    from duralog.client import WorkflowUpdateStage  # noqa: PLC0415 (the help needs no Kafka)

    async with handle_of(options, workflow_id, run_id) as handle:
        with _timeout_told():
            update = await handle.start_update(
                name, args=values, wait_for_stage=WorkflowUpdateStage.COMPLETED, **flags
            )
        await _emit_result(update, flags["rpc_timeout"])


async def _start(options: Options, **flags: Any) -> None:
    from duralog.cli.output import emit_fields  # noqa: PLC0415 (the help needs no output)
    from duralog.client import WorkflowUpdateStage  # noqa: PLC0415

    workflow_id, name = flags["workflow_id"], flags["name"]
    async with handle_of(options, workflow_id, flags["run_id"]) as handle:
        with _timeout_told():
            update = await handle.start_update(
                name,
                args=arguments(flags["inputs"], flags["input_files"]),
                wait_for_stage=WorkflowUpdateStage[STAGES[flags["wait_for_stage"]]],
                id=flags["update_id"],
                rpc_timeout=flags["command_timeout"],
            )
    fields = {
        "workflow_id": workflow_id,
        "run_id": update.workflow_run_id,
        "update_id": update.id,
        "name": name,
    }
    emit_fields(fields, as_json=options.is_json)


async def _result(
    options: Options,
    update_id: str,
    workflow_id: str,
    run_id: str | None,
    rpc_timeout: timedelta,
) -> None:
    async with handle_of(options, workflow_id, run_id) as handle:
        await _emit_result(handle.get_update_handle(update_id), rpc_timeout)


async def _emit_result(update: Any, rpc_timeout: timedelta) -> None:
    """Print the result as JSON. Raises UserError when there is none."""
    from duralog.cli.output import emit  # noqa: PLC0415 (the help needs no output)
    from duralog.client import WorkflowUpdateFailedError  # noqa: PLC0415

    try:
        with _timeout_told():
            emit(await update.result(rpc_timeout=rpc_timeout))
    except WorkflowUpdateFailedError as error:
        cause = f"{type(error.cause).__name__}: {error.cause}"
        raise UserError(f"update {update.id} failed: {cause}") from None


@contextmanager
def _timeout_told() -> Generator[None]:
    """Say what is known when nobody answered: the SDK's error, as Temporal's, says less."""
    from duralog.client import WorkflowUpdateRPCTimeoutOrCancelledError  # noqa: PLC0415

    try:
        yield
    except WorkflowUpdateRPCTimeoutOrCancelledError as error:
        raise UserError(str(error.__cause__ or error)) from None
