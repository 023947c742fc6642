"""What `duralog engine` and `duralog dev` share: settings of a slot, and what it tells.

The supervisor (`duralog.orchestrator.supervise`) keeps the slot running; here its words become
lines for people, or JSON events for scripts.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from duralog.cli.connection import Connection
from duralog.cli.output import emit, say
from duralog.cli.shell import UserError
from duralog.envconfig.profile import ENVIRONMENT

if TYPE_CHECKING:
    from duralog.orchestrator.settings import EngineSettings
    from duralog.orchestrator.supervise import Supervisor

# Flags and environment say it, since slots share a file; or it stands elsewhere in that; or the
# topics tell it.
NOT_OF_A_FILE: Final = frozenset(
    {"slot", "data_dir", "bootstrap_servers", "prefix", "kafka", "partitions"}
)


class Reporter:
    """Tells how things stand: text on stderr, or one JSON object a line on stdout.

    Events: `starting`, `ready`, `engine_ready`, `engine_ended`, `stopping`.
    """

    def __init__(self, *, is_json: bool) -> None:
        self._is_json = is_json

    def event(self, name: str, text: str, **facts: object) -> None:
        """Something happened: `text` for people, `facts` for scripts."""
        if self._is_json:
            emit({"event": name, "text": text, **facts})
        else:
            say(text)

    def engine(self, supervisor: "Supervisor", text: str) -> None:
        """What the supervisor tells."""
        name = "engine_ready" if supervisor.ready.is_set() else "engine_ended"
        self.event(name, text, pid=supervisor.pid, slot=supervisor.settings.slot)


def engine_settings(connection: Connection, *, data_dir: Path, slot: int = 0) -> "EngineSettings":
    """Settings of one slot. Raises UserError when they make no sense."""
    from pydantic import ValidationError  # noqa: PLC0415 (200 ms that a help need not pay)

    from duralog.orchestrator.settings import EngineSettings  # noqa: PLC0415

    table: dict[str, Any] = connection.document.get("engine", {})
    known = EngineSettings.model_fields.keys() - NOT_OF_A_FILE
    unknown = sorted(table.keys() - known)
    if unknown:
        raise UserError(f"[engine] has {unknown[0]!r}; known are {', '.join(sorted(known))}")
    said = {name for name in table if f"{ENVIRONMENT}{name.upper()}" in os.environ}
    values: dict[str, Any] = {
        **{name: value for name, value in table.items() if name not in said},
        "bootstrap_servers": connection.bootstrap_servers,
        "prefix": connection.prefix,
        "namespaces": tuple(table.get("namespaces", (connection.namespace,))),
        "slot": slot,
        "data_dir": data_dir,
        "kafka": {key: str(value) for key, value in connection.kafka.items()},
    }
    try:
        return EngineSettings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UserError(f"[engine] {where}: {first['msg']}") from None


def make_directory(path: Path) -> Path:
    """`path`, created with its parents when missing. Raises UserError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot use directory {path}: {error.strerror}") from None
    return path.absolute()


def stop_on_signals(stop: Callable[[], None]) -> None:
    """Let Ctrl-C, SIGTERM and the end of the terminal call `stop`: of a Supervisor or a Fleet."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handle)
