"""`duralog dev` on a real Kafka: ready, told in words and events, and nothing left behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench.usage import tree

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(180)]


@contextmanager
def dev(*arguments: str) -> Generator[subprocess.Popen[str]]:
    """`duralog dev` with events on stdout; killed at the end if it still runs."""
    # A shell has its background jobs ignore Ctrl-C, which we may be, and children inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "duralog.cli", "dev", "--output", "json", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    signal.signal(signal.SIGINT, before)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def press_ctrl_c(process: subprocess.Popen[str]) -> None:
    """As a terminal does: SIGINT to all that is in its foreground, not to the first alone."""
    os.killpg(process.pid, signal.SIGINT)


def started_java(process: subprocess.Popen[str]) -> list[int]:
    """All processes, once the broker's is among them."""
    deadline_s = time.monotonic() + 60
    while True:
        pids = tree(process.pid)
        if "java" in [Path(f"/proc/{pid}/comm").read_text().strip() for pid in running(pids)]:
            return pids
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def running(pids: list[int]) -> list[int]:
    """Those of `pids` that are there."""
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def wait_for(process: subprocess.Popen[str], name: str) -> dict[str, Any]:
    """The next event of that name."""
    assert process.stdout is not None
    for line in process.stdout:
        event: dict[str, Any] = json.loads(line)
        if event["event"] == name:
            return event
    raise AssertionError(f"no event {name!r}: {process.communicate()[1]}")


def drain(process: subprocess.Popen[str]) -> None:
    """Read the log on a side thread, so that a full pipe stops nothing."""
    assert process.stderr is not None
    threading.Thread(target=process.stderr.read, daemon=True).start()


def refused(*arguments: str) -> str:
    """The one line of a start that is refused."""
    with dev(*arguments) as process:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 1, errors
    lines = [line for line in errors.splitlines() if line.startswith("duralog: ")]
    assert len(lines) == 1, errors
    return lines[0]


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        text = refused("--port", port, "--data-dir", str(tmp_path))
    assert f"port {port} on 127.0.0.1 is in use" in text


def test_a_directory_that_is_none_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    text = refused("--data-dir", str(tmp_path / "file" / "data"))
    assert "cannot use directory" in text


def test_an_unreachable_broker_is_one_line(tmp_path: Path) -> None:
    text = refused("--bootstrap-servers", "127.0.0.1:1", "--data-dir", str(tmp_path))
    assert "no Kafka broker answered at 127.0.0.1:1" in text


def test_it_serves_survives_a_kill_of_the_engine_and_leaves_no_process(tmp_path: Path) -> None:
    with dev("--port", "0", "--data-dir", str(tmp_path)) as process:
        drain(process)
        ready = wait_for(process, "ready")
        assert ready["partitions"] == 2
        assert ready["topics"] == "duralog.default."
        os.kill(ready["engine_pid"], signal.SIGKILL)
        assert "killed by SIGKILL" in wait_for(process, "engine_ended")["text"]
        assert wait_for(process, "engine_ready")["pid"] != ready["engine_pid"]
        pids = tree(process.pid)
        assert ready["broker_pid"] in pids
        press_ctrl_c(process)
        process.wait(60)
        assert process.returncode == 0
    assert running(pids) == []


def test_ctrl_c_while_the_broker_starts_leaves_no_process(tmp_path: Path) -> None:
    with dev("--port", "0", "--data-dir", str(tmp_path)) as process:
        while "starting Apache Kafka" not in wait_for(process, "starting")["text"]:
            pass  # Formatting comes first.
        pids = started_java(process)
        press_ctrl_c(process)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "Traceback" not in errors
    assert running(pids) == []


def test_data_stays_over_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        with dev("--port", "0", "--data-dir", str(tmp_path)) as process:
            drain(process)
            wait_for(process, "ready")
            process.send_signal(signal.SIGTERM)
            process.wait(60)
            assert process.returncode == 0
    assert (tmp_path / "kafka").is_dir()
    assert (tmp_path / "engine").is_dir()
