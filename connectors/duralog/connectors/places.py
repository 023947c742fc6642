"""How many tasks a source hands over at once, and how fast: each takes a place, and frees it."""

import threading
from collections.abc import Callable
from typing import Final, Protocol

from duralog.connectors.clock import monotonic_ms

TASK: Final = object()  # The permit of places that are all alike.


class Places(Protocol):
    """Who gives out places. `reserve` is called on the source's thread, `release` on any."""

    def reserve(self) -> object | None:
        """A permit for one more task; None: not now. Never blocks."""
        ...

    def begin(self, permit: object, task: object) -> None:
        """A task has taken the place."""
        ...

    def release(self, permit: object, task: object) -> None:
        """The task is over."""
        ...


class FixedPlaces:
    """As many as there are."""

    def __init__(self, places_max: int) -> None:
        assert places_max > 0
        self._free = places_max
        self._lock = threading.Lock()

    def reserve(self) -> object | None:
        """A permit, if one is free."""
        with self._lock:
            if self._free == 0:
                return None
            self._free -= 1
        return TASK

    def begin(self, permit: object, task: object) -> None:
        """All places are alike."""

    def release(self, permit: object, task: object) -> None:
        """One more is free."""
        with self._lock:
            self._free += 1


class PacedPlaces:
    """Those of another, at most `per_second` of them in a second; never two at once.

    clock_ms: Time that never goes back.
    """

    def __init__(
        self, places: Places, per_second: float, clock_ms: Callable[[], int] = monotonic_ms
    ) -> None:
        assert per_second > 0
        self._places = places
        self._interval_ms = 1000 / per_second
        self._clock_ms = clock_ms
        self._next_ms = 0.0

    def reserve(self) -> object | None:
        """A permit, if its time has come and one is free."""
        now_ms = self._clock_ms()
        if now_ms < self._next_ms:
            return None
        permit = self._places.reserve()
        if permit is not None:
            # What fell due since the last look counts, so that the looks' own pace costs nothing.
            self._next_ms = max(self._next_ms, now_ms - self._interval_ms) + self._interval_ms
        return permit

    def begin(self, permit: object, task: object) -> None:
        """As the others."""
        self._places.begin(permit, task)

    def release(self, permit: object, task: object) -> None:
        """As the others."""
        self._places.release(permit, task)
