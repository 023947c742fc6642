"""The Store on RocksDB: one directory per (namespace, partition). The only door to rocksdict.

rocksdict holds the GIL in write, get and iterate, so batches stay small (`WRITE_KEYS_MAX` when many
keys are written), nothing is synced (the log is the truth; what the process wrote survives its kill
in the page cache), and every iterator has an upper bound, since one that runs into a range of
tombstones stops the whole process. All stores of a process share one block cache and one budget for
memtables: eight default stores took 492 MB, with small memtables 61 MB.

A directory that cannot be opened is set aside, never deleted: its name gets a suffix, and the store
starts empty, to be rebuilt from the log.
"""

import shutil
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

from rocksdict import (
    AccessType,
    BlockBasedOptions,
    Cache,
    DBCompressionType,
    Options,
    Rdict,
    RdictIter,
    ReadOptions,
    WriteBatch,
    WriteBufferManager,
)

from duralog.state.store import Batch, StoreError

WRITE_KEYS_MAX: Final = 2_000  # About 6 ms with the GIL held.
_CACHE_BYTES: Final = 64 * 1024 * 1024  # Of the process: open runs are cached as objects above it.
_MEMTABLES_BYTES: Final = 32 * 1024 * 1024  # Of the process, all stores together.
_MEMTABLE_BYTES: Final = 4 * 1024 * 1024  # Of one store; small, so that old logs go early.
_ASIDE_MAX: Final = 3  # Directories set aside that are kept for a look; older ones are deleted.
_DAMAGED: Final = "damaged"  # A file in a directory that was found damaged while it was open.
_LOG_BLOCK_BYTES: Final = 32 * 1024  # Of RocksDB's logs.
_LOG_HEAD: Final = struct.Struct("<IHB")  # Of a record: checksum, size, type.
_MANIFEST_TYPES: Final = range(1, 5)  # Whole, first, middle, last.
_LOG_FILES_MAX: Final = 2  # RocksDB's own text logs.


class RocksBatch:
    """Changes that RocksDB applies together or not at all."""

    __slots__ = ("inner",)

    def __init__(self) -> None:
        self.inner = WriteBatch(raw_mode=True)

    def put(self, key: bytes, value: bytes) -> None:
        """Set `key`."""
        self.inner.put(key, value)

    def delete(self, key: bytes) -> None:
        """Remove `key`; no error when it is missing."""
        self.inner.delete(key)


