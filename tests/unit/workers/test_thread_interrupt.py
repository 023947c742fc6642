"""The thread of a sync Activity can be interrupted, shielded, and is left clean."""

import threading
from collections.abc import Callable

import pytest

from duralog.exceptions import CancelledError
from duralog.workers.thread_interrupt import ThreadInterrupt


def run_in_thread(body: Callable[[], None]) -> BaseException | None:
    """What `body` raised, in a thread of its own."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            body()
        except CancelledError as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    return raised[0] if raised else None


def test_a_running_loop_is_interrupted() -> None:
    interrupt = ThreadInterrupt()
    entered = threading.Event()

    def body() -> None:
        with interrupt.running():
            entered.set()
            threading.Thread(target=interrupt.interrupt).start()
            while True:
                pass

    assert isinstance(run_in_thread(body), CancelledError)
    assert entered.is_set()


def test_an_interruption_before_the_begin_is_raised_at_the_begin() -> None:
    interrupt = ThreadInterrupt()
    interrupt.interrupt()
    with pytest.raises(CancelledError), interrupt.running():
        pytest.fail("must not be reached")


def test_a_shield_delays_it_to_its_end() -> None:
    interrupt = ThreadInterrupt()
    reached: list[str] = []

    def body() -> None:
        with interrupt.running():
            with interrupt.shield():
                interrupt.interrupt()
                reached.append("inside")
            for _ in range(1000):
                pass
            reached.append("after")

    assert isinstance(run_in_thread(body), CancelledError)
    assert reached == ["inside"]


def test_after_the_end_nothing_happens() -> None:
    interrupt = ThreadInterrupt()
    with interrupt.running():
        pass
    interrupt.interrupt()
