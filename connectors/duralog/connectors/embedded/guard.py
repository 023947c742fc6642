"""The broker's parent: a process of a few lines that ends the broker when its starter is gone.

Run as a script, on the standard library alone: `guard.py grace_s command...`. It prints the child's
pid and waits. The starter holds the other end of our stdin. Its end, for whatever reason, also
kill -9, closes it, and then: SIGTERM to the child, `grace_s` for an orderly stop, SIGKILL. Our own
SIGKILL takes the child along (Linux only). As the parent we have not reaped the child when we
signal it, so its pid cannot belong to a stranger.
"""

import contextlib
import ctypes
import os
import selectors
import signal
import subprocess
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1  # From Linux' <sys/prctl.h>.
STOPS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def _before_exec() -> None:
    """Between fork and exec: ask Linux for a SIGKILL when the guard dies. Elsewhere: nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _wait_for_an_end(wake: int, child: subprocess.Popen[bytes]) -> None:
    """Return when the starter is gone, the child has ended, or a signal tells us to stop."""
    with selectors.DefaultSelector() as selector:
        selector.register(wake, selectors.EVENT_READ)
        selector.register(sys.stdin, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if sys.stdin in ready or any(number in STOPS for number in os.read(wake, 64)):
                return
            if child.poll() is not None:
                return  # SIGCHLD also comes when a child is paused; that is no end.


def _hear_signals() -> int:
    """Turn signals into bytes on a pipe; return its reading end."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write)
    for number in (signal.SIGCHLD, *STOPS):
        signal.signal(number, lambda _number, _frame: None)
    return read


def main(arguments: list[str]) -> int:
    """Run the command until an end comes; return its exit status, 128 + n for signal n."""
    grace_s, command = float(arguments[0]), arguments[1:]
    wake = _hear_signals()  # Before the child: one that ends at once is heard too.
    child = subprocess.Popen(  # noqa: S603 (the starter's own command)
        command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        preexec_fn=_before_exec,  # noqa: PLW1509 (this process has one thread)
    )
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(f"{child.pid}\n")
        sys.stdout.flush()
    _wait_for_an_end(wake, child)
    child.terminate()  # Does nothing to a child that has ended.
    try:
        status = child.wait(grace_s)
    except subprocess.TimeoutExpired:
        child.kill()
        status = child.wait()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
