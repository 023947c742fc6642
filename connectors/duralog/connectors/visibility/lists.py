"""What clients and the command line ask: a page of runs, or how many there are.

Order: the query is read, the index is opened and brought up to the end, then asked. Blocks.
"""

import os
import sqlite3
from collections.abc import Callable, Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from duralog.connectors.transport import Bystander
from duralog.connectors.visibility.catch_up import Progress, catch_up
from duralog.connectors.visibility.filter import parse
from duralog.connectors.visibility.index import Index, IndexFileError, Place
from duralog.connectors.visibility.values import FilterError
from duralog.schemas.runs import RunRow


@dataclass(slots=True, frozen=True, kw_only=True)
class Lists:
    """Lists of one namespace.

    bystander: Opens a connection for one call. topic: `history` of the namespace. path: Of the
    index; None: one for each cluster and topic in the user's cache. timeout_ms: For bringing the
    index up to date; 0: as long as it takes.

    Every call may raise FilterError, IndexFileError, CatchUpTimeoutError and TransportError.
    """

    bystander: Callable[[], Bystander]
    topic: str
    path: Path | None = None
    timeout_ms: int = 0
    progress: Progress | None = None

    def page(self, query: str, *, limit: int, after: Place | None = None) -> list[RunRow]:
        """Runs that match: open ones first, then the last closed. after: where a page ended."""
        wanted = parse(query)
        if wanted.grouped:
            at = query.upper().rindex("GROUP") + 1
            raise FilterError("GROUP BY is for counts", at, column="ExecutionStatus")
        with self._index() as index:
            return index.search(wanted.tree, limit=limit, after=after)

    def count(self, query: str) -> list[tuple[str, int]]:
        """How many runs match: by status when the query is grouped, else one under no text."""
        wanted = parse(query)
        with self._index() as index:
            return index.count(wanted)

    @contextmanager
    def _index(self) -> Generator[Index]:
        """The index, up to date."""
        with closing(self.bystander()) as bystander:
            path = self.path or default_path(bystander.cluster_id(), self.topic, os.environ)
            with Index.open(path) as index:
                try:
                    catch_up(
                        index,
                        bystander,
                        self.topic,
                        timeout_ms=self.timeout_ms,
                        progress=self.progress,
                    )
                    yield index
                except sqlite3.Error as error:
                    text = f"the index {path} cannot be used ({error}); delete it, it is made anew"
                    raise IndexFileError(text) from None


def default_path(cluster_id: str, topic: str, environ: Mapping[str, str]) -> Path | None:
    """Where an index is kept, by the XDG base directory specification; None: in memory."""
    if not cluster_id:
        return None
    base = environ.get("XDG_CACHE_HOME", "")
    cache = Path(base) if Path(base).is_absolute() else Path.home() / ".cache"
    return cache / "duralog" / "index" / cluster_id / f"{topic}.sqlite3"
