"""`workflow.unsafe`: what Workflow code should ask for rarely."""

import builtins
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

from duralog.workflow.runtime import current, maybe_current
from duralog.workflow.sandbox import PASSED_THROUGH, UNRESTRICTED

_IMPORTING: Final = threading.local()


def is_replaying() -> bool:
    """Whether what runs now has run before."""
    return current().is_replaying


def is_replaying_history_events() -> bool:
    """As `is_replaying`, and False in Query handlers and Update validators, which run anew."""
    runtime = current()
    return runtime.is_replaying and not runtime.is_read_only


def is_read_only() -> bool:
    """Whether a Query handler or an Update validator runs, which may change nothing."""
    return current().is_read_only


@contextmanager
def imports_passed_through() -> Generator[None, None, None]:
    """What is imported in this block may do what Workflow code itself may not.

    For modules that Workflow code calls and that are deterministic although they do not look so,
    and for those of activities, which it only names.
    """
    before: Any = builtins.__import__
    loaded = set(sys.modules)

    def passing(
        name: str, variables: Any = None, local: Any = None, names: Any = (), level: int = 0
    ) -> Any:
        module = before(name, variables, local, names, level)
        if getattr(_IMPORTING, "passes", False):
            known = module.__name__ if names else name
            PASSED_THROUGH.update((known, *(f"{known}.{n}" for n in names or ())))
        return module

    outer = getattr(_IMPORTING, "passes", False)
    _IMPORTING.passes = True
    hook: Any = passing
    builtins.__import__ = hook
    try:
        yield
    finally:
        builtins.__import__ = before
        _IMPORTING.passes = outer
        PASSED_THROUGH.update(set(sys.modules) - loaded)


def is_imports_passed_through() -> bool:
    """Whether this runs in a block of `imports_passed_through`, or without a guard."""
    return bool(getattr(_IMPORTING, "passes", False)) or not in_sandbox()


@contextmanager
def sandbox_unrestricted() -> Generator[None, None, None]:
    """In this block Workflow code may do everything: for what is known to be deterministic."""
    token = UNRESTRICTED.set(True)
    try:
        yield
    finally:
        UNRESTRICTED.reset(token)


def is_sandbox_unrestricted() -> bool:
    """Whether nothing is forbidden here."""
    return UNRESTRICTED.get() or not in_sandbox()


def in_sandbox() -> bool:
    """Whether this runs in a Workflow whose calls are guarded."""
    runtime = maybe_current()
    return runtime is not None and runtime.restrictions is not None
