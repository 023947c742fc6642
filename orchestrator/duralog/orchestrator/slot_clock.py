"""The time that a slot works by: the broker's, until the broker has confirmed the slot's own.

A slot whose clock is an hour ahead must not serve for one transaction: it would fire timers an hour
early, and the time of its partitions, which never goes back, would stand still for the next owner.
So it asks at once, by a request to itself that the broker stamps; until that comes back, time is
what the stamps of its inputs say, and stands still when there are none. Likewise when its clock was
set while it served.
"""

from collections.abc import Iterable
from typing import Final

from duralog.connectors.broker import FatalError, Record
from duralog.schemas import requests
from duralog.schemas.codec import encode

EVERY_MS: Final = 60_000  # A clock that is set would make every request late, or none.
AGAIN_MS: Final = 1_000  # The first question, or its answer, may be lost.


class ClockError(FatalError):
    """The slot's clock is too far from the broker's: what it fires would come too early or late."""


class SlotClock:
    """Own time, checked against the broker's. skew_ms_max: how far apart they may be.

    now_ms: what the slot works by. is_known: the broker has confirmed our own. ahead_ms: how far
    our own is ahead of the broker's, as far as we know.
    """

    __slots__ = (
        *("_asked_ms", "_monotonic_ms", "_own_ms", "_skew_ms_max", "_token"),
        *("ahead_ms", "is_known", "now_ms"),
    )

    def __init__(self, *, skew_ms_max: int) -> None:
        self.now_ms = 0
        self.is_known = False
        self.ahead_ms = 0
        self._own_ms = self._monotonic_ms = 0
        self._asked_ms = 0
        self._token = ""
        self._skew_ms_max = skew_ms_max

    def hear(self, own_ms: int, monotonic_ms: int, records: Iterable[Record]) -> None:
        """A poll has returned at `own_ms` with these."""
        went_ms, self._monotonic_ms = monotonic_ms - self._monotonic_ms, monotonic_ms
        if self._own_ms and abs(own_ms - self._own_ms - went_ms) > self._skew_ms_max:  # It was set.
            self.is_known, self._own_ms, self._asked_ms, self._token = False, own_ms, 0, ""
        self._own_ms = max(self._own_ms, own_ms)
        if self.is_known:
            self.now_ms = max(self.now_ms, self._own_ms)
        else:
            self.now_ms = max([self.now_ms, *(record.timestamp_ms for record in records)])

    def is_to_be_asked(self) -> bool:
        """The broker is to be asked for its time now."""
        return self._own_ms >= self._asked_ms + (EVERY_MS if self.is_known else AGAIN_MS)

    def ping(self, incarnation: int) -> bytes:
        """A request to ourselves: the broker's time of it is not before the time in it."""
        self._asked_ms = self._own_ms
        self._token = f"clock/{incarnation}/{self._own_ms}"
        return encode(requests.Ping(workflow_id="clock", correlation_id=self._token))

    def check_answer(self, ping: requests.Ping, time_ms: int) -> None:
        """Take our newest ping, with the broker's time of it. Raises ClockError."""
        if ping.correlation_id != self._token:
            return  # A client's, or of a process before us, whose clock may have been set since.
        ahead_ms = int(self._token.rpartition("/")[2]) - time_ms
        if ahead_ms > self._skew_ms_max:
            raise ClockError(
                f"this slot's clock is {ahead_ms} ms ahead of the broker's: set the clock of this"
                " machine; nothing is served meanwhile"
            )
        self.ahead_ms, self.is_known = max(0, ahead_ms), True

    def check_stamp(self, time_ms: int) -> None:
        """The broker's time of an input is not far ahead of ours. Raises ClockError."""
        ahead_ms = time_ms - self._own_ms
        if ahead_ms > self._skew_ms_max:
            raise ClockError(
                f"the broker's clock is {ahead_ms} ms ahead of this slot's: set the"
                " clock of this machine; nothing is served meanwhile"
            )
