"""What comes in, one by one, into the overlay: requests, due entries, the loop's own wishes.

The shell around `process`: an input that cannot be read goes to `dead-letters`; one of a Workflow
ID that another partition owns is forwarded with its origin as identity; one whose handler raises
sets its run aside. Nothing here talks to the broker.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from structlog.typing import FilteringBoundLogger

from duralog.connectors.broker import (
    OutRecord,
    Record,
    RecordError,
    TopicPartition,
)
from duralog.connectors.dead_letter import (
    ORIGIN_HEADER,
    dead_letter,
    dead_letter_record,
)
from duralog.connectors.ingress import IngressError
from duralog.orchestrator.batch import Work
from duralog.orchestrator.context import Context
from duralog.orchestrator.due import Internal, QueueReady, due
from duralog.orchestrator.marker import Marked, Marker
from duralog.orchestrator.outbox import Change, Message
from duralog.orchestrator.partitions import KIND_OF_SOURCE, SOURCE_OF_KIND
from duralog.orchestrator.process import Mark, process, set_aside
from duralog.orchestrator.reading import REQUESTS, read_origin, read_request
from duralog.orchestrator.settings import LoopSettings
from duralog.orchestrator.slot_clock import SlotClock
from duralog.schemas import requests
from duralog.schemas.changelog import NO_SOURCE, SOURCE_INGRESS, Source
from duralog.schemas.codec import DecodeError
from duralog.schemas.identifiers import partition_of
from duralog.schemas.requests import Request
from duralog.schemas.topics import TOPIC_SIZE_BYTES_MAX
from duralog.state.store import StoreError

_OVERHEAD_BYTES: Final = 4_096  # Of a record beyond key and value: headers and framing.


@dataclass(slots=True, kw_only=True)
class Blamed:
    """An input whose outputs a broker refuses. place: of its record, if it came in one."""

    anchor: TopicPartition
    request: Request | Internal
    place: tuple[TopicPartition, int] | None
    cause: str = ""


class Intake:
    """Inputs of all units of a slot.

    clock: what time it is. ready: queues whose topics are there since the last transaction:
    namespace, kind and queue.
    """

    def __init__(
        self, settings: LoopSettings, *, marker: Marker, log: FilteringBoundLogger
    ) -> None:
        self.settings = settings
        self.marker = marker
        self.log = log
        self.ready: list[tuple[str, str, str]] = []
        self._suspect = marker.found()
        self.clock = SlotClock(skew_ms_max=settings.clock_skew_ms_max)
        self._last: Blamed | None = None  # The newest input, until somebody blames it.
        self._blamed: list[Blamed] = []
        self._condemned: dict[tuple[TopicPartition, int], str] = {}

    def stands_alone(self, record: Record) -> bool:
        """True of an input in which an earlier process died: it gets a batch of its own."""
        suspect = self._suspect
        return (
            suspect is not None
            and record.offset == suspect.offset
            and suspect.input == (record.topic, record.partition)
        )

    def record(self, work: Work, record: Record, now_ms: int) -> None:
        """One record of an input."""
        unit, tp = work.unit, TopicPartition(record.topic, record.partition)
        if record.offset < work.offsets.get(tp, unit.offsets[tp]):
            return  # Consumed before: read twice after a seek.
        work.offsets[tp] = record.offset + 1
        work.inputs += 1
        kind = unit.inputs[tp]
        now_ms = self._time(work, record, kind, now_ms)
        alone = self.stands_alone(record)
        if alone and self._suspect is not None and self._suspect.alone:
            self._suspect = None
            cause = "the engine died twice while it processed this input, the second time alone"
            self.dead_letter(work, record, "POISON", cause, now_ms)
            return
        refused = self._condemned.pop((tp, record.offset), "")
        if refused:
            self.dead_letter(work, record, "REFUSED", refused, now_ms)
            return
        self.marker.set(Marked(tp, record.offset, alone))
        try:
            request = read_request(record, kind)
        except IngressError as error:
            self.dead_letter(work, record, error.code, str(error), now_ms)
        except DecodeError as error:
            self.dead_letter(work, record, "UNDECODABLE", str(error), now_ms)
        else:
            self._request(work, record, kind, request, now_ms)
        self.marker.clear()
        if alone:
            self._suspect = None

    def due(self, work: Work, until_ms: int, limit: int, now_ms: int) -> None:
        """Due timers, retries and deadlines."""
        for request in due(work.unit.state, until_ms, limit):
            work.inputs += 1
            self._process(work, request, NO_SOURCE, now_ms)

    def internal(self, works: Mapping[TopicPartition, Work], now_ms: int) -> None:
        """What the turns before left: runs to set aside, queues that are there now."""
        for blamed in self._blamed:
            if blamed.anchor in works:
                self._punish(works[blamed.anchor], blamed, now_ms)
        for work in works.values():
            for namespace, kind, queue in self.ready:
                if namespace == work.unit.namespace:
                    self._process(work, QueueReady(kind, queue), NO_SOURCE, now_ms)
        self._last = None

    def done(self) -> None:
        """Forget what `internal` did: it is committed."""
        self.ready.clear()
        self._blamed.clear()

    def has_work(self) -> bool:
        """True when `internal` would do something."""
        return bool(self.ready or self._blamed)

    def blame(self, error: RecordError) -> None:
        """Set aside, in the next transaction, the run of the newest input: it was alone."""
        if self._last is not None:
            self._last.cause = f"{error.topic}: {error}"
            self._blamed.append(self._last)
            self._last = None

    def _punish(self, work: Work, blamed: Blamed, now_ms: int) -> None:
        """Quarantine the run; its input comes again, and is parked, or put aside without a run."""
        request = blamed.request
        if type(request) in REQUESTS:
            # Names the run and is never parked itself.
            request = requests.DescribeWorkflowExecution(
                workflow_id=getattr(request, "workflow_id", ""),
                run_id=getattr(request, "run_id", ""),
            )
        done = self._set_aside(work, request, NO_SOURCE, now_ms, blamed.cause)
        if not done and blamed.place is not None:
            self._condemned[blamed.place] = blamed.cause

    def dead_letter(self, work: Work, record: Record, code: str, cause: str, now_ms: int) -> None:
        """Put a record aside for people, in the same transaction."""
        self.log.warning(
            "dead letter",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            code=code,
            cause=cause,
        )
        letter = dead_letter(record, code=code, cause=cause, now_ms=now_ms)
        topic = work.unit.names.of("dead-letters")
        work.letters.append(
            dead_letter_record(letter, topic=topic, partitions=self.settings.dead_letter_partitions)
        )
        work.records_positions = True  # The only trace of this input's position.

    def _time(self, work: Work, record: Record, kind: str, now_ms: int) -> int:
        """The time at which an input happens; never before the broker had it, never going back."""
        time_ms = record.timestamp_ms
        self.clock.check_stamp(time_ms)
        if kind == "requests":
            work.unit.received_time_ms = max(work.unit.received_time_ms, time_ms)
        return max(now_ms, time_ms, work.unit.state.time_ms)

    def _request(
        self, work: Work, record: Record, kind: str, request: Request, now_ms: int
    ) -> None:
        unit = work.unit
        source = Source(SOURCE_OF_KIND[kind], record.partition, record.offset)
        origin = None
        if kind == "transfers":
            origin = read_origin(record)
            if origin is not None and not self._is_new(work, origin):
                return
        if isinstance(request, requests.Ping):
            self.clock.check_answer(request, record.timestamp_ms)
        elif origin is None and not isinstance(request, requests.SetFeatureLevel):
            # Of transfers too: an operator's replay may know no Workflow ID. A level is p's own.
            owner = partition_of(request.workflow_id, self.settings.partitions)
            if owner != unit.partition:
                self._forward(work, record, owner, f"{kind}/{record.partition}/{record.offset}")
                return
        if record.offset < unit.state.positions.get((kind, record.partition), 0):
            return  # Processed before; read again for what only concerns others.
        if kind == "requests" and self._is_refused(work, record, request, now_ms):
            return
        self._process(work, request, source, now_ms, origin=origin, record=record)

    def _is_refused(self, work: Work, record: Record, request: Request, now_ms: int) -> bool:
        """True when a door is shut, and `request` is a new start whose sender has been told so.

        One whose first copy was taken is answered as ever: "refused" must mean that nothing is.
        """
        unit = work.unit
        waited_ms = max(0, now_ms - record.timestamp_ms - self.clock.ahead_ms)
        if unit.door.note(waited_ms=waited_ms, now_ms=now_ms):
            where = {"namespace": unit.namespace, "partition": unit.partition}
            text = "starts are refused" if unit.door.is_shut else "starts are taken again"
            self.log.warning(text, late_ms=waited_ms, **where)
        if not isinstance(request, requests.StartWorkflowExecution) or request.reply_partition < 0:
            return False
        is_late = unit.door.refuses(now_ms)
        if not unit.queues.refuses(request.task_queue, now_ms, late=is_late):
            return False
        late = f"the workers of Task Queue {request.task_queue!r} are"
        if is_late:
            late = f"partition {unit.partition} of the engine is"
        if unit.state.run_of_request(request.workflow_id, request.request_id) is not None:
            return False
        context = Context(now_ms=now_ms, out=work.out, queues=unit.queues)
        text = (
            f"the start of {request.workflow_id!r} was not recorded: {late} asked for more than can"
            " be done; ask again later, or write it to 'ingress', where it waits its turn"
        )
        context.answer(request, "RESOURCE_EXHAUSTED", text)
        return True

    def _forward(self, work: Work, record: Record, owner: int, origin: str) -> None:
        """To the partition that owns the Workflow ID; where it stands now is its identity there."""
        topic = work.unit.names.of("transfers")
        # Its own headers say how it is read; an origin among them is a stranger's, and comes later.
        own = [(name, value or b"") for name, value in record.headers or ()]
        headers = [(ORIGIN_HEADER, origin.encode()), *own]
        work.records.append(OutRecord(topic, owner, record.key, record.value, headers))
        work.records_positions = True  # The only trace of this input's position.

    def _is_new(self, work: Work, origin: Source) -> bool:
        """False of a record that was forwarded twice: each partition's come in order."""
        key = (KIND_OF_SOURCE[origin.kind], origin.partition)
        known = work.origins.get(key, work.unit.state.positions.get(key, 0))
        if origin.offset < known:
            return False
        work.origins[key] = origin.offset + 1
        work.records_positions = True
        return True

    def _process(
        self,
        work: Work,
        request: Request | Internal,
        source: Source,
        now_ms: int,
        *,
        origin: Source | None = None,
        record: Record | None = None,
    ) -> None:
        """Hand it to `process`. record: what a request came in, for the dead letter if need be."""
        out = work.out
        mark = out.mark()
        context = Context(
            now_ms=now_ms,
            source=origin or source,
            out=out,
            queues=work.unit.queues,
            pending_activities_max=self.settings.pending_activities_max,
            level_max=self.settings.level_max,
        )
        place = record and (TopicPartition(record.topic, record.partition), record.offset)
        self._last = Blamed(anchor=work.unit.anchor, request=request, place=place)
        cause = ""
        try:
            process(work.unit.state, request, context)
            cause = _too_large(work, mark)
        except StoreError:
            raise  # Not the run's fault: the slot exits, and the state is rebuilt.
        except Exception as error:  # The shell: a bug stops one run, not all of them.
            self.log.exception("a handler failed", request=type(request).__name__)
            cause = f"{type(request).__name__}: {type(error).__name__}: {error}"
        if cause and not self._set_aside(work, request, source, now_ms, cause, mark) and record:
            self.dead_letter(work, record, "FAILED", cause, now_ms)
        refused = context.refused if context.source.kind == SOURCE_INGRESS else None
        # Nobody waits for an answer. That a policy keeps a workflow from starting is no error.
        if refused is not None and record and refused.code != "ALREADY_EXISTS":
            self.dead_letter(work, record, refused.code, refused.text, now_ms)
        if origin is not None:
            for change in out.changelog[mark[0] :]:
                change.source = source  # The origin is its identity, but this is where it stands.

    def _set_aside(
        self,
        work: Work,
        request: Request | Internal,
        source: Source,
        now_ms: int,
        cause: str,
        mark: Mark | None = None,
    ) -> bool:
        """Quarantine the run of `request` and park it; False when there is no such run."""
        out = work.out
        context = Context(now_ms=now_ms, source=source, out=out, queues=work.unit.queues)
        state = work.unit.state
        done = set_aside(state, request, context, mark=mark or out.mark(), cause=cause)
        if done:
            self.log.error("quarantined", cause=cause, request=type(request).__name__)
        return done


def _too_large(work: Work, mark: Mark) -> str:
    """Why an output since `mark` can never be written; empty when all can."""
    outputs: list[Change | Message] = [
        *work.out.changelog[mark[0] :],
        *work.out.messages[mark[1] :],
    ]
    for output in outputs:
        size = len(output.value or b"") + len(output.key or b"") + _OVERHEAD_BYTES
        if size > TOPIC_SIZE_BYTES_MAX:
            return (
                f"a record of {size} bytes for {output.kind}; the limit is {TOPIC_SIZE_BYTES_MAX}"
            )
    return ""
