"""Changelog records of four topics, put back into the order in which their transactions wrote them.

Pure: recovery adds what it reads and folds what comes out. A transaction comes out once every topic
has been read past the one that follows it, because the one that follows may say that it is void.

Records of long ago are legitimately partial (compaction keeps the last of each key), so a missing
record proves nothing, except in the highest transaction, which alone can be torn.
"""

from collections import Counter
from dataclasses import dataclass, field
from heapq import heappop, heappush

from duralog.schemas.changelog import Mark, Source, voided_by


@dataclass(slots=True, frozen=True)
class Change:
    """One changelog record: its topic kind, key, value (None: a tombstone) and cause."""

    kind: str
    key: bytes
    value: bytes | None
    source: Source


@dataclass(slots=True)
class Transaction:
    """What is left of one transaction.

    count: records that it wrote; changes: those found, by index.
    newest_time_ms: the greatest broker time of its records.
    late: it stands behind a successor: a fenced producer's, that a delayed EndTxn committed.
    rivals: other transactions of the same number that are not void either: torn ones.
    others: all of the same number, also those that are void.
    """

    seq: int
    incarnation: int
    count: int
    newest_time_ms: int = 0
    late: bool = False
    changes: dict[int, Change] = field(default_factory=dict[int, Change])
    rivals: "list[Transaction]" = field(default_factory=list["Transaction"])
    others: "list[Transaction]" = field(default_factory=list["Transaction"])

    @property
    def whole(self) -> bool:
        """True when all of its records are there."""
        return len(self.changes) == self.count

    def in_order(self) -> list[Change]:
        """Its changes as they were made."""
        return [self.changes[index] for index in sorted(self.changes)]


class Merge:
    """The merge of some topics' records by (seq, index).

    after_seq: what is folded already; such records are dropped. newest_seq: of all that were added.
    """

    __slots__ = (
        "_first_offsets",
        "_found",
        "_order",
        "_seen",
        "_waiting",
        "after_seq",
        "newest_seq",
        "voids",
    )

    def __init__(self, kinds: tuple[str, ...], *, after_seq: int) -> None:
        self.after_seq = after_seq
        self.newest_seq = 0
        self._seen: dict[str, int | None] = dict.fromkeys(kinds, 0)  # None: read to its end.
        self._found: dict[int, dict[int, Transaction]] = {}
        self._order: list[int] = []  # A heap of the keys of `_found`.
        self._waiting = Counter[str]()  # Records that were not taken yet, by kind.
        self._first_offsets: dict[int, dict[str, int]] = {}
        self.voids: set[tuple[int, int]] = set()

    def add(self, change: Change, mark: Mark, *, offset: int, time_ms: int) -> None:
        """Take one record, in offset order within its topic."""
        seen = self._seen[change.kind]
        assert seen is not None, f"{change.kind} was read to its end"
        self._seen[change.kind] = max(seen, mark.seq)
        self.newest_seq = max(self.newest_seq, mark.seq)
        if mark.seq <= self.after_seq:
            return
        if change.kind == "pending" and change.value and (voided := voided_by(change.key)):
            self.voids.add(voided)
        self._waiting[change.kind] += 1
        versions = self._found.get(mark.seq)
        if versions is None:
            versions = self._found[mark.seq] = {}
            heappush(self._order, mark.seq)
        transaction = versions.get(mark.incarnation)
        if transaction is None:
            transaction = Transaction(mark.seq, mark.incarnation, mark.count)
            versions[mark.incarnation] = transaction
        transaction.late = transaction.late or mark.seq < seen
        transaction.changes[mark.index] = change
        transaction.newest_time_ms = max(transaction.newest_time_ms, time_ms)
        self._first_offsets.setdefault(mark.seq, {}).setdefault(change.kind, offset)

    def finish(self, kind: str) -> None:
        """Topic `kind` has been read to its end."""
        self._seen[kind] = None

    def take(self) -> list[Transaction]:
        """The transactions that may be folded now, in order; those that are void are left out.

        The highest comes last, and only when all topics have been read to their end.
        """
        known = self._known()
        taken: list[Transaction] = []
        while self._order and (known is None or self._order[0] + 1 < known):
            seq = heappop(self._order)
            versions = self._found.pop(seq)
            for transaction in versions.values():
                self._waiting.subtract(c.kind for c in transaction.changes.values())
            taken += self._chosen(versions)
            del self._first_offsets[seq]
        return taken

    def ahead(self, records_max: int) -> set[str]:
        """Topics that are read so far ahead of another one that more than so many wait for it.

        Never the one that all wait for.
        """
        known = self._known()
        return {
            kind
            for kind, seq in self._seen.items()
            if seq is not None and seq != known and self._waiting[kind] > records_max
        }

    def is_empty(self) -> bool:
        """True when everything that was added has been taken."""
        return not self._found

    def first_offset(self, kind: str) -> int | None:
        """The offset in `kind` from which its records are not taken yet; None: all are."""
        return min((o[kind] for o in self._first_offsets.values() if kind in o), default=None)

    def _known(self) -> int | None:
        """The seq that all topics have been read to; None: to their ends."""
        return min((seq for seq in self._seen.values() if seq is not None), default=None)

    def _chosen(self, versions: dict[int, Transaction]) -> list[Transaction]:
        """The version of one seq that counts: not void, nor late, then whole rather than partial,
        then the first found. A compaction may have made the one that counts partial, not late.

        A torn transaction's number is taken again by the next one, which declares it void. When
        that one is torn, too, both are there, and its void records may be lost.
        """
        valid = [t for t in versions.values() if (t.incarnation, t.seq) not in self.voids]
        if not valid:
            return []
        valid = [t for t in valid if not t.late] or valid
        chosen = next((t for t in valid if t.whole), valid[0])
        chosen.rivals = [t for t in valid if t is not chosen]
        chosen.others = [t for t in versions.values() if t is not chosen]
        return [chosen]
