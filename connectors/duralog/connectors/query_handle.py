"""One Query Task in our hands: nobody claims it, and whoever has it may answer."""

import threading
from concurrent.futures import Future

from duralog.connectors.channel import ChannelError, Request
from duralog.connectors.custody import Entry
from duralog.connectors.task_handle import Custodian
from duralog.schemas.tasks import QueryTask


class QueryHandle:
    """Life: delivered -> `answer` or `drop`. It holds one of the source's places until then."""

    def __init__(self, source: Custodian, task: QueryTask, entry: Entry) -> None:
        self.task = task
        self._source = source
        self._entry = entry
        self._lock = threading.Lock()
        self._closed = False

    def answer(self, request: Request) -> Future[None]:
        """Send the answer. The future raises ChannelError when the brokers refuse it."""
        future: Future[None] = Future()
        try:
            future = self._source.channel.send(request, partition=self.task.partition)
        except ChannelError as error:
            future.set_exception(error)
        self._source.track(future)
        future.add_done_callback(self._answered)
        return future

    def drop(self) -> None:
        """Nobody waits for an answer any more, or its client asks again."""
        self._entry.is_done = True
        self._close()

    def report(self) -> None:
        """A query has no start to report."""

    def report_if_due(self, now_ms: int) -> None:
        """A query has no start to report."""

    def _answered(self, done: Future[None]) -> None:
        if done.exception() is None:
            self.drop()

    def _close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._source.closed(self)
