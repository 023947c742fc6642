"""A queue's scan remembers where the Store begins, and finds what any scan finds."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from duralog.state.memory import MemoryStore
from duralog.state.overlay import Overlay

START, END = b"q", b"r"
KEYS = st.integers(0, 12).map(lambda n: b"q%02d" % n)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), KEYS),
        st.tuples(st.just("delete"), KEYS),
        st.tuples(st.just("take"), st.just(b"")),
        st.tuples(st.just("commit"), st.just(b"")),
        st.tuples(st.just("abort"), st.just(b"")),
    ),
    max_size=40,
)


class CountingStore(MemoryStore):
    """Counts where its scans begin."""

    def __init__(self) -> None:
        super().__init__()
        self.starts: list[bytes] = []

    def scan(self, start: bytes, end: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Of the real store."""
        self.starts.append(start)
        return super().scan(start, end)


def commit(store: MemoryStore, overlay: Overlay) -> None:
    batch = store.batch()
    overlay.write_into(batch)
    store.write(batch)


@given(STEPS)
def test_it_finds_what_a_scan_finds(steps: list[tuple[str, bytes]]) -> None:
    store = MemoryStore()
    overlay = Overlay(store)
    for what, key in steps:
        if what == "put":
            overlay.put(key, b"v")
        elif what == "delete":
            overlay.delete(key)
        elif what == "take":
            for found, _ in list(overlay.scan_queue(START, END, 1)):
                overlay.delete(found)
        elif what == "commit":
            commit(store, overlay)
        else:
            overlay.clear()
        assert list(overlay.scan_queue(START, END)) == list(overlay.scan(START, END))


def test_what_was_taken_is_not_passed_over_again() -> None:
    store = CountingStore()
    overlay = Overlay(store)
    for n in range(9):
        overlay.put(b"q%02d" % n, b"v")
    commit(store, overlay)
    for _ in range(9):
        (entry,) = overlay.scan_queue(START, END, 1)
        overlay.delete(entry[0])
        commit(store, overlay)
    assert store.starts == [b"q", *(b"q%02d" % n for n in range(8))]
    assert list(overlay.scan_queue(START, END)) == []
    overlay.put(b"q00", b"v")
    commit(store, overlay)
    assert [key for key, _ in overlay.scan_queue(START, END)] == [b"q00"]


def test_what_was_taken_in_the_open_transaction_is_not_passed_over_again_either() -> None:
    store = CountingStore()
    overlay = Overlay(store)
    for n in range(9):
        overlay.put(b"q%02d" % n, b"v")
    commit(store, overlay)
    for _ in range(3):
        (entry,) = overlay.scan_queue(START, END, 1)
        overlay.delete(entry[0])
    assert store.starts == [b"q", b"q00", b"q01"]
    overlay.put(b"q01", b"again")
    assert next(overlay.scan_queue(START, END)) == (b"q01", b"again")
    overlay.clear()
    assert next(overlay.scan_queue(START, END)) == (b"q00", b"v")
