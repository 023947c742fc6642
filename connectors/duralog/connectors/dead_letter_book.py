"""Dead letters as people handle them: which there are, what became of each, how one is replayed.

Pure: `duralog.connectors.dead_letter_desk` reads and writes. A replay puts the original record
again where it came from, with the place where it stood first in a header; the decision about a
letter is a record beside it, written in the same transaction, so that none is replayed twice.
"""

from dataclasses import dataclass, field
from typing import Final

from duralog.connectors.broker import OutRecord, Record
from duralog.connectors.dead_letter import ORIGIN_HEADER, REPLAY_HEADER, source_of
from duralog.connectors.ingress import IngressError, decode_ingress
from duralog.schemas.codec import DecodeError, decode
from duralog.schemas.topics import TOPICS, TopicNames
from duralog.schemas.transitions import DeadLetter, DeadLetterDecision

OPEN: Final = "open"
REPLAYED: Final = "replayed"
DISCARDED: Final = "discarded"
STATES: Final = (OPEN, REPLAYED, DISCARDED)
_ORIGINS: Final = ("requests", "ingress", "transfers")  # What a forwarded record may come from.
_PLACE_LENGTH_MAX: Final = 30  # Of partition/offset: 32 and 64 bits in decimal.


class NotReplayableError(Exception):
    """The letter's record cannot be put again; the text says why and what to do instead."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Filed:
    """A letter in its place in `dead-letters`, and what was decided about it."""

    partition: int
    offset: int
    letter: DeadLetter
    decision: DeadLetterDecision | None = None

    @property
    def id(self) -> str:
        """How people name it: partition-offset."""
        return f"{self.partition}-{self.offset}"

    @property
    def state(self) -> str:
        """One of STATES."""
        return OPEN if self.decision is None else self.decision.decision.lower()


@dataclass(slots=True, frozen=True, kw_only=True)
class Choice:
    """Which letters are meant; what is empty does not matter.

    source: a kind of topic (`ingress`) or a topic's full name, also where a record stood before it
    was forwarded. workflow_id: of the request in it,
    or its key. since_ms, until_ms: when it became a letter.
    """

    ids: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset({OPEN})
    code: str = ""
    source: str = ""
    workflow_id: str = ""
    since_ms: int = 0
    until_ms: int = 1 << 62

    @property
    def is_everything(self) -> bool:
        """True when nothing narrows it but the state."""
        return self == Choice(states=self.states)

    def takes(self, filed: Filed, names: TopicNames) -> bool:
        """True of a letter that is meant."""
        letter = filed.letter
        if filed.state not in self.states or (self.ids and filed.id not in self.ids):
            return False
        if self.code and letter.code != self.code:
            return False
        if self.source and self.source not in _sources(letter, names):
            return False
        if not self.since_ms <= letter.time_ms < self.until_ms:
            return False
        return not self.workflow_id or self.workflow_id in (
            workflow_id_of(letter, names),
            (letter.key or b"").decode(errors="replace"),
        )


@dataclass(slots=True)
class Decided:
    """Decisions read so far, by the place of the letter. The first one counts."""

    by_place: dict[tuple[int, int], DeadLetterDecision] = field(
        default_factory=dict[tuple[int, int], DeadLetterDecision]
    )

    def note(self, decision: DeadLetterDecision) -> None:
        """One more, in the order of the log."""
        place = (decision.letter_partition, decision.letter_offset)
        self.by_place.setdefault(place, decision)

    def of(self, partition: int, offset: int) -> DeadLetterDecision | None:
        """About the letter at this place."""
        return self.by_place.get((partition, offset))


def kind_of(topic: str, names: TopicNames) -> str:
    """The kind of one of our topics; empty: of no namespace of ours."""
    for kind, spec in TOPICS.items():
        # A queue's topic is its kind's name and the queue's: any queue gives the part before.
        base = names.of(kind, "q").removesuffix("q") if spec.per_queue else names.of(kind)
        if topic == base or (spec.per_queue and topic.startswith(base)):
            return kind
    return ""


def _sources(letter: DeadLetter, names: TopicNames) -> set[str]:
    """Kinds and topics that a letter's record came by."""
    topics = {letter.source_topic, first_place(letter, names).rpartition("[")[0]}
    return topics | {kind_of(topic, names) for topic in topics}


