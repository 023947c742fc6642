"""A supervised slot: killed and back, and gone with whoever started it."""

import os
import signal
import time

import pytest

from integration.processes import is_alive
from integration.stack import Stack
from integration.test_engine_crashes import own

__all__ = ["own"]
pytestmark = pytest.mark.timeout(200)


def wait_gone(pid: int, *, timeout_s: float = 30.0) -> None:
    """Wait until no such process is left."""
    deadline_s = time.monotonic() + timeout_s
    while is_alive(pid):
        assert time.monotonic() < deadline_s, f"process {pid} is still there"
        time.sleep(0.05)


def test_a_killed_slot_comes_back_and_dies_with_its_parent(own: Stack) -> None:
    engine = own.start_engine(ready=False)
    try:
        first: int = engine.wait_for("engine_ready")["pid"]
        os.kill(first, signal.SIGKILL)
        assert "SIGKILL" in engine.wait_for("engine_ended")["text"]
        second: int = engine.wait_for("engine_ready")["pid"]
        assert second != first
        engine.kill()
        wait_gone(second)
    finally:
        own.end()


def test_sigterm_ends_both_in_order(own: Stack) -> None:
    engine = own.start_engine(ready=False)
    try:
        pid: int = engine.wait_for("engine_ready")["pid"]
        engine.terminate()
        assert engine.wait() == 0
        wait_gone(pid)
    finally:
        own.end()
