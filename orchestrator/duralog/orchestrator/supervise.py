"""Keeps slots running: a child process each, started again when it ends, with a bound.

The slot exits on purpose whenever only a recovery can tell what is true (fenced, a commit of
unknown outcome, a hung call), so a restart is its normal way out of trouble, and the first one in
a row comes at once: nobody serves its partitions meanwhile. One that cannot start at all must not
be tried for ever: after too many ends in a row the supervisor gives up and says the last cause.
Slots of one Fleet do not depend on each other: when one is given up, the others go on.

The child gets its settings as one line on its stdin, never in its arguments, which anybody may
read. The other end of that pipe is its lifeline: when we are gone, also by kill -9, it stops. It
tells how it stands on its stdout, one JSON line each; its log goes to stderr.
"""

import json
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO, Any, Final

from duralog.orchestrator.health import Standing
from duralog.orchestrator.settings import EngineSettings

EXIT_OK: Final = 0
EXIT_FAILED: Final = 70  # EX_SOFTWARE: a bug, or a call that hung.
EXIT_FATAL: Final = 75  # EX_TEMPFAIL: fenced, or an unknown outcome; the next start recovers.
EXIT_SETTINGS: Final = 78  # EX_CONFIG: the next start would fail alike.

BACKOFF_FIRST_S: Final = 0.5  # Before the second restart in a row; the first comes at once.
BACKOFF_MAX_S: Final = 10.0
HEALTHY_S: Final = 10.0  # A slot that served so long begins a new row.
ENDS_MAX: Final = 10  # In a row, none of them healthy: then a person must look.
STOP_S: Final = 15.0  # For an orderly stop; a transaction takes milliseconds.


class Supervisor:
    """One slot and its restarts. tell: gets a line for people whenever something changes."""

    def __init__(self, settings: EngineSettings, *, tell: Callable[[str], None]) -> None:
        self.settings = settings
        self.ready = threading.Event()
        self._tell = tell
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._cause = ""
        self._ready_s: float | None = None  # When the child that runs now began to serve.
        self._restarts = 0
        self._figures: dict[str, Any] = {}  # What the slot told last, as plain data.
        self._began_s = self._heard_s = time.monotonic()

    def run(self) -> int:
        """Serve until `stop`, or until the slot cannot be kept running; returns an exit status."""
        ends: deque[str] = deque(maxlen=ENDS_MAX)
        backoff_s = 0.0
        while True:
            status = self._run_child()
            if self._stopping.is_set():
                return EXIT_OK if status in (EXIT_OK, -signal.SIGTERM) else EXIT_FAILED
            cause = self._cause or _ended(status)
            if status == EXIT_SETTINGS:
                self._tell(f"slot {self.settings.slot} cannot start: {cause}")
                return EXIT_SETTINGS
            if self._ready_s is not None and time.monotonic() - self._ready_s > HEALTHY_S:
                ends.clear()
                backoff_s = 0.0
            ends.append(cause)
            self._restarts += 1
            if len(ends) == ENDS_MAX:
                self._tell(
                    f"slot {self.settings.slot} ended {ENDS_MAX} times in a row; giving up."
                    f" The last cause: {cause}"
                )
                return EXIT_FAILED
            self._tell(f"slot {self.settings.slot} ended ({cause}); again in {backoff_s:.1f} s")
            if self._stopping.wait(backoff_s):
                return EXIT_OK
            backoff_s = min(max(2 * backoff_s, BACKOFF_FIRST_S), BACKOFF_MAX_S)

    def stop(self) -> None:
        """End the slot between two transactions, and `run` with it. Any thread, or a handler.

        One that has not ended STOP_S later is killed.
        """
        self._stopping.set()
        child = self._child
        if child is not None and child.poll() is None:
            child.terminate()
            late = threading.Timer(STOP_S, child.kill)
            late.daemon = True
            late.start()

    def kill(self) -> None:
        """End the slot at once, as `kill -9` does; `run` starts it again."""
        child = self._child
        if child is not None:
            child.kill()

    def standing(self) -> Standing:
        """How the slot stands now, for health checks and metrics. Any thread."""
        child = self._child
        return Standing(
            slot=self.settings.slot,
            is_running=child is not None and child.poll() is None,
            restarts=self._restarts,
            age_s=time.monotonic() - self._began_s,
            silent_s=time.monotonic() - self._heard_s,
            figures=self._figures,
        )

    @property
    def pid(self) -> int:
        """Process id of the slot that runs now; 0: none."""
        return 0 if self._child is None else self._child.pid

    def _run_child(self) -> int:
        self._cause, self._ready_s = "", None
        self._figures = {}
        self._began_s = self._heard_s = time.monotonic()
        command = [sys.executable, "-m", "duralog.orchestrator.slot"]
        child = subprocess.Popen(  # noqa: S603 our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # A terminal's Ctrl-C is for us, who then stop it in order.
        )
        self._child = child
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            if self._stopping.is_set():
                child.terminate()
            child.stdin.write(self.settings.model_dump_json().encode() + b"\n")
            child.stdin.flush()
            self._listen(child.stdout)
            return child.wait(STOP_S)
        except BrokenPipeError:
            return child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait()
        finally:
            self.ready.clear()
            if child.poll() is None:
                child.kill()
                child.wait()
            child.stdout.close()
            with suppress(BrokenPipeError):  # It may have ended before it read its settings.
                child.stdin.close()

    def _listen(self, lines: IO[bytes]) -> None:
        """Take what the slot tells, until it ends."""
        for line in lines:
            try:
                told = json.loads(line)
            except ValueError:
                continue  # Not ours: a library that prints.
            self._heard_s = time.monotonic()
            self._figures = told.get("figures", self._figures)
            if "ready" in told:
                self.ready.set()
                self._ready_s = self._ready_s or time.monotonic()
                self._tell(f"slot {self.settings.slot} serves {told['ready']}")
            self._cause = told.get("cause", self._cause)


class Fleet:
    """Some slots of one machine, a Supervisor each. tell: gets whose line it is, and the line."""

    def __init__(
        self, settings: Sequence[EngineSettings], *, tell: Callable[[Supervisor, str], None]
    ) -> None:
        self.supervisors = [self._supervisor(one) for one in settings]
        self._tell = tell
        self._lock = threading.Lock()  # Lines of two slots must not be mixed.

    def run(self) -> int:
        """Serve until `stop`, or until no slot can be kept running; the worst exit status."""
        statuses: list[int] = []

        def run(one: Supervisor) -> None:
            statuses.append(one.run())

        threads = [threading.Thread(target=run, args=(one,)) for one in self.supervisors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return max(statuses, default=EXIT_FAILED)

    def stop(self) -> None:
        """End all slots between two transactions. Any thread, or a handler of a signal."""
        for one in self.supervisors:
            one.stop()

    def standings(self) -> list[Standing]:
        """How all slots stand now. Any thread."""
        return [one.standing() for one in self.supervisors]

    def _supervisor(self, settings: EngineSettings) -> Supervisor:
        def tell(text: str) -> None:
            with self._lock:
                self._tell(supervisor, text)

        supervisor = Supervisor(settings, tell=tell)
        return supervisor


def _ended(status: int) -> str:
    if status < 0:
        return f"killed by {signal.Signals(-status).name}"
    return f"exit status {status}; see its log"
