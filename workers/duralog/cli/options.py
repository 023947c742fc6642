"""The options that every command takes, before or after its name.

A flag wins over the environment, the environment over the file of `--config`, the file over the
default.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import click

Output = Literal["text", "json"]
BOOTSTRAP_DEFAULT: Final = "localhost:9092"

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any] | click.Command)


@dataclass(slots=True, kw_only=True)
class Options:
    """What the flags said; None or empty where they were silent.

    kafka: librdkafka settings by name.
    """

    bootstrap_servers: str | None = None
    namespace: str | None = None
    prefix: str | None = None
    output: Output = "text"
    config: Path | None = None
    kafka: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def is_json(self) -> bool:
        """True when data goes out as JSON."""
        return self.output == "json"


pass_options = click.make_pass_decorator(Options, ensure=True)


def _keep(ctx: click.Context, parameter: click.Parameter, value: object) -> None:
    """Write a flag into the `Options` of this call; a later (inner) flag wins."""
    options = ctx.ensure_object(Options)
    if value is not None and value != ():
        assert parameter.name is not None
        setattr(options, parameter.name, value)


def _keep_kafka(ctx: click.Context, _parameter: click.Parameter, value: tuple[str, ...]) -> None:
    options = ctx.ensure_object(Options)
    for entry in value:
        name, equals, setting = entry.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{entry!r} is not key=value, as in -X client.rack=a")
        options.kafka[name] = setting


# In the order of a function's decorators, the last one first.
CONNECTION: Final = (
    click.option(
        "--bootstrap-servers",
        expose_value=False,
        callback=_keep,
        metavar="HOST:PORT,…",
        help=f"Kafka brokers (DURALOG_BOOTSTRAP_SERVERS; {BOOTSTRAP_DEFAULT}).",
    ),
    click.option(
        "--namespace",
        "-n",
        expose_value=False,
        callback=_keep,
        help="Namespace (DURALOG_NAMESPACE; default).",
    ),
    click.option(
        "--prefix",
        expose_value=False,
        callback=_keep,
        help="Prefix of all topics and groups (DURALOG_PREFIX; duralog).",
    ),
    click.option(
        "--config",
        type=click.Path(dir_okay=False, path_type=Path),
        expose_value=False,
        callback=_keep,
        help="TOML file with settings; its table [kafka] goes to librdkafka.",
    ),
    click.option(
        "-X",
        "kafka",
        multiple=True,
        expose_value=False,
        callback=_keep_kafka,
        metavar="KEY=VALUE",
        help="A librdkafka setting; repeatable.",
    ),
    click.option(
        "--output",
        "-o",
        type=click.Choice(["text", "json"]),
        expose_value=False,
        callback=_keep,
        help="Form of the data on stdout (text).",
    ),
)


def connection_options(command: _Decorated) -> _Decorated:
    """Add the connection's options and `--output` to a command."""
    for decorate in CONNECTION:
        command = decorate(command)
    return command
