"""What the Commands of one answer will have changed, before any of them is carried out."""

from dataclasses import dataclass, field

from duralog.orchestrator.step import Step
from duralog.schemas import commands as c
from duralog.schemas import events
from duralog.schemas.codec import decode
from duralog.schemas.payloads import Payload
from duralog.schemas.runs import merge
from duralog.schemas.states import RunProperties
from duralog.state.appliers.properties import current


@dataclass(slots=True)
class Plan:
    """What the Commands before this one will have changed.

    held: decoded held events by index; None: not loaded. wants_task: a Command made an event that
    the workflow must see, so that another Workflow Task follows. children: Workflow IDs of children
    that are started. signals_more, cancels_more: to other runs. settled: cancelled activities that
    nobody runs: they close behind all Commands, and not at all when the run closes. updates: stages
    by id.
    """

    step: Step
    commands: list[c.Command]
    activity_ids: set[str] = field(default_factory=set[str])
    timer_ids: dict[str, bool] = field(default_factory=dict[str, bool])
    timers_more: int = 0
    unheld: set[int] = field(default_factory=set[int])
    held_events: dict[int, events.Event] | None = None
    updates: dict[str, str] = field(default_factory=dict[str, str])
    wants_task: bool = False
    changed: RunProperties | None = None
    children: set[str] = field(default_factory=set[str])
    children_more: int = 0
    signals_more: int = 0
    cancels_more: int = 0
    settled: list[int] = field(default_factory=list[int])

    def search_attributes(self, upserted: dict[str, Payload]) -> dict[str, Payload]:
        """The run's, after this upsert."""
        attributes = self._properties().search_attributes
        merge(attributes, upserted)
        return attributes

    def memo(self, upserted: dict[str, Payload]) -> dict[str, Payload]:
        """The run's, after this upsert."""
        memo = self._properties().memo
        merge(memo, upserted)
        return memo

    def _properties(self) -> RunProperties:
        if self.changed is None:
            self.changed = current(self.step.partition, self.step.execution)
        return self.changed

    def held(self) -> dict[int, events.Event]:
        """Held events that no Command took back."""
        if self.held_events is None:
            step = self.step
            self.held_events = {i: decode(data) for i, data in step.partition.held(step.execution)}
        return {i: e for i, e in self.held_events.items() if i not in self.unheld}

    def timer_pending(self, timer_id: str) -> bool:
        """The timer runs, after the Commands so far."""
        known = self.timer_ids.get(timer_id)
        if known is not None:
            return known
        return self.step.partition.timer(self.step.state.run_id, timer_id) is not None

    def held_fire(self, timer_id: str) -> int | None:
        """Index of the held TimerFired of this timer."""
        if not self.step.state.held_count:
            return None
        for index, event in self.held().items():
            if isinstance(event, events.TimerFired) and event.timer_id == timer_id:
                return index
        return None
