"""`duralog activity complete` and `fail`: answers for an activity from outside of its worker."""

from datetime import timedelta
from typing import Any

import click

from duralog.cli.lazy import Lazy, LazyGroup
from duralog.cli.options import Options, connection_options, pass_options
from duralog.cli.shell import wait_for
from duralog.cli.workflow_options import arguments, client_of, target_options

activity = LazyGroup(
    lazy={
        "complete": Lazy("duralog.cli.activity:complete", "End an activity with a result"),
        "fail": Lazy("duralog.cli.activity:fail", "Fail the attempt of an activity"),
    },
    name="activity",
    help="End activities from outside of their workers.",
)

_activity_id = click.option("--activity-id", "-a", required=True, help="Activity ID.")


@click.command
@_activity_id
@click.option("--result", default="null", metavar="JSON", help="The result; null.")
@target_options
@connection_options
@pass_options
def complete(
    options: Options,
    activity_id: str,
    result: str,
    workflow_id: str,
    run_id: str | None,
    command_timeout: timedelta,
) -> None:
    """End a pending activity with a result.

    \b
    Example:
      duralog activity complete --workflow-id order-7 --activity-id 1 --result '"paid"'
    """
    (value,) = arguments((result,))
    wait_for(_complete(options, activity_id, value, workflow_id, run_id, command_timeout))


@click.command
@_activity_id
@click.option("--reason", default="", help="What went wrong, for people.")
@click.option("--detail", default=None, metavar="JSON", help="A detail of the failure.")
@target_options
@connection_options
@pass_options
def fail(
    options: Options,
    activity_id: str,
    reason: str,
    detail: str | None,
    workflow_id: str,
    run_id: str | None,
    command_timeout: timedelta,
) -> None:
    """Fail the attempt of a pending activity; its retry policy decides what follows.

    \b
    Example:
      duralog activity fail --workflow-id order-7 --activity-id 1 --reason "card expired"
    """
    details = arguments((detail,)) if detail is not None else []
    wait_for(_fail(options, activity_id, reason, details, workflow_id, run_id, command_timeout))


async def _complete(
    options: Options,
    activity_id: str,
    value: Any,  # JSON
    workflow_id: str,
    run_id: str | None,
    rpc_timeout: timedelta,
) -> None:
    async with client_of(options) as client:
        handle = client.get_async_activity_handle(
            workflow_id=workflow_id, run_id=run_id, activity_id=activity_id
        )
        await handle.complete(value, rpc_timeout=rpc_timeout)
    _done(options, workflow_id, activity_id, "completed")


async def _fail(
    options: Options,
    activity_id: str,
    reason: str,
    details: list[Any],
    workflow_id: str,
    run_id: str | None,
    rpc_timeout: timedelta,
) -> None:
    from duralog.exceptions import ApplicationError  # noqa: PLC0415 (the help needs no SDK)

    async with client_of(options) as client:
        handle = client.get_async_activity_handle(
            workflow_id=workflow_id, run_id=run_id, activity_id=activity_id
        )
        await handle.fail(ApplicationError(reason, *details), rpc_timeout=rpc_timeout)
    _done(options, workflow_id, activity_id, "failed")


def _done(options: Options, workflow_id: str, activity_id: str, what: str) -> None:
    from duralog.cli.output import emit, say  # noqa: PLC0415 (the help needs no output)

    if options.is_json:
        emit({"workflow_id": workflow_id, "activity_id": activity_id, "done": what})
    else:
        say(f"activity {activity_id} of {workflow_id}: {what}")