class RocksStore:
    """State of one (namespace, partition) in one directory.

    A read that finds damage leaves a note in the directory, by which the next open sets it aside.
    """

    __slots__ = ("_database", "_path")

    def __init__(self, database: Rdict, path: Path) -> None:
        self._database = database
        self._path = path

    def get(self, key: bytes) -> bytes | None:
        """The value of `key`, or None."""
        try:
            value: bytes | None = self._database.get(key)
        except Exception as error:  # rocksdict raises nothing finer
            raise self._failed(error) from error
        return value

    def scan(self, start: bytes, end: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Entries with start <= key < end, in key order, as they were when the scan began."""
        options = ReadOptions()
        options.set_iterate_upper_bound(end)
        entries = self._database.iter(options)
        entries.seek(start)
        return self._entries(entries, options)

    def batch(self) -> RocksBatch:
        """An empty batch."""
        return RocksBatch()

    def write(self, batch: Batch) -> None:
        """Apply `batch`."""
        assert isinstance(batch, RocksBatch), "a batch of another store"
        try:
            self._database.write(batch.inner)
        except Exception as error:  # rocksdict raises nothing finer
            raise self._failed(error) from error

    def close(self) -> None:
        """Release the directory's lock. Damage that shows only now is left to the next open."""
        try:
            self._database.close()
        except Exception as error:  # noqa: BLE001 (rocksdict raises nothing finer)
            self._failed(error)

    def _entries(self, entries: RdictIter, options: ReadOptions) -> Iterator[tuple[bytes, bytes]]:
        valid, key, value, advance = entries.valid, entries.key, entries.value, entries.next
        while valid():
            yield key(), value()
            advance()
        del options  # Kept until here: they own the bytes of the upper bound, and `entries` not.
        try:
            entries.status()  # Damage ends an iteration like its end does; `items` never asks.
        except Exception as error:  # rocksdict raises nothing finer
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> StoreError:
        text = str(error)
        if _is_corruption(text):
            # Without room for a note, or a directory for it, the next open has to see for itself.
            with suppress(OSError):
                (self._path / _DAMAGED).write_text(text + "\n", encoding="utf-8")
        return StoreError(text)


@dataclass(slots=True)
class RocksDisk:
    """All stores of one process, below `directory`; they share the block cache and the memtables'
    budget.
    """

    directory: Path
    _options: Options | None = field(default=None, repr=False)

    def open(self, name: str) -> RocksStore:
        """The store `name`, created when missing; set aside and empty when it cannot be read.

        Raises StoreError when the disk is at fault: full, forbidden, or locked by a process.
        """
        try:
            return self._open(name)
        except OSError as error:
            raise StoreError(str(error)) from error

    def _open(self, name: str) -> RocksStore:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        damaged = path / _DAMAGED
        if damaged.exists():
            self.set_aside(name, damaged.read_text(encoding="utf-8").strip())
        elif not _has_sound_manifest(path):
            self.set_aside(name, "Corruption: the manifest is no sequence of records")
        try:
            return RocksStore(Rdict(str(path), self._shared_options()), path)
        except Exception as error:  # rocksdict raises nothing finer
            text = str(error)
            if not _is_corruption(text):
                raise StoreError(text) from error
        self.set_aside(name, text)
        try:
            return RocksStore(Rdict(str(path), self._shared_options()), path)
        except Exception as error:  # rocksdict raises nothing finer
            raise StoreError(str(error)) from error

    def set_aside(self, name: str, cause: str) -> None:
        """Give up what store `name` holds, which must be closed; the next `open` starts empty.

        The directory is kept under another name, with the cause in a file `why`, until three newer
        ones are there. Raises StoreError when the disk is at fault.
        """
        path = self.directory / name
        if not path.exists():
            return
        try:
            self._move_aside(path, cause)
        except OSError as error:
            raise StoreError(str(error)) from error

    def _move_aside(self, path: Path, cause: str) -> None:
        older = sorted(path.parent.glob(f"{path.name}.aside-*"), key=_aside_number)
        number = _aside_number(older[-1]) + 1 if older else 1
        target = path.rename(path.with_name(f"{path.name}.aside-{number}"))
        with suppress(OSError):  # The disk is full; what counts is that it is out of the way.
            (target / "why").write_text(cause + "\n", encoding="utf-8")
        for old in older[: max(0, len(older) + 1 - _ASIDE_MAX)]:
            shutil.rmtree(old, ignore_errors=True)

    def _shared_options(self) -> Options:
        if self._options is None:
            self._options = _options()
        return self._options


def read_image(directory: Path) -> dict[bytes, bytes]:
    """All entries of the store in `directory`, which another process may have open.

    As of some moment in the recent past: what that process writes meanwhile is not seen.
    """
    access = AccessType.read_only(error_if_log_file_exist=False)
    database = Rdict(str(directory), Options(raw_mode=True), access_type=access)
    try:
        return {cast(bytes, key): value for key, value in database.items()}
    finally:
        database.close()


def _has_sound_manifest(directory: Path) -> bool:
    """False when the manifest in use is no sequence of records; what they hold is RocksDB's matter.

    A record of another type, as one flipped bit makes it, RocksDB 9.8 takes for an old one and
    reads again for ever, with the GIL held: no thread of ours could end that.
    Source: RocksDB's wiki, "Write Ahead Log File Format", which the manifest shares.
    """
    try:
        name = (directory / "CURRENT").read_bytes().strip().decode()
        data = (directory / name).read_bytes()
    except (OSError, ValueError):
        return True  # What is missing or misnamed, RocksDB tells by itself.
    position = 0
    while position < len(data):
        left = _LOG_BLOCK_BYTES - position % _LOG_BLOCK_BYTES
        if left < _LOG_HEAD.size:
            position += left  # Too little for a head: filled up with zeros.
            continue
        if position + _LOG_HEAD.size > len(data):
            return False
        _, size, kind = _LOG_HEAD.unpack_from(data, position)
        if kind not in _MANIFEST_TYPES or _LOG_HEAD.size + size > left:
            return False
        position += _LOG_HEAD.size + size
    return position == len(data)


def _aside_number(path: Path) -> int:
    return int(path.name.rpartition("-")[2])


def _is_corruption(text: str) -> bool:
    """Is the directory unreadable, rather than locked or forbidden? Those are the caller's trouble,
    not the data's.
    """
    return text.startswith(("Corruption", "Invalid argument", "NotFound")) or (
        "No such file" in text and "lock" not in text.lower()
    )


def _options() -> Options:
    cache = Cache(_CACHE_BYTES)
    table = BlockBasedOptions()
    table.set_block_cache(cache)
    table.set_bloom_filter(10, False)
    table.set_cache_index_and_filter_blocks(True)
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_paranoid_checks(True)
    options.set_block_based_table_factory(table)
    options.set_write_buffer_manager(
        WriteBufferManager.new_write_buffer_manager_with_cache(_MEMTABLES_BYTES, False, cache)
    )
    options.set_write_buffer_size(_MEMTABLE_BYTES)
    options.set_max_write_buffer_number(2)
    options.set_max_total_wal_size(4 * _MEMTABLE_BYTES)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_keep_log_file_num(_LOG_FILES_MAX)
    options.set_max_background_jobs(2)
    # After many deletions (timers, pending) a file is compacted soon: scans would walk over the
    # tombstones.
    options.add_compact_on_deletion_collector_factory(10_000, 5_000, 0.5)
    return options
