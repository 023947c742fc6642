"""`duralog workflow trace`: what a Workflow Execution ran and runs, as a tree that follows it."""

import asyncio
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from duralog.cli.options import Options, connection_options, pass_options
from duralog.cli.shell import wait_for
from duralog.cli.workflow_options import client_of, target_options

if TYPE_CHECKING:
    from rich.tree import Tree

    from duralog.cli.tree import Branch
    from duralog.client import Client

EVERY_S: Final = 1.0
_STYLES: Final = {
    "completed": "green",
    "fired": "green",
    "continued as new": "green",
    "running": "cyan",
    "scheduled": "yellow",
    "waiting": "yellow",
    "canceled": "magenta",
}  # Everything else is red.


@click.command
@target_options
@click.option("--depth", default=3, show_default=True, help="How many generations of children.")
@connection_options
@pass_options
def trace(
    options: Options, workflow_id: str, run_id: str | None, command_timeout: timedelta, depth: int
) -> None:
    """Show what a Workflow Execution ran and runs, with its children, as a tree.

    On a terminal it follows the Workflow Execution until its end; otherwise, and as JSON, it shows
    once what there is.

    \b
    Example:
      duralog workflow trace --workflow-id order-1
    """
    wait_for(_trace(options, workflow_id, run_id, command_timeout, depth))


async def _trace(
    options: Options, workflow_id: str, run_id: str | None, rpc_timeout: timedelta, depth: int
) -> None:
    from rich.console import Console  # noqa: PLC0415 (the help needs no output)
    from rich.live import Live  # noqa: PLC0415

    from duralog.cli.output import emit  # noqa: PLC0415
    from duralog.cli.render import as_json  # noqa: PLC0415

    async with client_of(options) as client:
        root = await _fetch(client, workflow_id, run_id, rpc_timeout, depth)
        if options.is_json:
            emit(as_json(root))
            return
        if not sys.stdout.isatty():
            Console(width=120).print(drawn(root))
            return
        with Live(drawn(root), console=Console()) as live:
            while root.is_open:
                await asyncio.sleep(EVERY_S)
                root = await _fetch(client, workflow_id, root.run_id, rpc_timeout, depth)
                live.update(drawn(root))


async def _fetch(
    client: "Client", workflow_id: str, run_id: str | None, rpc_timeout: timedelta, depth: int
) -> "Branch":
    """The tree of one run, with those of its children that have begun."""
    from duralog.cli.tree import tree_of  # noqa: PLC0415

    handle = client.get_workflow_handle(workflow_id, run_id=run_id)
    root = tree_of((await handle.fetch_history(rpc_timeout=rpc_timeout)).events)
    children = [b for b in root.branches if b.run_id] if depth > 1 else []
    for child in children:
        found = await _fetch_child(client, child, rpc_timeout, depth - 1)
        child.branches = found.branches if found is not None else []
    return root


async def _fetch_child(
    client: "Client", child: "Branch", rpc_timeout: timedelta, depth: int
) -> "Branch | None":
    """None when its history is not kept any more."""
    from duralog.client import RPCError, RPCStatusCode  # noqa: PLC0415

    try:
        return await _fetch(client, child.workflow_id, child.run_id, rpc_timeout, depth)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None


def drawn(root: "Branch") -> "Tree":
    """The tree as it is printed."""
    from rich.tree import Tree  # noqa: PLC0415

    tree = Tree(_label(root))
    _draw(tree, root)
    return tree


def _draw(tree: "Tree", branch: "Branch") -> None:
    for part in branch.branches:
        _draw(tree.add(_label(part)), part)


def _label(branch: "Branch") -> Any:  # Any: rich.text.Text.
    from rich.text import Text  # noqa: PLC0415

    text = Text(f"{branch.kind} ", style="dim")
    text.append(branch.name, style="bold")
    if branch.workflow_id:
        text.append(f" {branch.workflow_id}")
    text.append(f"  {branch.status}", style=_STYLES.get(branch.status, "red"))
    if branch.ended_ms:
        text.append(f" after {(branch.ended_ms - branch.began_ms) / 1000:.3f} s", style="dim")
    if branch.attempt > 1:
        text.append(f", attempt {branch.attempt}", style="yellow")
    if branch.failure:
        text.append(f"  {branch.failure}", style="red")
    return text
