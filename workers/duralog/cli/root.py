"""`duralog`: the root command and the table of its groups."""

from typing import Final

import click

from duralog.cli.lazy import Lazy, LazyGroup
from duralog.cli.options import connection_options

COMMANDS: Final = {
    "dev": Lazy("duralog.cli.dev:dev", "Start Kafka and an engine on this machine"),
    "engine": Lazy("duralog.cli.engine:engine", "Run engine slots against a cluster"),
    "topics": Lazy("duralog.cli.topics:topics", "Show and create the topics of a namespace"),
    "acl": Lazy("duralog.cli.acl:acl", "Show the rights that each role needs in Kafka"),
    "doctor": Lazy("duralog.cli.doctor:doctor", "Name settings that would lose data, and the fix"),
    "workflow": Lazy("duralog.cli.workflow:workflow", "Start, watch and end Workflow Executions"),
    "activity": Lazy("duralog.cli.activity:activity", "End activities from outside of workers"),
    "history": Lazy("duralog.cli.history:history", "Read the public record of all events"),
    "dlq": Lazy("duralog.cli.dlq:dlq", "Look at dead letters and decide about them"),
    "upgrade": Lazy("duralog.cli.upgrade:upgrade", "Let engines use what a new version brings"),
    "partition": Lazy("duralog.cli.partition:partition", "Prove the state of an engine partition"),
}

HELP: Final = """Durable execution on Kafka.

\b
Example:
  duralog dev
  duralog workflow start --type GreetSomeone --task-queue greeting-tasks \\
    --input '"Ada"'
  duralog history tail
"""


def _print_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version  # noqa: PLC0415 (20 ms, for this flag only)

        click.echo(f"duralog {version('duralog')}")
        ctx.exit()


def _root() -> None:
    """Nothing of its own: options are kept by their callbacks."""


root = LazyGroup(
    lazy=COMMANDS,
    name="duralog",
    help=HELP,
    callback=_root,
    context_settings={"help_option_names": ["-h", "--help"]},
)
click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)(root)
connection_options(root)
