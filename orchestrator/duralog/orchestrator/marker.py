"""A mark in a file: which input is being processed right now, for the next process to find.

Set just before an input is processed and cleared just after, so it costs no system call: the file
is mapped into memory, and what is written there survives the kill of the process. An input found
marked at a restart may be innocent (a kill can hit any), so it runs in a batch of its own, marked
as alone; only one that kills the process again, alone, is taken for poison.
"""

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from duralog.connectors.broker import TopicPartition
from duralog.state.store import StoreError

_SIZE: Final = 1024
_HEAD: Final = struct.Struct(">BqiH")  # state, offset, partition, length of the topic
_CLEAR: Final = 0
_SET: Final = 1
_ALONE: Final = 2


@dataclass(slots=True, frozen=True)
class Marked:
    """The input that was being processed. alone: it had a batch of its own."""

    input: TopicPartition
    offset: int
    alone: bool


class Marker(Protocol):
    """Where the mark is kept."""

    def set(self, marked: Marked) -> None:
        """Note that `marked` is being processed."""

    def clear(self) -> None:
        """Note that it was."""

    def found(self) -> Marked | None:
        """Tell what an earlier process left marked."""
        ...


class FileMarker:
    """The mark in a file. Raises StoreError when the disk is full, or forbids it."""

    __slots__ = ("_found", "_map")

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a+b") as file:
                # Really written: a hole that is mapped, on a full disk, is a signal that kills us.
                file.write(bytes(max(0, _SIZE - file.tell())))
                file.flush()
                self._map = mmap.mmap(file.fileno(), _SIZE)
        except OSError as error:
            raise StoreError(str(error)) from error
        self._found = self._read()

    def set(self, marked: Marked) -> None:
        """Note that `marked` is being processed."""
        topic = marked.input.topic.encode()
        head = (_ALONE if marked.alone else _SET, marked.offset, marked.input.partition, len(topic))
        # The state byte comes last: half a mark is no mark.
        self._map[1 : _HEAD.size + len(topic)] = _HEAD.pack(*head)[1:] + topic
        self._map[0] = head[0]

    def clear(self) -> None:
        """Note that it was."""
        self._map[0] = _CLEAR

    def found(self) -> Marked | None:
        """Tell what an earlier process left marked."""
        return self._found

    def close(self) -> None:
        """Unmap the file."""
        self._map.close()

    def _read(self) -> Marked | None:
        state, offset, partition, length = _HEAD.unpack_from(self._map)
        if state == _CLEAR:
            return None
        topic = bytes(self._map[_HEAD.size : _HEAD.size + length]).decode(errors="replace")
        return Marked(TopicPartition(topic, partition), offset, state == _ALONE)


class MemoryMarker:
    """The mark in memory, for the broker-free engine and the simulator."""

    __slots__ = ("marked",)

    def __init__(self, marked: Marked | None = None) -> None:
        self.marked = marked

    def set(self, marked: Marked) -> None:
        """Note that `marked` is being processed."""
        self.marked = marked

    def clear(self) -> None:
        """Note that it was."""
        self.marked = None

    def found(self) -> Marked | None:
        """Tell what an earlier process left marked."""
        return self.marked
