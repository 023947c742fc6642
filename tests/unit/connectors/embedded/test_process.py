"""A guarded process ends with its starter, whatever ends the starter."""

import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from duralog.connectors.embedded import EmbeddedKafkaError
from duralog.connectors.embedded.ports import choose_port, is_free, is_listening
from duralog.connectors.embedded.process import GuardedProcess

FOREVER = [sys.executable, "-c", "import signal; print('up', flush=True); signal.pause()"]
STARTER = """
import sys
from pathlib import Path
from duralog.connectors.embedded.process import GuardedProcess
process = GuardedProcess(sys.argv[2:], output=Path(sys.argv[1]))
print(process.pid, flush=True)
sys.stdin.read()
"""

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="waits on Linux' pidfd")


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "output"


def test_stop_ends_it(output: Path) -> None:
    process = GuardedProcess(FOREVER, output=output)
    assert process.is_running()
    process.stop()
    assert not process.is_running()
    process.stop()  # A second call is harmless.


@linux_only
def test_kill_ends_it(output: Path) -> None:
    process = GuardedProcess(FOREVER, output=output)
    assert process.pid is not None
    handle = os.pidfd_open(process.pid)
    process.kill()
    assert _has_ended(handle)
    assert not process.is_running()


@linux_only
def test_it_ends_when_its_starter_is_killed(output: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(output), *FOREVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert starter.stdout is not None
    handle = os.pidfd_open(int(starter.stdout.readline()))
    starter.kill()
    starter.communicate()
    assert _has_ended(handle)


@linux_only
def test_it_ends_when_its_guard_is_killed(output: Path) -> None:
    process = GuardedProcess(FOREVER, output=output)
    assert process.pid is not None
    handle = os.pidfd_open(process.pid)
    os.kill(os.getpgid(process.pid), signal.SIGKILL)  # The guard leads the session of both.
    assert _has_ended(handle)
    process.stop()


def test_the_end_of_the_command_is_seen(output: Path) -> None:
    process = GuardedProcess([sys.executable, "-c", "print('bye')"], output=output)
    process.stop()
    assert output.read_text() in {"bye\n", ""}
    assert not process.is_running()


def test_a_taken_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free(port)
        assert is_listening(port)
        with pytest.raises(EmbeddedKafkaError, match=f"port {port} on 127.0.0.1 is in use"):
            choose_port(port, option="port")


def test_zero_is_any_free_port() -> None:
    port = choose_port(0, option="port")
    assert port > 0
    assert is_free(port)


def _has_ended(handle: int) -> bool:
    """True if the process behind a pidfd ends within ten seconds."""
    readable, _, _ = select.select([handle], [], [], 10)
    os.close(handle)
    return bool(readable)
