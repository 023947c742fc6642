"""Changes of the open transaction above a Store: reads see them, a rollback forgets them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from duralog.state.store import Batch, Store


class Overlay:
    """Entries of a Store and what the open transaction has changed of them.

    Changes are kept by the letter of their keys, so that a scan looks at its own kind only.
    """

    __slots__ = ("_changes", "_fresh", "_heads", "_open_heads", "_store")

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changes: defaultdict[int, dict[bytes, bytes | None]] = defaultdict(dict)
        self._fresh: set[bytes] = set()
        # By letter and start of an index: before which key the Store has nothing of it.
        self._heads: defaultdict[int, dict[bytes, bytes]] = defaultdict(dict)
        # The same of the open transaction, where what it has deleted counts as gone.
        self._open_heads: defaultdict[int, dict[bytes, bytes]] = defaultdict(dict)

    @property
    def dirty(self) -> bool:
        """Something changed."""
        return any(self._changes.values())

    def get(self, key: bytes) -> bytes | None:
        """The value of a Store key, with the changes of the open transaction."""
        changes = self._changes[key[0]]
        if key in changes:
            return changes[key]
        return self._store.get(key)

    def put(self, key: bytes, value: bytes) -> None:
        """Set a Store key."""
        self._changes[key[0]][key] = value
        self._come_before(key)

    def put_new(self, key: bytes, value: bytes) -> None:
        """Set a Store key that the Store does not have: removing it again costs nothing."""
        changes = self._changes[key[0]]
        if key not in changes:
            self._fresh.add(key)
        changes[key] = value
        self._come_before(key)

    def delete(self, key: bytes) -> None:
        """Remove a Store key."""
        if key in self._fresh:
            self._fresh.discard(key)
            del self._changes[key[0]][key]
        else:
            self._changes[key[0]][key] = None

    def scan(self, start: bytes, end: bytes, limit: int = 0) -> Iterator[tuple[bytes, bytes]]:
        """Entries with start <= key < end in key order, open changes included; 0: no limit.

        Both ends are of one kind: `end` is at most the next letter. Whoever reads on after a
        change of its own sees no new entries.
        """
        return self._read(self._store.scan(start, end), start, end, limit)

    def scan_queue(self, start: bytes, end: bytes, limit: int = 0) -> Iterator[tuple[bytes, bytes]]:
        """`scan` of an index whose first entries are the first to go.

        RocksDB passes over every entry deleted there; what has been passed over is remembered.
        """
        heads = self._open_heads[start[0]]
        first = heads.get(start, start)
        entries = self._read(self._from_head(start, end, first), first, end, limit)
        # A batch takes many, one by one: each would pass over all that were taken before it.
        head = next(entries, None)
        heads[start] = max(first, end) if head is None else head[0]
        if head is not None:
            yield head
            yield from entries

    def begin_queue(self, start: bytes, head: bytes) -> None:
        """The Store has nothing between the start of an index and `head`."""
        self._heads[start[0]][start] = head

    def _read(
        self, stored: Iterator[tuple[bytes, bytes]], start: bytes, end: bytes, limit: int
    ) -> Iterator[tuple[bytes, bytes]]:
        changes = self._changes[start[0]]
        changed = sorted(k for k in changes if start <= k < end)
        yield from _first(_merged(stored, changed, changes), limit)

    def _come_before(self, key: bytes) -> None:
        """A key is set: no index begins behind it."""
        heads = self._open_heads.get(key[0])
        if not heads:
            return
        for start, head in heads.items():
            if start <= key < head:
                heads[start] = key

    def _from_head(self, start: bytes, end: bytes, first: bytes) -> Iterator[tuple[bytes, bytes]]:
        """What the Store has of an index from `first` on."""
        heads = self._heads[start[0]]
        head, seen = heads.get(start, start), first > start
        for key, value in self._store.scan(max(head, first), end):
            if not seen:
                heads[start], seen = key, True
            yield key, value
        if not seen:
            heads[start] = max(head, end)

    def write_into(self, batch: Batch) -> None:
        """Put all changes into `batch`; they count as written from here."""
        for letter, changes in self._changes.items():
            heads = self._heads[letter]
            for key, value in changes.items():
                if value is None:
                    batch.delete(key)
                    continue
                batch.put(key, value)
                for start, head in heads.items():
                    if start <= key < head:
                        heads[start] = key
        self.clear()

    def clear(self) -> None:
        """Forget all changes."""
        for changes in self._changes.values():
            changes.clear()
        self._fresh.clear()
        self._open_heads.clear()


def _first(entries: Iterator[tuple[bytes, bytes]], limit: int) -> Iterator[tuple[bytes, bytes]]:
    for index, entry in enumerate(entries, 1):
        yield entry
        if index == limit:
            return


def _merged(
    stored: Iterator[tuple[bytes, bytes]],
    changed: Sequence[bytes],
    overlay: dict[bytes, bytes | None],
) -> Iterator[tuple[bytes, bytes]]:
    """Entries of the Store and of the overlay, which wins, in key order."""
    at = 0
    for key, value in stored:
        while at < len(changed) and changed[at] < key:
            mine = overlay.get(changed[at])
            if mine is not None:
                yield changed[at], mine
            at += 1
        if key not in overlay:
            yield key, value
    for rest in changed[at:]:
        mine = overlay.get(rest)
        if mine is not None:
            yield rest, mine
