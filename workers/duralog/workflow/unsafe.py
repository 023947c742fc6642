"""`workflow.unsafe`: what Workflow code should ask for rarely."""

from collections.abc import Generator
from contextlib import contextmanager

from duralog.workflow.runtime import current


def is_replaying() -> bool:
    """Whether what runs now has run before."""
    return current().is_replaying


@contextmanager
def imports_passed_through() -> Generator[None, None, None]:
    """Taken for programs that use it: without a sandbox every import is passed through."""
    yield


@contextmanager
def sandbox_unrestricted() -> Generator[None, None, None]:
    """Taken for programs that use it: there is no sandbox."""
    yield


def is_sandbox_unrestricted() -> bool:
    """True: there is no sandbox."""
    return True


def is_imports_passed_through() -> bool:
    """True: there is no sandbox."""
    return True


def in_sandbox() -> bool:
    """False: there is no sandbox."""
    return False
