"""The Commands of one Workflow Task: made by the code in order, then found again in the history."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from duralog.schemas.commands import Command
from duralog.workers.machines.complete import CompleteMachine
from duralog.workers.machines.patch import is_change_version, patch_of
from duralog.workers.machines.recorded import RECORDED_AS, describe_event, mismatch, unrecorded


@dataclass(slots=True, kw_only=True, eq=False)
class Emission:
    """A Command, and the step of its machine that takes the Event it is recorded as."""

    command: Command
    recorded: Callable[[Any], None]


class CommandLog:
    """Commands in the order of the calls; at most one close Command, which is the last."""

    def __init__(self) -> None:
        self.complete = CompleteMachine()
        self._made: deque[Emission] = deque()
        self._bygone = False
        self._sealed = False

    def emit(self, command: Command, recorded: Callable[[Any], None]) -> Emission:
        """The code has made a Command."""
        emission = Emission(command=command, recorded=recorded)
        self._made.append(emission)
        return emission

    def drop(self, emission: Emission) -> None:
        """The code took back a Command before it was sent."""
        self._made.remove(emission)

    @property
    def is_matched(self) -> bool:
        """Whether the history has every Command so far."""
        return not self._made

    def commands(self) -> list[Command]:
        """The answer."""
        return [emission.command for emission in self._made]

    def seal(self) -> None:
        """The code has run: the close Command, if there is one, is the last."""
        if self.complete.command is not None and not self._sealed:
            self._sealed = True
            self.emit(self.complete.command, _nothing)

    def match(self, event: Any) -> None:
        """The history's next Command event. Raises NondeterminismError for another."""
        if self._is_bygone(event):
            return
        if self._made and is_change_version(self._made[0].command) and not is_change_version(event):
            self._made.popleft()  # Older SDKs of Temporal recorded the marker alone.
        if not self._made:
            raise mismatch(event, None)
        emission = self._made.popleft()
        if RECORDED_AS[type(emission.command)] is not type(event):
            raise mismatch(event, emission.command)
        emission.recorded(event)

    def _is_bygone(self, event: Any) -> bool:
        """Of a deprecated patch that the code does not call any more: it leaves no Command."""
        made = self._made[0].command if self._made else None
        patch = patch_of(event)
        if patch is not None:
            called = patch_of(made)
            self._bygone = patch[1] and (called is None or called[0] != patch[0])
            return self._bygone
        bygone, self._bygone = self._bygone and is_change_version(event), False
        return bygone

    def assert_all_matched(self, event: Any) -> None:
        """The next Workflow Task begins, or the history ends (None).

        Raises NondeterminismError when a Command is missing.
        """
        if self._made and is_change_version(self._made[0].command):
            self._made.popleft()
        if self._made:
            before = "its end" if event is None else describe_event(event)
            raise unrecorded(self._made[0].command, before=before)


def _nothing(event: Any) -> None:
    """A close Command has no machine to move: the run is over."""
