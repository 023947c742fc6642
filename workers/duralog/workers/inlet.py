"""Hands items from any thread to an event loop: one wake-up for all that came together."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Inlet(Generic[T]):
    """A queue into an event loop. `put` may be called from any thread and never blocks."""

    def __init__(self, loop: asyncio.AbstractEventLoop, take: Callable[[T], None]) -> None:
        self._loop = loop
        self._take = take
        self._items: deque[T] = deque()
        self._woken = False

    def put(self, item: T) -> None:
        """Have `take(item)` called on the loop; lost when the loop is closed."""
        self._items.append(item)
        # Cleared before the queue is emptied, so an item put after the look is never left behind.
        if not self._woken:
            self._woken = True
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        self._woken = False
        while self._items:
            self._take(self._items.popleft())
