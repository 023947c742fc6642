"""`duralog workflow query` and `stack`."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import click

from duralog.cli.options import Options, connection_options, pass_options
from duralog.cli.shell import UserError, wait_for
from duralog.cli.workflow_options import (
    arguments,
    handle_of,
    input_file_option,
    input_option,
    target_options,
)

REJECT_CONDITIONS: Final = {
    "none": "NONE",
    "not_open": "NOT_OPEN",
    "not_completed_cleanly": "NOT_COMPLETED_CLEANLY",
}
reject_option = click.option(
    "--reject-condition",
    type=click.Choice(list(REJECT_CONDITIONS), case_sensitive=False),
    default="none",
    metavar="CONDITION",
    help=f"Do not answer for such a run: {', '.join(REJECT_CONDITIONS)}.",
)


@click.command
@click.option("--name", "--type", required=True, help="Name of the query.")
@input_option
@input_file_option
@reject_option
@target_options
@connection_options
@pass_options
def query(
    options: Options,
    name: str,
    inputs: tuple[str, ...],
    input_files: tuple[Path, ...],
    reject_condition: str,
    workflow_id: str,
    run_id: str | None,
    command_timeout: timedelta,
) -> None:
    """Ask a Workflow Execution, open or closed, and print the answer as JSON.

    \b
    Example:
      duralog workflow query --workflow-id order-7 --name status
    """
    from duralog.cli.output import emit  # noqa: PLC0415 (the help needs no output)

    values = arguments(inputs, input_files)
    asked = _query(options, name, values, reject_condition, workflow_id, run_id, command_timeout)
    emit(wait_for(asked))


@click.command
@reject_option
@target_options
@connection_options
@pass_options
def stack(
    options: Options,
    reject_condition: str,
    workflow_id: str,
    run_id: str | None,
    command_timeout: timedelta,
) -> None:
    """Show where the code of a Workflow Execution stands: the stack of each of its tasks.

    \b
    Example:
      duralog workflow stack --workflow-id order-7
    """
    from duralog.cli.output import emit  # noqa: PLC0415 (the help needs no output)

    asked = _query(
        options, "__stack_trace", [], reject_condition, workflow_id, run_id, command_timeout
    )
    text = wait_for(asked)
    if options.is_json:
        emit({"stack": text})
    else:
        print(text)


async def _query(
    options: Options,
    name: str,
    values: list[Any],
    reject_condition: str,
    workflow_id: str,
    run_id: str | None,
    rpc_timeout: timedelta,
) -> Any:  # JSON
    from duralog.client import (  # noqa: PLC0415 (the help needs no Kafka)
        WorkflowQueryFailedError,
        WorkflowQueryRejectedError,
    )
    from duralog.common import QueryRejectCondition  # noqa: PLC0415

    async with handle_of(options, workflow_id, run_id) as handle:
        try:
            return await handle.query(
                name,
                args=values,
                reject_condition=QueryRejectCondition[REJECT_CONDITIONS[reject_condition]],
                rpc_timeout=rpc_timeout,
            )
        except WorkflowQueryFailedError as error:
            raise UserError(f"query {name!r} of {workflow_id} failed: {error.message}") from None
        except WorkflowQueryRejectedError as error:
            status = error.status.name if error.status is not None else "unknown"
            raise UserError(f"query of {workflow_id} rejected: it is {status}") from None
