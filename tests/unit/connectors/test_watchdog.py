"""A transactional call that never returns ends the process; those that do return never."""

import subprocess
import sys

import pytest

from duralog.connectors.kafka.driver import EXIT_HUNG

SCRIPT = """
import threading
from duralog.connectors.kafka.driver import Watchdog
watchdog = Watchdog(hang_s=1.0)
with watchdog:
    pass
threading.Event().wait(1.5)  # Between two calls, for longer than a call may take.
print("alive", flush=True)
with watchdog:
    threading.Event().wait(60)
"""


@pytest.mark.slow
def test_a_call_that_hangs_ends_the_process_and_a_pause_between_two_does_not() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, timeout=50
    )
    assert (done.returncode, done.stdout) == (EXIT_HUNG, "alive\n")
    assert "a transactional call hangs" in done.stderr
