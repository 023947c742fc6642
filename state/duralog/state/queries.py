"""Queries that wait for the end of a Workflow Task, by run. Soft: their clients ask again."""

from duralog.state.limits import (
    QUERIES_MAX,
    QUERIES_PER_RUN_MAX,
    QUERIES_WAITING_BYTES_MAX,
)


class WaitingQueries:
    """Framed QueryWorkflow requests, by run and correlation id, in the order they were asked."""

    def __init__(self) -> None:
        self._runs: dict[str, dict[str, bytes]] = {}
        self._count = 0
        self._size_bytes = 0

    def add(self, run_id: str, correlation_id: str, query: bytes) -> bool:
        """Keep a query; asked again, it keeps its place. False: too many wait already."""
        queries = self._runs.get(run_id, {})
        if correlation_id in queries:
            return True
        if len(queries) >= QUERIES_PER_RUN_MAX or self._count >= QUERIES_MAX:
            return False
        if self._size_bytes + len(query) > QUERIES_WAITING_BYTES_MAX:
            return False
        self._runs.setdefault(run_id, queries)[correlation_id] = query
        self._count += 1
        self._size_bytes += len(query)
        return True

    def of(self, run_id: str, *, size_bytes_max: int) -> list[bytes]:
        """Queries of a run, as many as `size_bytes_max` allows; they go on waiting."""
        found: list[bytes] = []
        for query in self._runs.get(run_id, {}).values():
            size_bytes_max -= len(query)
            if size_bytes_max < 0:
                break
            found.append(query)
        return found

    def drop(self, run_id: str, correlation_id: str) -> None:
        """The query was answered."""
        queries = self._runs.get(run_id)
        query = None if queries is None else queries.pop(correlation_id, None)
        if query is not None:
            self._count -= 1
            self._size_bytes -= len(query)
            if not queries:
                del self._runs[run_id]

    def take(self, run_id: str) -> list[bytes]:
        """All queries of a run; they wait no more."""
        queries = self._runs.pop(run_id, {})
        self._count -= len(queries)
        self._size_bytes -= sum(map(len, queries.values()))
        return list(queries.values())

    def runs(self) -> list[str]:
        """Runs that have a query waiting."""
        return list(self._runs)