def headers_of(letter: DeadLetter) -> list[tuple[str, bytes | None]]:
    """The record's headers; of letters of version 1, the last of each name."""
    if letter.header_list:
        return [(header.name, header.value) for header in letter.header_list]
    return list(letter.headers.items())


def workflow_id_of(letter: DeadLetter, names: TopicNames) -> str:
    """Of the request in the letter's record; empty when it cannot be read."""
    kind, origin = kind_of(letter.source_topic, names), _origin_of(letter, names)
    try:
        if "ingress" in (kind, origin and origin[0]):
            return decode_ingress(_record_of(letter)).workflow_id
        return str(getattr(decode(letter.value or b""), "workflow_id", ""))
    except (DecodeError, IngressError):
        return ""


def replay_record(letter: DeadLetter, names: TopicNames, value: bytes | None) -> OutRecord:
    """The letter's record, to be put again. value: its bytes, also when the letter left them out.

    What came through `requests` returns through `transfers`: nothing transactional may stand in
    `requests`, where answers of workers would wait for it. What was forwarded from `ingress` is put
    there, since where it went it is known, and would be dropped. Raises NotReplayableError.
    """
    kind, origin = kind_of(letter.source_topic, names), _origin_of(letter, names)
    topic, partition = letter.source_topic, letter.source_partition
    headers = [(n, v or b"") for n, v in headers_of(letter) if n != REPLAY_HEADER]
    if not kind:
        raise NotReplayableError(f"{topic} is no topic of {names.prefix}/{names.namespace}")
    if kind == "inbox":
        raise NotReplayableError("it was a reply; whoever waited for it has asked again")
    if origin is not None and origin[0] == "ingress":
        topic, partition = names.of("ingress"), origin[1]
        headers.remove(next(h for h in headers if h[0] == ORIGIN_HEADER))
    elif kind in ("requests", "transfers"):
        topic = names.of("transfers")
        # There it would say that the record was forwarded, and is known already.
        headers = [h for h in headers if h[0] != ORIGIN_HEADER]
    headers.append((REPLAY_HEADER, first_place(letter, names).encode()))
    return OutRecord(topic, partition, letter.key, value, headers)


def first_place(letter: DeadLetter, names: TopicNames) -> str:
    """Where the record stood before it was ever forwarded or replayed: its identity.

    Nothing is replayed into `requests`: a place that is named there was written by a stranger.
    """
    origin = _origin_of(letter, names)
    came_by = origin[0] if origin else kind_of(letter.source_topic, names)
    found = next((v for n, v in headers_of(letter) if n == REPLAY_HEADER and v), None)
    if found is not None and came_by != "requests":
        return found.decode(errors="replace")
    if origin is not None:
        kind, partition, offset = origin
        return f"{names.of(kind)}[{partition}]@{offset}"
    return source_of(letter)


def _origin_of(letter: DeadLetter, names: TopicNames) -> tuple[str, int, int] | None:
    """Kind, partition and offset of where a forwarded record stood; None of any other."""
    if kind_of(letter.source_topic, names) != "transfers":
        return None
    data = next((v for n, v in headers_of(letter) if n == ORIGIN_HEADER), None)
    kind, _, place = (data or b"").decode(errors="replace").partition("/")
    partition, _, offset = place.partition("/")
    if kind not in _ORIGINS or not (partition.isdecimal() and offset.isdecimal()):
        return None
    if len(place) > _PLACE_LENGTH_MAX:
        return None
    return kind, int(partition), int(offset)


def _record_of(letter: DeadLetter) -> Record:
    return Record(
        letter.source_topic,
        letter.source_partition,
        letter.source_offset,
        letter.source_time_ms,
        letter.key,
        letter.value,
        headers_of(letter),
    )
