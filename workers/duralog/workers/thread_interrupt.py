"""Raises an exception in the thread of a sync Activity that is to be cancelled."""

import contextlib
import ctypes
import threading
from collections.abc import Generator
from typing import Final

from duralog.exceptions import CancelledError

_set_async_exception: Final = ctypes.pythonapi.PyThreadState_SetAsyncExc
_set_async_exception.argtypes = (ctypes.c_ulong, ctypes.py_object)
_clear_async_exception: Final = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p)(
    ("PyThreadState_SetAsyncExc", ctypes.pythonapi)
)


class ThreadInterrupt:
    """One per attempt. The exception comes at the thread's next bytecode, at most once.

    Code that waits in C (a socket, a lock) is not woken; it is interrupted when it returns.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread_id: int | None = None
        self._shields = 0
        self._pending = False
        self._ended = False

    @contextlib.contextmanager
    def running(self) -> Generator[None, None, None]:
        """The block that may be interrupted; entered by the thread that runs the Activity."""
        thread_id = threading.get_ident()
        with self._lock:
            self._thread_id = thread_id
            if self._pending:
                raise CancelledError
        try:
            yield
        finally:
            with self._lock:
                self._thread_id = None
                self._ended = True
            # An exception that was set and not raised yet must not hit the next user of the thread.
            _clear_async_exception(thread_id, None)

    def interrupt(self) -> None:
        """Raise CancelledError in the running block, at its begin or at the end of its shield."""
        with self._lock:
            if self._ended:
                return
            if self._shields or self._thread_id is None:
                self._pending = True
                return
            self._raise()

    @contextlib.contextmanager
    def shield(self) -> Generator[None, None, None]:
        """The block is not interrupted; an interruption that came meanwhile is raised after it."""
        with self._lock:
            self._shields += 1
        try:
            yield
        finally:
            with self._lock:
                self._shields -= 1
                if self._pending and not self._shields:
                    self._pending = False
                    self._raise()

    def _raise(self) -> None:
        assert self._thread_id is not None
        _set_async_exception(self._thread_id, ctypes.py_object(CancelledError))
